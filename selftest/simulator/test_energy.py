"""Powers add up at every moment, and the batteries keep the account."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.simulator.energy import Battery, Flows, islanded, on_grid
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site
from hil.vocabulary.grid import MainsState

TRUTH = load_site(Path(__file__).parents[2] / "sites" / "split-phase.yaml")
WATTS = st.floats(min_value=0, max_value=20_000)


def site() -> Site:
    return build_site(TRUTH)


def opened(site: Site) -> Site:
    """The moment after the contactor has opened."""
    site.relay.command(MainsState.OPEN)
    site.world.advance(site.world.now_s + 27)
    assert site.relay.is_open
    return site


@given(pv_w=WATTS, load_w=WATTS)
def test_on_the_grid_the_load_is_met_and_storage_idles(pv_w: float, load_w: float) -> None:
    flows = on_grid(pv_w=pv_w, load_w=load_w)
    assert flows.load_mw == round(load_w * 1000)
    assert flows.storage_mw == 0


@given(pv_w=WATTS, load_w=WATTS, discharge_w=WATTS, charge_w=WATTS)
def test_in_an_island_the_grid_gives_nothing_and_storage_keeps_its_limits(
    pv_w: float, load_w: float, discharge_w: float, charge_w: float
) -> None:
    flows = islanded(pv_w=pv_w, load_w=load_w, discharge_w=discharge_w, charge_w=charge_w)
    assert flows.grid_mw == 0
    assert -round(charge_w * 1000) <= flows.storage_mw <= round(discharge_w * 1000)
    assert flows.load_mw in (0, round(load_w * 1000))


@given(st.builds(Flows, st.integers(), st.integers(), st.integers()), st.sampled_from([2, 3]))
def test_the_legs_sum_to_the_whole_in_every_quantity(flows: Flows, count: int) -> None:
    legs = flows.legs(count)
    assert len(legs) == count
    for name in ("pv_mw", "storage_mw", "grid_mw", "load_mw"):
        assert sum(getattr(leg, name) for leg in legs) == getattr(flows, name)


def test_at_every_second_of_a_transition_load_is_the_sum_and_no_grid_flows_while_open() -> None:
    living = site()
    living.relay.command(MainsState.OPEN)
    saw_open = False
    for second in range(1, 400):
        if second == 200:
            living.relay.command(MainsState.CLOSED)
        living.world.advance(second)
        flows = living.energy.flows
        assert flows.load_mw == flows.pv_mw + flows.storage_mw + flows.grid_mw == 650_000
        if living.relay.is_open:
            saw_open = True
            assert flows.grid_mw == 0
        else:
            assert flows.storage_mw == 0
    assert saw_open
    assert not living.relay.is_open


def test_pv_stands_by_after_opening_and_comes_back() -> None:
    living = opened(site())
    assert living.energy.flows == Flows(-20_000, 670_000, 0)
    living.world.advance(27 + 44.9)
    assert living.energy.flows.pv_mw == -20_000
    living.world.advance(27 + 45)
    assert living.energy.flows == Flows(900_000, -250_000, 0)


def test_pv_drops_out_at_closing_and_comes_back() -> None:
    living = opened(site())
    living.world.advance(200)
    living.relay.command(MainsState.CLOSED)
    living.world.advance(212)
    assert living.energy.flows == Flows(-20_000, 0, 670_000)
    living.world.advance(222)
    assert living.energy.flows == Flows(900_000, 0, -250_000)


def test_on_the_grid_the_charge_stays_as_it_is() -> None:
    living = site()
    living.world.advance(3600)
    assert [b.soc_pct for b in living.energy.batteries.values()] == [62.0, 58.0]


def test_charging_in_an_island_stores_less_than_was_taken() -> None:
    living = opened(site())
    living.world.advance(100)
    before_wh = stored_wh(living)
    living.world.advance(3700)
    gained_wh = stored_wh(living) - before_wh
    assert gained_wh == pytest.approx(250 * 0.89**0.5, rel=1e-6)


def test_discharging_uses_more_than_is_given() -> None:
    living = site()
    living.energy.pv_w = 0.0
    opened(living)
    before_wh = stored_wh(living)
    living.world.advance(27 + 3600)
    # The first 45 s the PV's standby is carried too.
    given_wh = 650 + 20 * 45 / 3600
    assert before_wh - stored_wh(living) == pytest.approx(given_wh / 0.89**0.5, rel=1e-3)


def stored_wh(site: Site) -> float:
    return sum(b.capacity_wh * b.soc_pct / 100 for b in site.energy.batteries.values())


@pytest.mark.parametrize(("power_w", "end_pct"), [(1280.0, 0.0), (-1280.0, 100.0)])
def test_the_charge_stays_within_its_bounds(power_w: float, end_pct: float) -> None:
    battery = Battery("1", capacity_wh=3360, rated_power_w=1280, soc_pct=50, reported_soc_pct=50)
    for _ in range(5 * 3600):
        battery.give(power_w, for_s=1, eta_round_trip=0.89)
        assert 0 <= battery.soc_pct <= 100
    assert battery.soc_pct == end_pct


def test_full_batteries_curtail_the_sun() -> None:
    living = opened(site())
    living.world.advance(27 + 24 * 3600)
    assert [b.soc_pct for b in living.energy.batteries.values()] == [100.0, 100.0]
    assert living.energy.flows == Flows(650_000, 0, 0)


def test_with_empty_batteries_and_no_sun_the_island_is_dark() -> None:
    living = site()
    living.energy.pv_w = 0.0
    opened(living).world.advance(27 + 24 * 3600)
    assert [b.soc_pct for b in living.energy.batteries.values()] == [0.0, 0.0]
    assert living.energy.flows == Flows(0, 0, 0)


def test_what_a_battery_reports_is_as_old_as_its_last_report() -> None:
    living = opened(site())
    serial = TRUTH.encharges[0].serial_number
    living.nodes[serial].power_off()
    reported_pct = living.energy.batteries[serial].reported_soc_pct
    living.world.advance(4 * 3600)
    assert living.energy.batteries[serial].soc_pct > reported_pct + 5
    assert living.energy.batteries[serial].reported_soc_pct == reported_pct


def test_the_aggregate_counts_only_batteries_that_communicate() -> None:
    living = site()
    whole = living.energy.aggregate
    assert (whole.commissioned_wh, whole.capacity_wh) == (6720, 6720)
    assert (whole.available_wh, whole.soc_pct) == (4032, 60)
    living.nodes[TRUTH.encharges[0].serial_number].power_off()
    living.world.advance(600)
    rest = living.energy.aggregate
    assert (rest.commissioned_wh, rest.capacity_wh) == (6720, 3360)
    assert (rest.available_wh, rest.soc_pct) == (1948, 58)


def test_without_any_battery_in_touch_the_aggregate_is_zero() -> None:
    living = site()
    for encharge in TRUTH.encharges:
        living.nodes[encharge.serial_number].power_off()
    living.world.advance(600)
    assert living.energy.aggregate.capacity_wh == living.energy.aggregate.soc_pct == 0
