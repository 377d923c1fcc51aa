"""A grid beside its nominal values: ridden through for as long as the profile says, then let go of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.envoy.grid_profile import CurvePoint
from hil.equipment.ac_source import AcSource
from hil.plugin.promises import Promise
from hil.rig.faults import Faults
from hil.vocabulary.grid import NO_GRID, ON_GRID
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains

pytestmark = pytest.mark.needs("enpower", "grid_source")

BEYOND_PCT, BEYOND_HZ = 3.0, 0.3
"""How far beyond a limit: less than the next one is away."""
CURVES = {
    "undervoltage": "PTUV1",
    "overvoltage": "PTOV1",
    "underfrequency": "PTUF1",
    "overfrequency": "PTOF1",
}


def points(envoy: Envoy, limit: str) -> Sequence[CurvePoint]:
    """Of the active profile's curve."""
    profile = envoy.grid_profile.active().profile
    curves = profile.vrt if limit.endswith("voltage") else profile.frt
    return curves[CURVES[limit]]


def step_beyond(limit: str, point: CurvePoint, grid: AcSource) -> dict[str, float]:
    """What the grid is to be, a little beyond the point."""
    way = 1 if limit.startswith("over") else -1
    if limit.endswith("voltage"):
        return {"voltage_v": (point.y + way * BEYOND_PCT) / 100 * grid.nominal.voltage_v}
    return {"frequency_hz": point.y + way * BEYOND_HZ}


@pytest.mark.promise("EN-067")
@pytest.mark.limit(3600)
@pytest.mark.parametrize("limit", CURVES)
def test_a_grid_beyond_a_limit_of_the_profile_is_let_go_of_after_its_time_and_not_before(
    limit: str,
    grid: AcSource,
    mains: "Mains",
    envoy: Envoy,
    faults: Faults,
    promise: Promise,
    wait: Waiting,
) -> None:
    point = max(points(envoy, limit), key=lambda each: each.x)
    longer_than_s = point.x / 1000
    if longer_than_s < promise["least_s"]:
        pytest.skip(f"the profile rides through for {longer_than_s:g} s: too short to be seen")
    beyond = step_beyond(limit, point, grid)

    with faults.site.grid_step(**beyond):
        mains.stays(ON_GRID, for_s=longer_than_s / 2)
    mains.stays(ON_GRID, for_s=longer_than_s)

    with faults.site.grid_step(**beyond):
        mains.stays(ON_GRID, for_s=longer_than_s - promise["early_s"])
        mains.becomes(NO_GRID, within_s=promise["early_s"] + promise["late_s"])


@pytest.mark.promise("EN-067")
@pytest.mark.parametrize("limit", CURVES)
def test_a_grid_far_beyond_the_limits_is_let_go_of_by_the_fastest_of_them(
    limit: str,
    grid: AcSource,
    mains: "Mains",
    envoy: Envoy,
    faults: Faults,
    promise: Promise,
) -> None:
    slow, fast = (pick(points(envoy, limit), key=lambda each: each.x) for pick in (max, min))
    within_s = fast.x / 1000 + promise["late_s"]
    if slow.x / 1000 <= within_s:
        pytest.skip(f"the profile lets go after {slow.x / 1000:g} s at the latest")

    with faults.site.grid_step(**step_beyond(limit, fast, grid)):
        mains.becomes(NO_GRID, within_s=within_s)


@pytest.mark.promise("EN-093")
def test_on_a_grid_that_is_too_fast_the_sun_gives_less(
    grid: AcSource,
    mains: "Mains",
    envoy: Envoy,
    faults: Faults,
    promise: Promise,
    wait: Waiting,
) -> None:
    def sun_mw() -> int:
        return envoy.livedata.status().meters.pv.agg_p_mw

    wait.clock.sleep(promise["sun_back_within_s"])  # the test before may have moved the relay
    before_mw = sun_mw()
    if before_mw < 1000 * promise["least_w"]:
        pytest.skip(f"the sun gives {before_mw / 1000:.0f} W: nothing to turn down")
    nominal_hz = grid.nominal.frequency_hz
    trips_hz = min(point.y for point in points(envoy, "overfrequency"))
    fast_hz = nominal_hz + (trips_hz - nominal_hz) * promise["of_the_way_pct"] / 100

    with faults.site.grid_step(frequency_hz=fast_hz):
        wait.until(
            sun_mw,
            lambda seen: seen <= before_mw * promise["sun_left_pct"] / 100,
            what=f"{mains.name}: the sun gives less on a grid of {fast_hz:.2f} Hz",
            measures="time to turn the sun down",
            within_s=promise["down_within_s"],
        )
        assert mains.pair() == ON_GRID, f"{mains.name}: let go of a grid of {fast_hz:.2f} Hz"
    wait.until(
        sun_mw,
        lambda seen: seen >= before_mw * promise["sun_back_pct"] / 100,
        what=f"{mains.name}: the sun is back on a grid of {nominal_hz:g} Hz",
        measures="time until the sun is back",
        within_s=promise["back_within_s"],
    )
