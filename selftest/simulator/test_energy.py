"""Powers add up at every moment, and the batteries keep the account to the nanojoule."""

import copy
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.simulator.battery import HAIR_NJ, NJ_PER_WH, Battery
from hil.simulator.energy import FLOWS
from hil.simulator.flows import DARK, Flows, on_legs
from hil.simulator.island import TABLE, IslandState
from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.provisioning import Item
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site
from hil.vocabulary.grid import MainsState

SITES = Path(__file__).parents[2] / "sites"
TRUTH = load_site(SITES / "split-phase.yaml")
FRESH = build_site(TRUTH, epoch=DEFAULT_EPOCH)
FIRST, SECOND = (each.serial_number for each in TRUTH.encharges)
IDLE_MW = 2 * 40_000


def site() -> Site:
    return copy.deepcopy(FRESH)


def let_pass(site: Site, for_s: float) -> None:
    site.world.advance(site.world.now_s + for_s)


def opened(site: Site) -> Site:
    """The moment after the contactor has opened."""
    site.relay.command(MainsState.OPEN)
    let_pass(site, 27)
    assert site.relay.is_open
    return site


def dark_grid(site: Site, *, for_s: float = 60) -> Site:
    site.grid.switch(on=False)
    let_pass(site, for_s)
    return site


def stored_nj(site: Site) -> int:
    return sum(battery.stored_nj for battery in site.energy.batteries.values())


def lost_nj(site: Site) -> int:
    return sum(battery.lost_nj for battery in site.energy.batteries.values())


@given(
    st.builds(Flows, *[st.integers(-(10**8), 10**8)] * 4),
    st.sampled_from([(0.5, 0.5), (0.3, 0.7), (0.2, 0.5, 0.3)]),
    st.booleans(),
)
def test_the_legs_sum_to_the_whole_in_every_quantity(
    flows: Flows, shares: tuple[float, ...], is_island: bool
) -> None:
    if is_island:
        flows = Flows(flows.pv_mw, flows.storage_mw, 0, flows.generator_mw)
    legs = on_legs(flows, load_shares=shares, storage_mw=None, is_island=is_island)
    assert len(legs) == len(shares)
    for name in FLOWS:
        assert sum(getattr(leg, name) for leg in legs) == getattr(flows, name)
    if is_island:
        assert {leg.grid_mw for leg in legs} == {0}


def test_on_the_grid_the_batteries_take_what_the_house_leaves_of_the_sun() -> None:
    assert site().energy.flows == Flows(900_000, -250_000, 0)


def test_on_the_grid_they_carry_the_house_at_night_down_to_the_reserve() -> None:
    night = site()
    night.energy.ask(pv_w=0.0, load_w=1000.0)
    assert night.energy.flows == Flows(0, 1_000_000, 0)
    let_pass(night, 6 * 3600)
    assert [b.soc_pct for b in night.energy.batteries.values()] == pytest.approx([20, 20], abs=1e-4)
    assert night.energy.flows == Flows(0, -IDLE_MW, 1_000_000 + IDLE_MW)
    assert [b.reported_soc_pct for b in night.energy.batteries.values()] == [20, 20]


def test_what_is_above_their_rating_is_the_grids() -> None:
    evening = site()
    evening.energy.ask(pv_w=0.0, load_w=4000.0)
    assert evening.energy.flows == Flows(0, 2_560_000, 1_440_000)


def test_full_batteries_export_the_sun_and_idle() -> None:
    full = site()
    full.energy.set_charge(100.0)
    assert full.energy.flows == Flows(900_000, -IDLE_MW, -250_000 + IDLE_MW)


@pytest.mark.parametrize(
    ("mode", "from_grid", "load_w", "storage_mw"),
    [
        ("backup", False, 650.0, -250_000),
        ("backup", False, 2000.0, -IDLE_MW),
        ("backup", True, 2000.0, -2_560_000),
        ("savings-mode", False, 2000.0, 1_100_000),
    ],
)
def test_the_mode_of_the_tariff_says_what_they_do(
    mode: str, from_grid: bool, load_w: float, storage_mw: int
) -> None:
    tried = site()
    tried.energy.ask(load_w=load_w)
    tariff = tried.settings.tariff.model_dump()
    tariff["storage_settings"] |= {"mode": mode, "charge_from_grid": from_grid}
    tried.settings.change_tariff(tariff)
    assert tried.energy.flows.storage_mw == storage_mw


