"""The hour in which a generator runs for the sake of running, by the gateway's clock.

That one which was passed over by a step of the clock is caught up within its own length, and that it
comes no sooner again than its weeks allow, is assumed. So is UTC.
"""

from hil.simulator.gateway_clock import GatewayClock
from hil.simulator.site_settings import SiteSettings
from hil.simulator.site_settings_generator import Exercise
from hil.simulator.world import World

ACTOR = "generator exercise"
DAY_S, WEEK_S = 86_400, 7 * 86_400
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FIRST_MONDAY = 4 * DAY_S
"""Of UNIX time, which begins on a Thursday."""


class GeneratorExercise:
    """`is_on` while it runs."""

    def __init__(self, world: World, clock: GatewayClock, settings: SiteSettings) -> None:
        self._world, self._clock, self._settings = world, clock, settings
        self._timer: int | None = None
        self._planned_for: object = None
        self._last_unix: float | None = None
        """When it began last, by the gateway's clock as it was then."""
        self.is_on = False
        world.add(ACTOR, self)

    def look(self) -> None:
        """Plan anew where the schedule or the clock is another."""
        schedule = self._settings.gen_schedule
        plan = None if schedule is None or self.is_on else schedule.exercise_config
        planned_for = (plan, self._clock.off_s)
        if planned_for == self._planned_for:
            return
        self._planned_for = planned_for
        self._world.cancel(self._timer)
        self._timer = None
        if plan is not None:
            self._timer = self._world.after(self._begins_in_s(plan), ACTOR, "begin")

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """It begins, or ends."""
        self._timer, self._planned_for = None, None
        schedule = self._settings.gen_schedule
        self.is_on = event == "begin" and schedule is not None
        if self.is_on and schedule is not None:
            self._last_unix = self._clock.unix_time
            self._world.after(60 * schedule.exercise_config.duration, ACTOR, "end")
        self._world.touch()

    def _begins_in_s(self, plan: Exercise) -> float:
        unix = self._clock.unix_time
        begins = DAYS.index(plan.day) * DAY_S + 60 * plan.start
        since_s = (unix - _FIRST_MONDAY - begins) % WEEK_S
        ahead_s = 0.0 if since_s < 60 * plan.duration else WEEK_S - since_s
        while self._is_too_soon(unix + ahead_s, plan):
            ahead_s = ahead_s + WEEK_S if ahead_s else WEEK_S - since_s
        return ahead_s

    def _is_too_soon(self, at_unix: float, plan: Exercise) -> bool:
        if self._last_unix is None or self._world.has_defect("exercise-by-the-clock-alone"):
            return False
        return abs(at_unix - self._last_unix) < plan.freq_in_weeks * WEEK_S - DAY_S
