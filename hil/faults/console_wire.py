"""Faults of a console's line, on any rig: bytes lost or garbled, commands held up, the line cut.

What is lost, garbled or cut is so in the keeper, who reads the line: the recording and the test see
the same. A command is held up in the run, which alone lets rig time pass.
"""

from hil.faults.fault import Fault, FaultsOn
from hil.transports.line_faults import Harm, LineFault
from hil.transports.recorded import RecordedConsole, RecordedConsoles


class ConsoleWire:
    """Makes the line of one console bad; `wire` is what the timeline calls it.

    Bytes are counted from the beginning of a fault on: what the device says, whoever asked it.
    """

    def __init__(self, name: str, consoles: RecordedConsoles, *, on: FaultsOn) -> None:
        self._name, self._consoles, self._on = name, consoles, on
        self._recording: RecordedConsole = consoles.recordings[name]
        self.where = f"line of {self._recording.stream.wire}"

    def loses(self, run: int = 1, *, every: int | None = None, after: int = 0) -> Fault:
        """`run` bytes in a row never come, once or in `every` so many, the first `after` so many."""
        return self._begin(LineFault(Harm.LOSES, after=after, run=run, every=every))

    def garbles(self, run: int = 1, *, every: int | None = None, after: int = 0) -> Fault:
        """The same, and they come with every second bit turned over."""
        return self._begin(LineFault(Harm.GARBLES, after=after, run=run, every=every))

    def is_cut(self, *, after: int = 0) -> Fault:
        """The line goes, at once or when the device has said so many bytes; with the end it is back."""
        return self._begin(LineFault(Harm.CUTS, after=after))

    def holds_up(self, by_s: float) -> Fault:
        """Each command reaches the device so many rig seconds after it was sent."""
        self._recording.delay_s = by_s
        return self._on.begin(self.where, f"holds up commands for {by_s:g} s", lift=self._no_delay)

    def faults(self) -> list[str]:
        """What is wrong with the line, whoever has asked for it."""
        recording = self._recording
        held_up = [f"holds up commands for {recording.delay_s:g} s"] if recording.delay_s else []
        return held_up if recording.fault is None else [recording.fault, *held_up]

    def make_sound(self) -> None:
        """End whatever is wrong with the line."""
        self._no_delay()
        if self._recording.fault is not None:
            self._sound()

    def _begin(self, fault: LineFault) -> Fault:
        self._consoles.set_fault(self._name, fault)
        return self._on.begin(self.where, str(fault), lift=self._sound)

    def _sound(self) -> None:
        self._consoles.set_fault(self._name, None)

    def _no_delay(self) -> None:
        self._recording.delay_s = 0.0