def test_at_every_second_of_a_transition_load_is_the_sum_and_no_grid_flows_while_open() -> None:
    living = site()
    living.relay.command(MainsState.OPEN)
    saw_open = False
    for second in range(1, 400):
        if second == 200:
            living.relay.command(MainsState.CLOSED)
        living.world.advance(second)
        flows = living.energy.flows
        assert flows.load_mw == 650_000
        if living.relay.is_open:
            saw_open = True
            assert flows.grid_mw == 0
    assert saw_open
    assert not living.relay.is_open


def test_pv_stands_by_after_opening_and_comes_back_along_a_ramp() -> None:
    living = opened(site())
    assert living.energy.flows == Flows(-20_000, 670_000, 0)
    living.world.advance(27 + 44.9)
    assert living.energy.flows.pv_mw == -20_000
    rated_mw = 1000 * sum(round(each.rated_power_w) for each in TRUTH.inverters)
    for since_s in range(3):
        living.world.advance(27 + 45 + since_s)
        assert living.energy.flows.pv_mw == (since_s + 1) * rated_mw // 10
    living.world.advance(27 + 55)
    assert living.energy.flows == Flows(900_000, -250_000, 0)


def test_pv_drops_out_at_closing_and_comes_back() -> None:
    living = opened(site())
    living.world.advance(200)
    living.relay.command(MainsState.CLOSED)
    living.world.advance(212)
    assert living.energy.flows.pv_mw == -20_000
    living.world.advance(222)
    assert living.energy.flows.pv_mw == 900_000


def test_charging_stores_less_than_was_taken_and_the_rest_is_lost() -> None:
    living = site()
    before_nj, before_lost_nj = stored_nj(living), lost_nj(living)
    living.world.advance(3600)
    gained_nj = stored_nj(living) - before_nj
    assert gained_nj == pytest.approx(250 * 0.89**0.5 * NJ_PER_WH, rel=1e-5)
    assert gained_nj + lost_nj(living) - before_lost_nj == 250 * NJ_PER_WH


def test_discharging_uses_more_than_is_given() -> None:
    living = site()
    living.energy.ask(pv_w=0.0)
    before_nj = stored_nj(living)
    living.world.advance(3600)
    assert before_nj - stored_nj(living) == pytest.approx(650 / 0.89**0.5 * NJ_PER_WH, rel=1e-5)


@pytest.mark.parametrize(("load_w", "ends_pct"), [(0.0, 100.0), (4000.0, 20.0)])
def test_the_charge_stops_at_its_bound_and_never_passes_it(load_w: float, ends_pct: float) -> None:
    tried = site()
    tried.energy.ask(pv_w=4000.0 if load_w == 0 else 0.0, load_w=load_w)
    for _ in range(200):
        let_pass(tried, 61)
        for battery in tried.energy.batteries.values():
            assert battery.threshold_nj(20) <= battery.stored_nj <= battery.capacity_nj
    for battery in tried.energy.batteries.values():
        assert abs(battery.stored_nj - battery.threshold_nj(ends_pct)) <= HAIR_NJ


def test_full_batteries_in_an_island_curtail_the_sun_and_raise_the_frequency() -> None:
    living = opened(site())
    living.energy.set_charge(100.0)
    living.energy.ask(pv_w=1800.0)
    let_pass(living, 100)
    # 1160 W is what four inverters of 290 W can give.
    assert living.energy.flows == Flows(650_000 + IDLE_MW, -IDLE_MW, 0)
    curtailed = (1_160_000 - 730_000) / 1_160_000
    assert living.energy.frequency_hz == pytest.approx(60 + 2.9 * curtailed)
    charge_pct = [b.soc_pct for b in living.energy.batteries.values()]
    let_pass(living, 3600)
    assert [b.soc_pct for b in living.energy.batteries.values()] == charge_pct


