"""The keeper's own drivers: how the rig is made safe when nobody else is there to do it."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from hil.clock import Clock, WallClock
from hil.consoles.deaths import DeathWatch
from hil.errors import HilError
from hil.evidence.timeline import Timeline
from hil.rig.drivers import Wires, drivers_of
from hil.rig.rig_file import RigFile, SimulatorClockEntry
from hil.rig.safety import Safety, make_safe
from hil.rig.simulator_clock import SimulatorClock
from hil.transports.recorder import Recorder
from hil.waiting import Waiting


class RigGuard:
    """Makes one rig safe, over the lines that the keeper has open."""

    def __init__(
        self,
        description: RigFile,
        *,
        recorder: Recorder,
        timeline: Timeline,
        zero: float,
        on_clock: Callable[[Clock], None],
    ) -> None:
        """`zero` is the monotonic second of rig time 0; `on_clock` is told whose time it is now."""
        self._description, self._recorder, self._timeline = description, recorder, timeline
        self._zero, self._on_clock = zero, on_clock

    def __call__(self, baseline: Mapping[str, object] | None) -> Safety:
        with ExitStack() as stack:
            try:
                clock = self._clock(stack)
            except HilError as error:
                return Safety(undone=[f"nothing could be done: {error}"])
            self._on_clock(clock)
            for name, recording in self._recorder.recordings.items():
                if not recording.is_being_read:
                    self._recorder.start(name)
            deaths = DeathWatch()
            stack.enter_context(deaths.not_telling())
            drivers = drivers_of(
                self._description,
                Wires(clock, self._timeline, self._recorder, stack, deaths),
                waiting=Waiting(clock),
            )
            return make_safe(
                drivers,
                baseline,
                clock=clock,
                timeline=self._timeline,
                within_s=self._description.safe_within_s,
            )

    def _clock(self, stack: ExitStack) -> Clock:
        described = self._description.clock
        if not isinstance(described, SimulatorClockEntry):
            return WallClock(speed=described.wall.speed, zero=self._zero)
        # The run may hang and still hold the clock.
        clock = SimulatorClock.at(described.simulator.control, who="keeper", take_over=True)
        stack.callback(clock.close)
        clock.read_with(self._recorder, self._timeline)
        for name, recording in self._recorder.recordings.items():
            if recording.is_being_read:
                clock.resume(name)
            else:
                clock.attach(name)
        return clock
