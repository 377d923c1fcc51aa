"""One console being recorded: its line, its stream, its log, and what has been counted on it."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from hil.errors import LineBlocked, LineLost, SuiteError
from hil.transports.blocks import Block, BlockReader
from hil.transports.console_log import ConsoleLog
from hil.transports.line_faults import BadLine, LineFault
from hil.transports.recorded import LineControl
from hil.transports.serial_line import SerialLine
from hil.transports.stream import Stream
from hil.transports.wires import DriverCounts
from hil.vocabulary.baud import another_rate

RETURN_GRACE_S = 2.0
"""Wall seconds that a command waits for a line that is being opened again: nothing is lost yet."""

LONGEST_PAUSE_S = 1.0
"""Wall seconds between two attempts to open a line again, at most."""

JUDGED_BYTES = 1000
"""How much of what came last is looked at to tell text from a wrong baud rate."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What has gone through one console since it was opened."""

    bytes_in: int = 0
    bytes_out: int = 0
    gaps: int = 0
    """Places where bytes are missing."""
    reconnects: int = 0
    overruns: int = 0
    """Characters that the driver or its hardware has lost."""
    write_timeouts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRules:
    """How a bench is recorded; see `recording` in rigs/README.md."""

    reopen_within_s: float | None = None
    """Wall seconds for which a line that was lost is tried again; None: as long as the run lasts."""
    log_bytes: int = 64 << 20
    logs_kept: int = 100