def test_an_island_down_to_its_very_low_charge_is_dark_and_tries_again_ever_later() -> None:
    living = opened(site())
    living.energy.ask(pv_w=0.0)
    living.energy.set_charge(10.05)
    let_pass(living, 60)
    assert living.energy.flows == DARK
    ends_s = [living.energy.island.until_s]
    while living.energy.island.state is IslandState.DARK:
        let_pass(living, 10)
        if living.energy.island.until_s not in ends_s:
            ends_s.append(living.energy.island.until_s)
    tries = [at_s - before_s for before_s, at_s in pairwise(ends_s) if at_s and before_s]
    assert tries == pytest.approx([1200, 2400, 7200, 7200, 7200])
    assert living.energy.island.state is IslandState.DEAD


def test_a_black_start_works_once_the_sun_carries_the_house() -> None:
    living = opened(site())
    living.energy.ask(pv_w=0.0)
    living.energy.set_charge(10.0)
    let_pass(living, 10)
    assert living.energy.flows == DARK
    living.energy.ask(pv_w=900.0)
    let_pass(living, 580)
    assert living.energy.flows == DARK
    let_pass(living, 20)
    assert living.energy.flows == Flows(900_000, -250_000, 0)


def test_an_island_without_any_charge_waits_for_the_grid() -> None:
    living = site()
    living.energy.set_charge(1.0)
    dark_grid(living)
    assert living.energy.island.state is IslandState.DEAD
    let_pass(living, 86_400)
    assert living.energy.flows == DARK
    living.grid.switch(on=True)
    let_pass(living, 400)
    assert living.energy.flows.load_mw > 0


def test_an_overload_is_carried_for_ten_seconds_then_it_is_dark_and_one_load_returns() -> None:
    living = opened(site())
    living.energy.ask(load_w=3000.0)
    assert living.energy.flows.storage_mw == 3_020_000
    let_pass(living, 9.9)
    assert living.energy.island.state is IslandState.OVERLOADED
    let_pass(living, 0.2)
    assert living.energy.flows == DARK
    let_pass(living, 80)
    assert living.energy.flows.load_mw == 750_000


def test_an_overload_that_ends_within_a_rounding_error_has_ended() -> None:
    """Sums of times that should be the same differ by less than a microsecond."""
    living = opened(site())
    living.energy.ask(pv_w=0.0, load_w=3000.0)
    assert living.energy.flows.storage_mw > 0
    assert living.energy.island.until_s is not None
    living.world.advance(living.energy.island.until_s - 1e-9)
    assert living.energy.flows == DARK


def test_what_brings_an_island_down_five_times_is_left_out() -> None:
    living = opened(site())
    living.energy.ask(pv_w=0.0, load_w=9000.0)
    let_pass(living, 4 * (80 + 22))
    assert living.energy.island.collapses == 5
    let_pass(living, 80 + 22)
    assert living.energy.flows == Flows(0, 2_560_000, 0)
    living.grid.switch(on=False)
    let_pass(living, 1)
    living.relay.command(MainsState.CLOSED)
    living.grid.switch(on=True)
    let_pass(living, 400)
    assert living.energy.flows.load_mw == 9_000_000


def test_the_generator_starts_and_stops_as_the_charge_falls_and_rises() -> None:
    living = build_site(load_site(SITES / "split-phase-generator.yaml"), epoch=DEFAULT_EPOCH)
    living.energy.ask(pv_w=0.0, load_w=2000.0)  # from here on nothing but the charge changes
    living.energy.set_charge(32.0)
    dark_grid(living)
    assert not living.energy.generator.is_closed
    let_pass(living, 300)
    assert living.energy.generator.is_closed
    living.energy.set_charge(68.0)
    let_pass(living, 10)
    assert living.energy.generator.is_closed
    let_pass(living, 600)
    assert not living.energy.generator.is_closed


def test_a_battery_without_power_carries_nothing() -> None:
    living = opened(site())
    living.nodes[FIRST].power_off()
    assert living.energy.flows == Flows(-20_000, 670_000, 0)
    assert living.energy.batteries[FIRST].power_mw == 0
    living.nodes[SECOND].power_off()
    assert living.energy.flows == DARK


def test_a_grid_that_is_dead_with_nothing_to_open_is_dark() -> None:
    alone = build_site(load_site(SITES / "battery-only.yaml"), epoch=DEFAULT_EPOCH)
    dark_grid(alone)
    assert alone.energy.flows == DARK


