"""A console of which nothing is known yet: something is typed, and whatever comes is taken down."""

from collections.abc import Callable
from dataclasses import dataclass

from hil.clock import Clock
from hil.errors import LineLost
from hil.evidence.timeline import Kind, Timeline
from hil.transports.lines import plain
from hil.transports.recorded import RecordedConsole
from hil.transports.stream import Stream

FIRST_S, QUIET_S, LIMIT_S = 5.0, 1.5, 30.0
"""Rig seconds: for the first byte, between two of one answer, for all of it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was typed and what came, byte for byte."""

    typed: str
    data: bytes
    sent_s: float
    begin: int
    stream: Stream

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "backslashreplace")

    @property
    def tail(self) -> str:
        """What stands behind the last line end: a prompt, as a rule."""
        return plain(self.text.replace("\r", "\n").rpartition("\n")[2])

    def after_s(self, index: int) -> float | None:
        """Rig seconds from the typing to byte number `index`; None where nobody knows."""
        stamp = self.stream.said_at(self.begin + index)
        return None if stamp is None else stamp.at_s - self.sent_s

    def told(self) -> str:
        """As evidence."""
        return f"at {self.sent_s:.3f} s typed {self.typed!r}, came {self.text!r}"


class RawConsole:
    """Types, and listens until it is quiet."""

    def __init__(self, recording: RecordedConsole, *, clock: Clock, timeline: Timeline) -> None:
        self._recording, self._stream = recording, recording.stream
        self._clock, self._timeline = clock, timeline

    @property
    def where(self) -> str:
        """Its line."""
        return self._recording.label

    @property
    def suspicion(self) -> str | None:
        """Whether what came last looks like another baud rate."""
        look = getattr(self._recording, "suspicion", None)
        return look() if callable(look) else None

    def everything(self) -> bytes:
        """All that was said so far, as far as it is in memory."""
        self._clock.settle()
        return self._stream.read(self._stream.first)

    def ask(
        self,
        keys: str,
        *,
        ended: Callable[[bytes], bool] = lambda _: False,
        quiet_s: float = QUIET_S,
    ) -> Heard:
        """Type `keys` and take down what comes until it has `ended`, or is quiet.

        Raises:
            LineLost: the line went away.
        """
        clock, stream = self._clock, self._stream
        clock.settle()
        mark, sent_s = stream.received, clock.now()
        self._timeline.note(stream.wire, Kind.SENT, repr(keys))
        self._recording.write(keys.encode())
        seen, until_s = mark, sent_s + FIRST_S + clock.grain_s
        while True:
            clock.settle()
            if stream.trouble is not None:
                raise LineLost(stream.trouble)
            now_s, received = clock.now(), stream.received
            if received > seen:
                seen = received
                until_s = min(now_s + quiet_s, sent_s + LIMIT_S) + clock.grain_s
            data = stream.read(mark)
            if ended(data) or now_s >= until_s:
                self._recording.turn_ends()
                return Heard(keys, data, sent_s, mark, stream)
            clock.wait(stream.signal(seen), until_s)

    def listen(self, for_s: float) -> None:
        """Let it talk."""
        self._clock.sleep(for_s)