class Recording:
    """A console from opening to closing. The recorder alone makes and ends it."""

    def __init__(
        self,
        line: SerialLine,
        stream: Stream,
        log_path: Path,
        *,
        rules: RecordingRules,
        handshake: Callable[[], None],
    ) -> None:
        self.line, self.stream, self.log_path, self.rules = line, stream, log_path, rules
        self._tally: dict[str, int] = asdict(Counters())
        self._counting = threading.Lock()
        self.counted_from, self.written_before = 0, 0
        """Offset and written bytes where the present connection began (see `SimulatorClock`)."""
        self.is_being_read = False
        """Whether the recorder has begun with it."""
        self.is_coming_back = False
        """Whether the line is away and tried again, until it is read on."""
        self.reopened = threading.Event()
        """The line is open again; reading goes on when the clock has agreed."""
        self.cut_at: int | None = None
        """A line of text that stood open here will never be ended: the bytes are lost."""
        self.unwritten = 0
        """Lines that could not be written to the log."""
        self.own_words: list[tuple[float, str]] = []
        """What the log has to say between the device's lines, with its rig seconds."""
        self.bad: BadLine | None = None
        """The fault of its line that a test has asked for."""
        self.whole = threading.Event()
        """The line is not cut by a fault. One that is stays open, and nobody reads it."""
        self.whole.set()
        self.was_cut = False
        """A fault has cut the line; true until it is read on, with what the terminal has kept."""
        self.driver: DriverCounts | None = None
        self.framing_errors = 0
        """Those of the last second or so."""
        self._handshake = handshake
        self._log = ConsoleLog(log_path, limit_bytes=rules.log_bytes, kept=rules.logs_kept)
        self._blocks = BlockReader(stream)

    delay_s = 0.0
    """Here nobody but a run that was lost could hold up what is typed."""

    @property
    def label(self) -> str:
        """Where its line is, for messages: `/dev/ttyUSB3 at 115200 baud`."""
        return self.line.label

    @property
    def fault(self) -> str | None:
        """What is wrong with the line because a test wants it so."""
        return None if self.bad is None else str(self.bad.fault)

    def turn_ends(self, *, given_up: bool = False) -> None:
        """The reply to what was written is complete; here nobody else could type."""
        if not given_up:
            self.stream.hush_ends()

    @property
    def not_sent(self) -> str | None:
        """Why what was written last did not go out; here `write` says so."""
        return None

    @property
    def written(self) -> int:
        """Bytes sent on this line since it was opened."""
        return self._tally["bytes_out"]

    @property
    def counters(self) -> Counters:
        """What has been counted so far."""
        return Counters(**self._tally)

    def count(self, **more: int) -> None:
        """Add to the counters of these names."""
        with self._counting:
            for name, n in more.items():
                self._tally[name] += n

    def heard(self, data: bytes) -> None:
        """Count what came in; only the one who reads calls this, for every piece."""
        self._tally["bytes_in"] += len(data)

    def await_line(self) -> None:
        """Wait for a line that is being opened again, up to 2 wall seconds: nothing is lost yet.

        Raises:
            LineLost: it is away.
        """
        until_s = time.monotonic() + RETURN_GRACE_S
        while (left_s := until_s - time.monotonic()) > 0:
            if self.stream.trouble is None:
                if not self.line.is_hung_up:
                    return
                # Whoever reads has to read to the end before the line is given up.
                self.stream.wait_lost(left_s)
            elif not self.is_coming_back:
                break
            elif self.reopened.wait(left_s):
                self._handshake()
                self.stream.wait_back(max(0.0, until_s - time.monotonic()))
        if self.stream.trouble is not None:
            raise LineLost(self.stream.trouble)

    def write(self, data: bytes, *, waits: bool = True, is_secret: bool = False) -> None:
        """Send `data` to the device. A line that is full is waited for, up to 10 s, where it `waits`.
        What `is_secret` as `RecordedConsole.write` has it.

        Raises:
            LineBlocked: it takes no more bytes; says how many it took.
            LineLost: it is away.
        """
        if self.stream.trouble is not None:
            raise LineLost(self.stream.trouble)
        if is_secret:
            self.stream.hush(data.decode("utf-8", "replace").strip())
        # Counted before they go: a clock that sees an answer must know what it answers.
        self.count(bytes_out=len(data))
        try:
            self.line.write(data, waits=waits)
        except LineLost as error:
            blocked = waits and isinstance(error, LineBlocked)
            self.count(bytes_out=error.taken - len(data), write_timeouts=int(blocked))
            raise

    def control(self, what: LineControl, value: float = 0) -> Mapping[str, bool]:
        """As `RecordedConsole.control`."""
        match what:
            case LineControl.BREAK:
                self.line.send_break(value)
            case LineControl.DTR:
                self.line.set_dtr(value != 0)
            case LineControl.RTS:
                self.line.set_rts(value != 0)
            case LineControl.MODEM:
                return asdict(self.line.modem())
        return {}

    def turn(self, fault: LineFault | None) -> str:
        """Let the line be bad from here on, or sound again; says so.

        Raises:
            SuiteError: it is bad already.
        """
        bad = self.bad
        if fault is None:
            self.bad = None
            self.whole.set()
            return f"fault ends: {self.label} {bad or 'was sound'}"
        if bad is not None:
            raise SuiteError(f"{self.label}: {bad.fault} already; end that fault first")
        self.bad = BadLine(fault)
        return f"fault begins: {self.label} {fault}"

    def cut_is_due(self) -> bool:
        """Whether its fault cuts the line now; counts it as cut then."""
        if self.bad is None or not self.bad.is_through or not self.whole.is_set():
            return False
        self.was_cut = True
        self.whole.clear()
        return True

    def was_cut_only(self, closing: threading.Event, reader: threading.Thread | None) -> bool:
        """Wait until a fault that has cut the line is over; whether the line itself is there then.

        `reader` is the thread that reads it, where that is one of its own.
        """
        if not self.was_cut:
            return False
        if reader is not None:
            reader.join()
        while not (self.whole.wait(LONGEST_PAUSE_S) or closing.is_set()):
            """Again."""
        return not self.line.is_hung_up

    def look_at_driver(self) -> tuple[str | None, int]:
        """What its driver's counts suggest since the last look: a suspicion, characters lost."""
        before, now = self.driver, self.line.driver_counts()
        if before is None or now is None:
            return None, 0
        self.driver = now
        had, self.framing_errors = self.framing_errors, now.framing - before.framing
        suspicion = None if had else self.suspicion()
        return suspicion, now.overrun - before.overrun + now.buffer_overrun - before.buffer_overrun

    def suspicion(self) -> str | None:
        """Whether what came last looks like another baud rate: a sentence, or None."""
        last = self.stream.since(max(self.stream.first, self.stream.received - JUDGED_BYTES))
        return another_rate(last, baud=self.line.baud, framing_errors=self.framing_errors)

    def ready_blocks(self, *, rest: bool = False) -> list[Block]:
        """The complete, stamped lines not told yet; `rest` also gives an unfinished last line."""
        is_cut = self.cut_at is not None and self.stream.stamped >= self.cut_at
        if rest or is_cut:
            self.cut_at = None
            rest = True
        return self._blocks.take(rest=rest)

    def log(self, at_s: float, wall: float, text: str, *, own: bool = False) -> None:
        """Write lines to the console's log; `own` are the recorder's words, not the device's.

        Raises:
            OSError: they cannot be written.
        """
        self._log.write(at_s, wall, text, own=own)

    def close(self) -> None:
        """Let go of line and log. Closing twice is fine."""
        self.line.close()
        # What could not be written was told as trouble when it was said.
        with contextlib.suppress(OSError):
            self._log.close()


def pauses_s() -> Iterator[float]:
    """Wall seconds before each attempt to open a line again: at once, soon, and then patiently."""
    yield 0.0
    pause_s = 0.02
    while True:
        yield pause_s
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
