"""Lines typed by a person, on their way to a device that somebody else may be using."""

from collections import deque
from collections.abc import Callable

from hil.consoles.dialect import Dialect
from hil.consoles.exchange import ReplyReader
from hil.transports.frames import TURN_BEGINS, TURN_ENDS
from hil.transports.lines import LineReader
from hil.transports.stream import Stream

PATIENCE = 1.5
"""How often the CLI's own wait for a busy radio fits into the time in which a reply that does not
end keeps a run from typing (a restart has none); a run's own patience has to be longer."""

HELD_BACK_WALL_S = 1.0
"""Wall seconds after which a person wants to know why nothing happens."""


def longest_turn_wall_s(dialect: Dialect, *, speed: float) -> float:
    """Wall seconds for which a line that was typed may keep a run from typing."""
    return PATIENCE * dialect.at_timeout_s / speed


class TypedCommands:
    """Sends one line at a time: each has its turn on the console until its reply is complete.

    `speed` is in rig seconds per wall second. `send` takes bytes and flags, to the keeper. Time is given to each call, in wall seconds.
    """

    def __init__(
        self,
        stream: Stream,
        dialect: Dialect,
        *,
        speed: float,
        send: Callable[[bytes, int], None],
        tell: Callable[[str], None],
    ) -> None:
        self._stream, self._dialect = stream, dialect
        self._reply_wall_s = longest_turn_wall_s(dialect, speed=speed)
        self._send, self._tell = send, tell
        self._waiting: deque[str] = deque()
        self._line: str | None = None
        self._asked_s = 0.0
        self._reply: ReplyReader | None = None
        self._told = False

    @property
    def is_idle(self) -> bool:
        """Whether every line was sent and answered, or given up waiting for."""
        return self._line is None and not self._waiting

    def type(self, line: str, now_s: float) -> None:
        """A line was typed."""
        self._waiting.append(line)
        self._next(now_s)

    def its_turn(self, now_s: float) -> None:
        """The keeper has sent what it was given: what comes now may be the reply."""
        if self._line is None:
            return
        self._asked_s = now_s
        self._reply = ReplyReader(self._line.strip(), self._dialect)
        self._lines = LineReader(self._stream, since=self._stream.received)
        if not self._line.strip():  # its reply is a prompt without an end
            self._ended(now_s)

    def heard(self, now_s: float) -> None:
        """The device has said something: the stream has it."""
        if self._reply is None:
            return
        if any(self._reply.feed(line.text) for line in self._lines.take()):
            self._ended(now_s)

    def look(self, now_s: float) -> None:
        """Time passes."""
        if self._line is None:
            return
        waited_s = now_s - self._asked_s
        if self._reply is not None and waited_s > self._reply_wall_s:
            self._ended(now_s)
        elif self._reply is None and waited_s > HELD_BACK_WALL_S and not self._told:
            self._told = True
            self._tell(f"{self._line!r} waits: a command of the run is under way")

    def _next(self, now_s: float) -> None:
        if self._line is None and self._waiting:
            self._line, self._told, self._asked_s = self._waiting.popleft(), False, now_s
            self._send((self._line + self._dialect.end_of_command).encode("ascii"), TURN_BEGINS)

    def _ended(self, now_s: float) -> None:
        self._line = self._reply = None
        self._send(b"", TURN_ENDS)
        self._next(now_s)
