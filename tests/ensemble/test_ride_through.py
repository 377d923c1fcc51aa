"""A grid beside its nominal values: ridden through for as long as the profile says, then let go of."""

from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.equipment.ac_source import AcSource
from hil.plugin.promises import Promise
from hil.rig.faults import Faults
from hil.vocabulary.grid import MainsPair
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains

pytestmark = pytest.mark.needs("enpower", "grid_source")

ON_GRID = MainsPair("closed", "closed")
NO_GRID = MainsPair("closed", "open")
BELOW_PCT, ABOVE_HZ = 3.0, 0.3
"""How far beyond a limit: less than the next one is away."""


@pytest.mark.promise("EN-067")
@pytest.mark.limit(3600)
@pytest.mark.parametrize("limit", ["undervoltage", "overfrequency"])
def test_a_grid_beyond_a_limit_of_the_profile_is_let_go_of_after_its_time_and_not_before(
    limit: str,
    grid: AcSource,
    mains: "Mains",
    envoy: Envoy,
    faults: Faults,
    promise: Promise,
    wait: Waiting,
) -> None:
    profile = envoy.grid_profile.active().profile
    curve = profile.vrt["PTUV1"] if limit == "undervoltage" else profile.frt["PTOF1"]
    point = max(curve, key=lambda each: each.x)
    longer_than_s = point.x / 1000
    if longer_than_s < promise["least_s"]:
        pytest.skip(f"the profile rides through for {longer_than_s:g} s: too short to be seen")
    if limit == "undervoltage":
        beyond = {"voltage_v": (point.y - BELOW_PCT) / 100 * grid.nominal.voltage_v}
    else:
        beyond = {"frequency_hz": point.y + ABOVE_HZ}

    with faults.site.grid_step(**beyond):
        mains.stays(ON_GRID, for_s=longer_than_s / 2)
    mains.stays(ON_GRID, for_s=longer_than_s)

    with faults.site.grid_step(**beyond):
        mains.stays(ON_GRID, for_s=longer_than_s - promise["early_s"])
        mains.becomes(NO_GRID, within_s=promise["early_s"] + promise["late_s"])
