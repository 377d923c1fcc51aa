"""Outages of the grid: the site is an island, and comes back no sooner than its profile says."""

from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.equipment.ac_source import AcSource
from hil.evidence.measurement import Measure
from hil.plugin.promises import Promise
from hil.rig.faults import Faults
from hil.vocabulary.grid import NO_GRID, ON_GRID, GridMode
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains

pytestmark = pytest.mark.needs("enpower", "grid_source")

NO_GRID_STATE = 256
"""`Enpwr_curr_state_id` of a site whose grid is gone (public capture)."""
FLICKER_S = 1
BEFORE_THE_DELAY_S = 10
"""How long before the reconnect delay is over the grid flickers."""


@pytest.mark.promise("EN-010")
def test_an_outage_opens_the_relay_and_leaves_its_command(
    grid: AcSource, mains: "Mains", envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    grid.outage()

    mains.becomes(NO_GRID, within_s=promise["open_within_s"])
    mains.shows_open_in_live_data(within_s=promise["agree_within_s"])
    mains.runs(GridMode.OFF_GRID, within_s=promise["modes_within_s"])

    def says() -> tuple[str, int]:
        enpower = envoy.ensemble.inventory().enpowers[0]
        return enpower.admin_state_str, enpower.enpwr_curr_state_id

    wait.until(
        says,
        lambda said: said == ("ENPWR_STATE_OPER_NO_GRID", NO_GRID_STATE),
        what=f"{mains.name}: the inventory says that there is no grid",
        measures="time until the outage is shown",
        within_s=promise["modes_within_s"],
    )
    mains.stays(NO_GRID, for_s=promise["for_s"])


@pytest.mark.promise("EN-011")
@pytest.mark.parametrize("flickers", [False, True], ids=["steady", "flickering"])
def test_after_an_outage_the_relay_closes_no_sooner_than_the_profile_says(
    flickers: bool,
    grid: AcSource,
    mains: "Mains",
    reconnect_s: float,
    promise: Promise,
    wait: Waiting,
    measured: Measure,
) -> None:
    clock = wait.clock
    grid.outage()
    mains.becomes(NO_GRID, within_s=promise["open_within_s"])

    grid.restore()
    if flickers:
        clock.sleep(reconnect_s - BEFORE_THE_DELAY_S)
        grid.outage()
        clock.sleep(FLICKER_S)
        grid.restore()
    back_s = clock.now()

    mains.is_closed(within_s=reconnect_s + promise["close_within_s"])
    waited_s = clock.now() - back_s + clock.grain_s
    assert measured("time to reconnect", waited_s, "s", at_least=reconnect_s).held, (
        f"{mains.name}: closed {waited_s:.0f} s after the grid was back for good, the profile's "
        f"reconnect delay is {reconnect_s:g} s"
    )
    assert mains.pair() == ON_GRID


def upper_hz(envoy: Envoy) -> float | None:
    """Up to which frequency the active profile reconnects; None where it has no window of its own."""
    return envoy.grid_profile.active().profile.tpm.reconnect_high_hz


@pytest.mark.promise("EN-016")
def test_a_grid_that_is_back_beside_its_window_is_not_connected_to(
    grid: AcSource,
    mains: "Mains",
    reconnect_s: float,
    envoy: Envoy,
    faults: Faults,
    promise: Promise,
    wait: Waiting,
) -> None:
    grid.outage()
    mains.becomes(NO_GRID, within_s=promise["open_within_s"])

    grid.restore()
    high_hz = upper_hz(envoy) or grid.nominal.frequency_hz
    with faults.site.grid_step(frequency_hz=high_hz + promise["beside_hz"]):
        wait.stays(
            mains.pair,
            lambda pair: pair == NO_GRID,
            what=f"{mains.name}: not on a grid that is {promise['beside_hz']} Hz beside its window",
            for_s=reconnect_s + promise["for_s"],
            every_s=5,
        )

    mains.is_closed(within_s=reconnect_s + promise["close_within_s"])


@pytest.mark.promise("EN-078")
def test_a_grid_inside_the_window_of_the_profile_is_connected_to(
    grid: AcSource,
    mains: "Mains",
    envoy: Envoy,
    reconnect_s: float,
    faults: Faults,
    promise: Promise,
) -> None:
    high_hz = upper_hz(envoy)
    if high_hz is None or high_hz - promise["inside_hz"] <= grid.nominal.frequency_hz:
        pytest.skip("the active profile has no wide window of its own to reconnect in")
    grid.outage()
    mains.becomes(NO_GRID, within_s=promise["open_within_s"])

    grid.restore()
    with faults.site.grid_step(frequency_hz=high_hz - promise["inside_hz"]):
        mains.is_closed(within_s=reconnect_s + promise["close_within_s"])
