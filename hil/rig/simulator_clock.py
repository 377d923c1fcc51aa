"""The clock of a simulated rig in virtual time: it moves when the suite waits, and only then."""

from contextlib import suppress

from hil.clock import Signal
from hil.errors import LineLost
from hil.evidence.timeline import Kind, Timeline
from hil.rig.simulator_control import Settlement, SimulatorControl
from hil.transports.recorder import Recorder
from hil.transports.recording import Recording

SILENCE_WALL_S = 0.2
"""Wall seconds without a byte after which a console is given up as unsettled."""

SLICES = 10
"""Silence is waited for in so many pieces: a machine that stands still for a second uses up one."""


class SimulatorClock:
    """Rig time of a simulator, through its control socket.

    Settling keeps both sides in step: the simulator has consumed what was written, the reader has
    what was printed. Each byte is stamped by its offset with the time at which it was printed.
    """

    grain_s = 0.0
    speed = float("inf")

    def __init__(self, control: SimulatorControl) -> None:
        self._control = control
        self._now_s = 0.0
        self._recorder: Recorder | None = None
        self._timeline: Timeline | None = None

    def read_with(self, recorder: Recorder, timeline: Timeline) -> None:
        """Say who reads the consoles, and where an unsettled one is noted."""
        self._recorder, self._timeline = recorder, timeline
        recorder.handshake = self._take_back

    def attach(self, console: str) -> None:
        """Begin to count on a console: after its line is open, before it is read."""
        self._now_s = self._control.attach(console)

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

    def _recordings(self) -> dict[str, Recording]:
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
            # Time stands still: what comes now was said while the line was away, or before.
            line = self._recorder.recordings[name].line
            with suppress(LineLost):  # it is lost again, and told so when it is read
                while line.read():
                    """It is no part of what is counted from here on."""
            self._recorder.returned(name)

    def _take(self, settlement: Settlement) -> None:
        self._now_s = max(self._now_s, settlement.now_s)
        if self._recorder is None:
            return
        recordings = self._recordings()
        for console, offset, at_s in settlement.marks:
            stream, offset = recordings[console].stream, recordings[console].counted_from + offset
            if stream.trouble is None or offset < stream.received:
                stream.stamp(offset, at_s, order=self._recorder.next_order())
        unsettled = set(settlement.unsettled)
        for console, printed in settlement.printed.items():
            recording = recordings[console]
            count = recording.counted_from + printed
            if not self._read_up_to(recording, count):
                unsettled.add(console)
            recording.stream.stamped_up_to(min(count, recording.stream.received))
        self._recorder.tell()
        # Of a line that is away the gap says it.
        unsettled -= {name for name, each in recordings.items() if each.stream.trouble is not None}
        for console in sorted(unsettled):
            self._note_unsettled(recordings[console])

    @staticmethod
    def _read_up_to(recording: Recording, count: int) -> bool:
        stream, silent = recording.stream, 0
        while (received := stream.received) < count and silent < SLICES:
            if stream.trouble is not None:
                return False
            silent = 0 if stream.wait_beyond(received, SILENCE_WALL_S / SLICES) else silent + 1
        return received >= count

    def _note_unsettled(self, recording: Recording) -> None:
        if self._timeline is not None:
            self._timeline.note(
                recording.stream.wire,
                Kind.TROUBLE,
                "unsettled: not every byte arrived within 0.2 s of silence",
            )
