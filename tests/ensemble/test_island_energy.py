"""Islands: too much sun, too little charge; and none of it in silence."""

from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.equipment.ac_source import AcSource
from hil.plugin.promises import Promise
from hil.vocabulary.grid import MainsPair, MainsState
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.conftest import LoadMw, StorageSettings
    from tests.ensemble.conftest import Mains, Sun

pytestmark = [pytest.mark.needs("enpower"), pytest.mark.usefixtures("without_generator")]

ON_GRID = MainsPair("closed", "closed")
REFUSED = MainsPair("open", "closed")
LOWEST_PCT, HIGHEST_PCT = 5, 25
"""What the very low charge may be set to."""


def charge_of_the_fullest(envoy: Envoy) -> int:
    """Percent. One battery with charge carries an island, whatever all of them have together."""
    return max(each.percent_full for each in envoy.ensemble.inventory().encharges)


@pytest.mark.promise("EN-040")
@pytest.mark.usefixtures("too_much_sun")
def test_an_island_with_full_batteries_curtails_its_sun(
    mains: "Mains", rated_w: int, envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    limit_mw = 1000 * (rated_w + promise["above_rating_w"])

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


@pytest.mark.promise("EN-042")
def test_a_site_down_to_its_very_low_charge_is_not_commanded_off_the_grid(
    mains: "Mains",
    site_on_grid: None,
    storage_settings: "StorageSettings",
    envoy: Envoy,
    promise: Promise,
) -> None:
    soc = envoy.ensemble.secondary_control().enc_agg_soc
    fullest_pct = charge_of_the_fullest(envoy)
    if soc <= LOWEST_PCT or fullest_pct >= HIGHEST_PCT:
        pytest.skip(
            f"charge {soc} %, the fullest battery {fullest_pct} %: no very low charge can be set "
            "above and below"
        )
    if (storage_w := envoy.livedata.status().meters.storage.agg_p_mw / 1000) < 0:
        pytest.skip(f"the batteries take {-storage_w:.0f} W: they may get above what is set")

    with storage_settings(very_low_soc=HIGHEST_PCT):
        mains.tries_to_open()
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
    fullest_pct = charge_of_the_fullest(envoy)
    if fullest_pct >= HIGHEST_PCT or meters.storage.agg_p_mw <= 0:
        storage_w = meters.storage.agg_p_mw / 1000
        pytest.skip(
            f"charge {fullest_pct} %, the batteries give {storage_w:.0f} W: it does not end"
        )

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

    with storage_settings(very_low_soc=LOWEST_PCT):
        wait.until(
            flows,
            lambda seen: seen[0] > 0,
            what=f"{mains.name}: the island starts again once there is charge to give",
            within_s=promise["retry_within_s"],
        )


@pytest.mark.promise("EN-063")
@pytest.mark.needs("grid_source")
@pytest.mark.limit(28_800)
def test_an_island_without_charge_stays_dark_until_the_grid_is_back(
    grid: AcSource,
    mains: "Mains",
    envoy: Envoy,
    load_mw: "LoadMw",
    reconnect_s: float,
    wait: Waiting,
    promise: Promise,
) -> None:
    if (fullest_pct := charge_of_the_fullest(envoy)) > promise["dead_soc_pct"] + 1:
        pytest.skip(f"charge up to {fullest_pct} %: it would start again by itself")

    grid.outage()
    wait.until(
        load_mw,
        lambda load: load == 0,
        what=f"{mains.name}: without charge the island is dark",
        within_s=promise["dark_within_s"],
    )
    wait.until(
        lambda: charge_of_the_fullest(envoy),
        lambda fullest_pct: fullest_pct <= promise["dead_soc_pct"],
        what=f"{mains.name}: what the batteries draw themselves has emptied them",
        within_s=promise["empty_within_s"],
        every_s=300,
    )
    wait.clock.sleep(promise["drains_s"])  # what reads 2 % may be all but 3 %
    if (fullest_pct := charge_of_the_fullest(envoy)) > promise["dead_soc_pct"]:
        pytest.skip(f"charge {fullest_pct} % again: the sun came before the batteries were empty")
    wait.stays(
        load_mw,
        lambda load: load == 0,
        what=f"{mains.name}: the island does not start by itself, whatever the sun does",
        for_s=promise["dark_for_s"],
        every_s=120,
    )

    grid.restore()
    wait.until(
        load_mw,
        lambda load: load > 0,
        what=f"{mains.name}: the grid feeds the site again",
        within_s=reconnect_s + promise["fed_within_s"],
        every_s=5,
    )


@pytest.mark.promise("EN-094")
@pytest.mark.needs("inverter_power")
@pytest.mark.limit(7200)
def test_black_starts_of_an_island_without_charge_come_after_growing_pauses(
    mains: "Mains",
    charged_site: None,
    storage_settings: "StorageSettings",
    sun: "Sun",
    envoy: Envoy,
    load_mw: "LoadMw",
    wait: Waiting,
    promise: Promise,
) -> None:
    fullest_pct = charge_of_the_fullest(envoy)
    just_below_pct = fullest_pct - promise["above_very_low_pct"]
    if just_below_pct < LOWEST_PCT or fullest_pct >= HIGHEST_PCT:
        pytest.skip(f"charge {fullest_pct} %: no very low charge can be set below and above")
    sun.away()

    with storage_settings(very_low_soc=int(just_below_pct)):
        mains.open()
        mains.is_open(within_s=promise["open_within_s"])
        lived_mw = wait.until(
            load_mw,
            lambda load: load > 0,
            what=f"{mains.name}: an island just above its very low charge lives",
            within_s=promise["dark_within_s"],
        )
    with storage_settings(very_low_soc=HIGHEST_PCT):
        wait.until(
            load_mw,
            lambda load: load == 0,
            what=f"{mains.name}: at its very low charge it is dark, and does not give {lived_mw} mW",
            within_s=promise["dark_within_s"],
        )
        dark_s = wait.clock.now()
        wait.stays(
            load_mw,
            lambda load: load == 0,
            what=f"{mains.name}: the first black start is in vain",
            for_s=promise["first_try_within_s"],
            every_s=20,
        )
    with storage_settings(very_low_soc=LOWEST_PCT):
        wait.stays(
            load_mw,
            lambda load: load == 0,
            what=f"{mains.name}: the second black start does not come sooner after the first",
            for_s=promise["second_try_least_s"] - (wait.clock.now() - dark_s),
            every_s=10,
        )
        wait.until(
            load_mw,
            lambda load: load > 0,
            what=f"{mains.name}: the second black start, with charge, works",
            measures="time to the second black start",
            within_s=promise["second_try_within_s"] - promise["second_try_least_s"],
            every_s=5,
        )


@pytest.mark.promise("EN-079")
@pytest.mark.needs("inverter_power")
@pytest.mark.limit(28_800)
def test_black_starts_with_too_little_charge_are_ever_further_apart(
    mains: "Mains",
    islanded_site: None,
    sun: "Sun",
    storage_settings: "StorageSettings",
    envoy: Envoy,
    load_mw: "LoadMw",
    wait: Waiting,
    promise: Promise,
) -> None:
    fullest_pct = charge_of_the_fullest(envoy)
    # Four hours without AC cost a battery some five percent.
    if not LOWEST_PCT + 7 <= fullest_pct < HIGHEST_PCT:
        pytest.skip(f"charge {fullest_pct} %: it does not stay where no black start works")
    sun.away()

    with storage_settings(very_low_soc=HIGHEST_PCT):
        wait.until(
            load_mw,
            lambda load: load == 0,
            what=f"{mains.name}: batteries at their very low charge carry no island",
            within_s=promise["dark_within_s"],
        )
        dark_s = wait.clock.now()
        wait.clock.sleep(promise["held_s"])

    def until_s(since_dark_s: float) -> float:
        return dark_s + since_dark_s - wait.clock.now()

    early_s, late_s = (promise["start_s"] + sign * promise["apart_s"] for sign in (-1, 1))
    # Its own may be higher, and the charge by then below it.
    with storage_settings(very_low_soc=LOWEST_PCT):
        wait.stays(
            load_mw,
            lambda load: load == 0,
            what=f"{mains.name}: the island waits for its fourth black start",
            for_s=until_s(early_s),
            every_s=60,
        )
        wait.until(
            load_mw,
            lambda load: load > 0,
            what=f"{mains.name}: the fourth black start is there, and works",
            measures="time to the fourth black start",
            within_s=until_s(late_s),
            every_s=5,
        )
