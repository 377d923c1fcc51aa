"""Islands: too much sun, too much load, too little charge; and none of it in silence."""

from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.vocabulary.grid import MainsPair, MainsState
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains, StorageSettings

pytestmark = pytest.mark.needs("enpower")

FULL_PCT = 95
"""From here on a battery takes little more."""

ON_GRID = MainsPair("closed", "closed")
REFUSED = MainsPair("open", "closed")
LOWEST_PCT, HIGHEST_PCT = 5, 25
"""What the very low charge may be set to."""


def rated_w(envoy: Envoy) -> int:
    """What all batteries that communicate can give for good."""
    listed = envoy.ensemble.status().inventory.serial_nums
    return sum(
        getattr(listed[each.serial_num], "encharge_rated_power", 0)
        for each in envoy.ensemble.inventory().encharges
        if each.communicating
    )


@pytest.mark.promise("EN-040")
def test_an_island_with_full_batteries_curtails_its_sun(
    mains: "Mains", site_on_grid: None, envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    wait.clock.sleep(promise["sun_back_within_s"])  # the test before may have moved the relay
    before = envoy.livedata.status().meters
    if before.soc < FULL_PCT or before.pv.agg_p_mw <= 1.5 * before.load.agg_p_mw:
        pytest.skip(
            f"charge {before.soc} %, sun {before.pv.agg_p_mw / 1000:.0f} W: nothing to curtail"
        )
    limit_mw = 1000 * (rated_w(envoy) + promise["above_rating_w"])

    mains.open()
    mains.is_open(within_s=promise["open_within_s"])

    wait.until(
        lambda: envoy.livedata.status().meters,
        lambda meters: meters.pv.agg_p_mw >= meters.load.agg_p_mw > 0,
        what=f"{mains.name}: the sun carries the island",
        within_s=promise["sun_back_within_s"],
        show=lambda meters: f"PV {meters.pv.agg_p_mw} mW, load {meters.load.agg_p_mw} mW",
    )
    wait.stays(
        lambda: envoy.livedata.status().meters,
        lambda meters: (
            meters.load.agg_p_mw > 0
            and meters.grid.agg_p_mw == 0
            and -meters.storage.agg_p_mw <= limit_mw
        ),
        what=f"{mains.name}: the island lives and its batteries take no more than they can",
        for_s=promise["for_s"],
        show=lambda meters: f"load {meters.load.agg_p_mw} mW, storage {meters.storage.agg_p_mw} mW",
    )


@pytest.mark.promise("EN-041")
def test_an_overloaded_island_is_dark_and_starts_again(
    mains: "Mains", site_on_grid: None, envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    load_w = envoy.livedata.status().meters.load.agg_p_mw / 1000
    if load_w <= rated_w(envoy):
        pytest.skip(f"the house draws {load_w:.0f} W, the batteries can give {rated_w(envoy)} W")

    def load_mw() -> int:
        return envoy.livedata.status().meters.load.agg_p_mw

    mains.open()
    mains.is_open(within_s=promise["open_within_s"])

    wait.until(
        load_mw,
        lambda load: load == 0,
        what=f"{mains.name}: an island that is asked for more than it can give is dark",
        within_s=promise["dark_within_s"],
    )
    wait.until(
        load_mw,
        lambda load: load > 0,
        what=f"{mains.name}: the island starts again",
        within_s=promise["restart_within_s"],
    )


@pytest.mark.promise("EN-042")
def test_a_site_down_to_its_very_low_charge_is_not_commanded_off_the_grid(
    mains: "Mains",
    site_on_grid: None,
    storage_settings: "StorageSettings",
    envoy: Envoy,
    promise: Promise,
) -> None:
    soc = envoy.ensemble.secondary_control().enc_agg_soc
    if not LOWEST_PCT < soc < HIGHEST_PCT:
        pytest.skip(f"charge {soc} %: no very low charge can be set above and below")

    with storage_settings(very_low_soc=HIGHEST_PCT):
        mains.open()
        mains.stays_closed(for_s=promise["for_s"])
        mains.close()
        mains.becomes(ON_GRID, within_s=promise["open_within_s"])

    with storage_settings(very_low_soc=LOWEST_PCT):
        mains.open()
        mains.is_open(within_s=promise["open_within_s"])
        mains.close()
        mains.is_closed(within_s=promise["close_within_s"])


@pytest.mark.promise("EN-043")
def test_an_island_down_to_its_very_low_charge_is_dark_and_tries_again(
    mains: "Mains",
    islanded_site: None,
    storage_settings: "StorageSettings",
    envoy: Envoy,
    wait: Waiting,
    promise: Promise,
) -> None:
    meters = envoy.livedata.status().meters
    if not meters.soc < HIGHEST_PCT or meters.storage.agg_p_mw <= 0:
        storage_w = meters.storage.agg_p_mw / 1000
        pytest.skip(f"charge {meters.soc} %, the batteries give {storage_w:.0f} W: it does not end")

    def flows() -> tuple[int, int]:
        meters = envoy.livedata.status().meters
        return meters.load.agg_p_mw, meters.storage.agg_p_mw

    with storage_settings(very_low_soc=HIGHEST_PCT):
        wait.until(
            flows,
            lambda seen: seen == (0, 0),
            what=f"{mains.name}: batteries at their very low charge give no more, the island is dark",
            within_s=promise["dark_within_s"],
        )
        assert MainsState(mains.pair().actual).is_open, f"{mains.name}: dark, and shown on the grid"

    wait.until(
        flows,
        lambda seen: seen[0] > 0,
        what=f"{mains.name}: the island starts again once there is charge to give",
        within_s=promise["retry_within_s"],
    )
