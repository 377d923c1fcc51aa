"""What goes out on one console: one command at a time, at the device's pace, to whom it is meant."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from hil.clock import Clock
from hil.consoles.deaths import DeathWatch
from hil.consoles.dialect import Dialect
from hil.consoles.listener import Listener
from hil.errors import LineLost
from hil.evidence.timeline import Kind, Timeline
from hil.transports.expect import newest_gap
from hil.transports.lines import LONGEST_LINE_BYTES, LineReader, plain
from hil.transports.recorded import RecordedConsole

PROMPT_S = 2.0
"""Rig seconds a prompt may take."""

CURSOR_QUERY = b"\x1b[6n"
"""Asks a terminal where its cursor is; some CLIs wait for the answer when they start."""


def _anybody() -> None:
    pass


class Typist(Listener):
    """Types on a console: whose turn it is, what stands half typed, and who reads it.

    `identify` is called before the next command when the line has been away: another device may
    be on it since. It raises where one is, and may `ask` for that.
    """

    def __init__(
        self,
        recording: RecordedConsole,
        *,
        device: str,
        dialect: Dialect,
        clock: Clock,
        timeline: Timeline,
        deaths: DeathWatch | None = None,
    ) -> None:
        super().__init__(
            recording,
            device=device,
            dialect=dialect,
            clock=clock,
            timeline=timeline,
            deaths=deaths,
        )
        self.identify: Callable[[], object] = _anybody
        self._turn = threading.RLock()
        self._identity = threading.RLock()
        self._identifier: int | None = None
        """The thread that is asking who answers."""
        self._known_gap = newest_gap(self._stream)
        self._turn_gap: object = None
        """The line's newest gap when the present turn began."""
        self._half_typed = False
        """Something ended the typing of a command before its end was typed."""
        self._typed_at = -1
        self._cursor_from = self._stream.received

    def send(self, command: str) -> None:
        """Send `command` and wait for nothing; for `expect` and `wait_for_line`."""
        paced = self.dialect.char_delay_s > 0
        with self._my_turn():
            self._expect_from = self._ready()
            with nullcontext() if paced else self._timeline.together():
                self._type(command)
                self._recording.turn_ends()

    def answers(self, *, within_s: float = PROMPT_S) -> bool:
        """Whether an empty command brings the prompt back. Blames nobody for silence.

        It also ends a command that somebody else left half typed.
        """
        try:
            return self._prompts(within_s)
        except LineLost:
            return False

    @contextmanager
    def _my_turn(self, *, whoever: bool = False) -> Iterator[None]:
        """The line for one command, once it is known who reads it (or matters to nobody)."""
        while True:
            if not whoever:
                self._know_who_answers()
            with self._turn:
                self._turn_gap = newest_gap(self._stream)
                if whoever or self._is_known:
                    try:
                        yield
                    except BaseException:
                        self._recording.turn_ends(given_up=True)
                        raise
                    self._recording.turn_ends()
                    return

    @property
    def _is_known(self) -> bool:
        return (
            self._known_gap == newest_gap(self._stream) or self._identifier == threading.get_ident()
        )

    def _know_who_answers(self) -> None:
        with self._named():
            self._recording.await_line()
        if self._is_known:
            return
        # Not under `_turn`: a silent device makes other consoles be asked, and those this one.
        with self._identity:
            if self._is_known:
                return
            gap = newest_gap(self._stream)
            self._check_line(gap)
            why = self._stream.gaps[-1].why
            self.note(Kind.TROUBLE, f"the line was interrupted ({why}): who answers now?")
            self._identifier = threading.get_ident()
            try:
                self.identify()
            finally:
                self._identifier = None
            self._known_gap = gap

    def _ready(self) -> int:
        """End what stands half typed; a mark for what the next command brings.

        Raises:
            LineLost: the line is away, or was since it was known who answers.
        """
        mark = self.mark()
        self._report_cursor()
        if (left := self._stands_half_typed(mark)) is not None:
            clear = (self.dialect.abandon_line or "") + self.dialect.end_of_command
            how = "given up" if self.dialect.abandon_line else "ended, and so carried out,"
            self._check_line(self._turn_gap)
            self.note(Kind.TROUBLE, f"{left} stood half typed on the line; {how} first")
            self._write(clear)
            self._half_typed = False
            self._see_prompt(mark, PROMPT_S)
            mark = self.mark()
        self._check_line(self._turn_gap)
        return mark

    def _stands_half_typed(self, mark: int) -> str | None:
        """What was typed and not ended, as far as that is known."""
        if self._half_typed:
            return "a command of ours"
        waiting = self.dialect.prompt.encode()
        if self._stream.last(len(waiting)) == waiting:
            return None
        begun = LineReader(self._stream, since=mark).position
        if not self.dialect.echo or begun <= self._typed_at:
            return None  # nothing is seen of it, or it may be the echo of our own last command
        said = plain(self._stream.read(begun, mark - begun).decode(errors="backslashreplace"))
        _, prompt, typed = said.rpartition(self.dialect.prompt)
        if not prompt or not typed.strip() or self.dialect.log_line.search(said):
            return None
        return repr(self.scrub(typed))

    def _type(self, command: str) -> None:
        keys = command + self.dialect.end_of_command
        first = keys[0] if self.dialect.char_delay_s > 0 else keys
        if (delay_s := self._recording.delay_s) > 0:
            self.note(Kind.STEP, f"{command!r} is held up for {delay_s:g} s by a fault of the line")
            self.clock.sleep(delay_s)
            self._check_line(self._turn_gap)
        with self._timeline.together():
            self.note(Kind.SENT, command or "(empty command)")
            self._typed_at = self._stream.received
            self._half_typed = True
            self._write(first)
        for key in keys[len(first) :]:
            self.clock.sleep(self.dialect.char_delay_s)
            self._check_line(self._turn_gap)  # the rest might go to another device
            self._check_sent()
            self._write(key)
        self._half_typed = False

    def _write(self, keys: str) -> None:
        with self._named():
            self._recording.write(keys.encode())

    @contextmanager
    def _named(self) -> Iterator[None]:
        """A line knows its port; whose it is stands in front of its trouble."""
        try:
            yield
        except LineLost as error:
            raise LineLost(f"{self.device}: {error}") from error

    def _prompts(self, within_s: float) -> bool:
        with self._my_turn(whoever=True):
            mark = self.mark()
            self._type("")
            return self._see_prompt(mark, within_s)

    def _see_prompt(self, mark: int, within_s: float) -> bool:
        reader = LineReader(self._stream, since=mark)
        for _ in self._looks(reader, self._until(within_s)):
            self._deaths.look_at(self._stream.name)
            last = self._stream.read(max(mark, self._stream.received - LONGEST_LINE_BYTES))
            if self.dialect.prompt in plain(last.decode(errors="backslashreplace")):
                self._deaths.answered(self._stream.name)
                return True
        return False

    def _looked_at(self, up_to: int) -> None:
        super()._looked_at(up_to)
        self._report_cursor()

    def _report_cursor(self) -> None:
        """Answer the device that asks where the cursor is, if its dialect has an answer."""
        stream, report = self._stream, self.dialect.cursor_report
        # Whoever is typing will see to it.
        if report is None or not self._turn.acquire(blocking=False):
            return
        try:
            begun = max(self._cursor_from, stream.first)
            asked = stream.read(begun)
            if (at := asked.rfind(CURSOR_QUERY)) >= 0:
                self._cursor_from = begun + at + len(CURSOR_QUERY)
                self.note(Kind.SENT, "(cursor report)")
                self._write(report * asked.count(CURSOR_QUERY))
            else:
                self._cursor_from = max(begun, begun + len(asked) - len(CURSOR_QUERY) + 1)
        finally:
            self._turn.release()