def test_what_a_battery_reports_is_as_old_as_its_last_report() -> None:
    living = site()
    living.nodes[FIRST].set_dj(1)
    living.nodes[FIRST].leave()
    reported_pct = living.energy.batteries[FIRST].reported_soc_pct
    living.world.advance(4 * 3600)
    assert living.energy.batteries[FIRST].soc_pct > reported_pct + 5
    assert living.energy.batteries[FIRST].reported_soc_pct == reported_pct


def test_a_battery_that_is_provisioned_again_has_told_its_charge_when_it_is_listed() -> None:
    living = site()
    gone = living.provisioning.records[FIRST]
    living.provisioning.unseal()
    living.provisioning.deprovision([FIRST])
    let_pass(living, 4 * 3600)
    assert FIRST not in living.network.inventory
    living.provisioning.provision([Item(FIRST, gone.link_key, gone.mac)])
    while FIRST not in living.network.inventory:
        let_pass(living, 1)
    battery = living.energy.batteries[FIRST]
    assert battery.reported_soc_pct == pytest.approx(battery.soc_pct, abs=1)


def test_the_aggregate_counts_only_batteries_that_communicate() -> None:
    living = site()
    living.energy.set_charge(62.0, FIRST)
    living.energy.set_charge(58.0, SECOND)
    whole = living.energy.aggregate
    assert (whole.commissioned_wh, whole.capacity_wh) == (6720, 6720)
    assert (whole.available_wh, whole.soc_pct) == (4032, 60)
    living.nodes[FIRST].power_off()
    living.world.advance(200)
    rest = living.energy.aggregate
    assert (rest.commissioned_wh, rest.capacity_wh) == (6720, 3360)
    assert rest.soc_pct == living.energy.batteries[SECOND].reported_soc_pct


def test_without_any_battery_in_touch_the_aggregate_is_zero() -> None:
    living = site()
    for encharge in TRUTH.encharges:
        living.nodes[encharge.serial_number].power_off()
    living.world.advance(600)
    assert living.energy.aggregate.capacity_wh == living.energy.aggregate.soc_pct == 0
    assert living.power.read() == ()


def test_the_account_of_a_day_balances_to_the_nanojoule() -> None:
    living = site()
    before_nj = stored_nj(living)
    before = dict(living.energy.account_nj)
    before_lost_nj = lost_nj(living)
    living.world.advance(86_400)
    assert living.energy.batteries
    moved = {name: living.energy.account_nj[name] - before[name] for name in FLOWS}
    assert moved["load_mw"] == sum(moved[name] for name in FLOWS if name != "load_mw")
    gained_nj = stored_nj(living) - before_nj + lost_nj(living) - before_lost_nj
    assert gained_nj == -moved["storage_mw"]
    assert moved["load_mw"] == pytest.approx(15.95e3 * NJ_PER_WH, rel=0.05)


def test_the_views_are_as_old_as_each_of_them_may_be() -> None:
    living = site()
    let_pass(living, 30.4)
    living.energy.ask(load_w=1500.0)
    let_pass(living, 0.2)
    assert living.power.live().flows.storage_mw == -250_000
    let_pass(living, 0.4)
    assert living.power.live().flows.storage_mw == 600_000
    assert sum(each.power_mw for each in living.power.read()) < 0
    let_pass(living, 35)
    assert sum(each.power_mw for each in living.power.read()) == 600_000


@pytest.mark.parametrize("state", IslandState)
def test_ac_ends_every_state_of_an_island(state: IslandState) -> None:
    assert TABLE[state][next(e for e in TABLE[state] if e.value == "AC back")] is IslandState.UP


@given(st.integers(-6_000_000, 6_000_000).filter(bool), st.integers(1, 10**9), st.integers(1, 99))
def test_a_battery_loses_and_never_gains(power_mw: int, for_us: int, soc_pct: int) -> None:
    battery = Battery("1", 3360, 1280, 1, 0, 943_398, 40_000, 99)
    battery.soc_pct = soc_pct
    before_nj = battery.stored_nj
    battery.carry(power_mw)
    battery.live(for_us)
    assert before_nj - battery.stored_nj == power_mw * for_us + battery.lost_nj
    assert battery.lost_nj >= 0
