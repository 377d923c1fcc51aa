"""The exercise of a generator, while the gateway's clock is stepped over it and back."""

import pytest

from hil.consoles.gateway_shell import GatewayShell
from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.rig.faults import Faults
from hil.waiting import Waiting

pytestmark = pytest.mark.needs("gateway_shell")

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
A_DAY_MIN = 1440
LASTS_MIN = 10
"""The shortest that there is."""
BEGINS_IN_MIN, AHEAD_MIN = 25, 30
"""The clock is stepped into the middle of the exercise, and back when that is over."""
LOOK_EVERY_S = 10


class Exercises:
    """Counts how often one begins, look by look."""

    def __init__(self, envoy: Envoy) -> None:
        self._envoy = envoy
        self._was_on = False
        self.begun = 0

    def look(self) -> int:
        is_on = self._envoy.ensemble.generator().exc_on == 1
        self.begun += is_on and not self._was_on
        self._was_on = is_on
        return self.begun


@pytest.mark.promise("EN-061")
@pytest.mark.limit(7200)
def test_an_exercise_that_the_clock_passes_twice_is_made_once(
    envoy: Envoy,
    gateway_shell: GatewayShell,
    faults: Faults,
    promise: Promise,
    wait: Waiting,
) -> None:
    schedule = envoy.site_settings.gen_schedule
    if not schedule.document():
        pytest.skip("the site has no generator")
    now = gateway_shell.local_time()
    days, minute = divmod(now.minute + BEGINS_IN_MIN, A_DAY_MIN)
    day = DAYS[(now.weekday - 1 + days) % len(DAYS)]
    exercise = {"freq_in_weeks": 1, "start": minute, "duration": LASTS_MIN, "day": day}
    exercises = Exercises(envoy)

    def follow(for_s: float) -> None:
        wait.stays(
            exercises.look,
            lambda begun: begun <= 1,
            what=f"{gateway_shell.gateway}: the generator is exercised once",
            for_s=for_s,
            every_s=LOOK_EVERY_S,
        )

    with schedule.changed({"exercise_config": exercise}):
        with faults.site.clock_steps(60 * AHEAD_MIN):
            follow(60 * LASTS_MIN + promise["late_s"])
        follow(60 * BEGINS_IN_MIN)

    assert exercises.begun == 1, f"{gateway_shell.gateway}: the generator was not exercised at all"
