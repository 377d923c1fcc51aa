"""The clock of a simulated rig in virtual time: it moves when the suite waits, and only then."""

from collections.abc import Mapping
from typing import Self

from hil.clock import Signal
from hil.evidence.timeline import Kind, Timeline
from hil.rig.simulator_control import Settlement, SimulatorControl
from hil.transports.recorded import RecordedConsole, RecordedConsoles

SILENCE_WALL_S = 2.0
"""Wall seconds without a byte after which a console is given up as unsettled.

Only what is lost costs them. With a tenth of it one night of a hundred had a command that "was not
answered": on a machine with ten times its load the keeper did not get the processor in time.
"""

SLICES = 10
"""Silence is waited for in so many pieces: a machine that stands still for a second uses up one."""


class SimulatorClock:
    """Rig time of a simulator, through its control socket.

    Settling keeps both sides in step: the simulator has consumed what was written, the reader has
    what was printed. Each byte is stamped by its offset with the time at which it was printed.
    """

    grain_s = 0.0
    speed = float("inf")

    @classmethod
    def at(cls, address: str, *, who: str, take_over: bool = False) -> Self:
        """The clock of the simulator whose control socket is at `address`.

        Raises:
            SimulatorLost: nobody listens there, or somebody else owns the clock.
        """
        return cls(SimulatorControl(address, who=who, take_over=take_over))

    def __init__(self, control: SimulatorControl) -> None:
        self._control = control
        self._now_s = 0.0
        self._recorder: RecordedConsoles | None = None
        self._timeline: Timeline | None = None

    def read_with(self, recorder: RecordedConsoles, timeline: Timeline) -> None:
        """Say who reads the consoles, and where an unsettled one is noted."""
        self._recorder, self._timeline = recorder, timeline
        recorder.handshake = self._take_back

    def attach(self, console: str) -> None:
        """Begin to count on a console: after its line is open, before it is read.

        Where it was read before, nothing of that may be under way.
        """
        self._now_s = self._control.attach(console)

    def resume(self, console: str) -> None:
        """Go on counting where an earlier owner of the clock, whose end nobody saw, has begun."""
        self._now_s = self._control.attach(console, resume=True)

    def now(self) -> float:
        return self._now_s

    def sleep(self, duration_s: float) -> None:
        if duration_s > 0:
            self._advance(self._now_s + duration_s, ())

    def wait(self, signal: Signal, until_s: float) -> bool:
        self.settle()
        if signal.wait(0):
            return True
        if until_s <= self._now_s:
            return False
        self._advance(until_s, tuple(signal.lines))
        return signal.wait(0)

    def settle(self) -> None:
        self._take_back()
        self._take(self._control.settle(self._written()))

    def close(self) -> None:
        """Give up the simulator's clock."""
        self._control.close()

    def _advance(self, until_s: float, stop_on: tuple[str, ...]) -> None:
        self._take_back()
        self._take(self._control.advance(until_s, stop_on=stop_on, written=self._written()))

    def _recordings(self) -> Mapping[str, RecordedConsole]:
        return {} if self._recorder is None else self._recorder.recordings

    def _written(self) -> dict[str, int]:
        """What went out on each console since its attach; of a line that is away nobody knows."""
        return {
            name: recording.written - recording.written_before
            for name, recording in self._recordings().items()
            if recording.stream.trouble is None
        }

    def _take_back(self) -> None:
        """Attach anew to consoles whose line was lost and is open again: counts begin at zero."""
        if self._recorder is None:
            return
        for name in self._recorder.reopened():
            self._take(self._control.settle(self._written()))  # times of what came before the loss
            self._control.attach(name)
            self._recorder.returned(name)

    def _take(self, settlement: Settlement) -> None:
        self._now_s = max(self._now_s, settlement.now_s)
        if self._recorder is None:
            return
        recordings = self._recordings()
        unsettled = set(settlement.unsettled)
        for console, count in settlement.printed.items():
            if not self._read_up_to(recordings[console], count):
                unsettled.add(console)
        # Only now: what is missing by a fault of the line is known when what came after it was read.
        printed = {
            name: _offset(recordings[name], count) for name, count in settlement.printed.items()
        }
        marks = [
            (name, _offset(recordings[name], count), at_s) for name, count, at_s in settlement.marks
        ]
        self._recorder.take_marks(self._now_s, marks, printed)
        for console in unsettled:
            recordings[console].stream.catch_up()  # it may have hung up under what was written
        # Of a line that is away the gap says it.
        unsettled -= {name for name, each in recordings.items() if each.stream.trouble is not None}
        for console in sorted(unsettled):
            self._note_unsettled(recordings[console])

    @staticmethod
    def _read_up_to(recording: RecordedConsole, count: int) -> bool:
        stream, silent = recording.stream, 0
        while (received := stream.received) < _offset(recording, count) and silent < SLICES:
            if stream.trouble is not None:
                return False
            silent = 0 if stream.wait_beyond(received, SILENCE_WALL_S / SLICES) else silent + 1
        return received >= _offset(recording, count)

    def _note_unsettled(self, recording: RecordedConsole) -> None:
        if self._timeline is not None:
            self._timeline.note(
                recording.stream.wire,
                Kind.TROUBLE,
                f"unsettled: not every byte arrived within {SILENCE_WALL_S:g} s of silence",
            )


def _offset(recording: RecordedConsole, count: int) -> int:
    """Where in a console's stream stands what the simulator has printed as its byte `count`."""
    return recording.stream.offset_of(recording.counted_from + count)
