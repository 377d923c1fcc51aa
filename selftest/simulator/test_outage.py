"""Outages: what the relay does alone, how long it waits, and what was commanded meanwhile."""

import copy
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.simulator.grid import TripPoint
from hil.simulator.relay_states import TABLE, RelayEvent, RelayState
from hil.simulator.site import Site, build_site
from hil.vocabulary.grid import GridMode, MainsState
from selftest.simulator.radio_bench import TRUTH

CLOSED, OPEN = MainsState.CLOSED, MainsState.OPEN
SYNCING, SYNCED = MainsState.OPEN_SYNCHRONIZING, MainsState.OPEN_SYNCHRONIZED
FRESH = build_site(TRUTH)


def site(*defects: str) -> Site:
    return build_site(TRUTH, defects=defects) if defects else copy.deepcopy(FRESH)


def let_pass(site: Site, for_s: float) -> None:
    site.world.advance(site.world.now_s + for_s)


def dark(*defects: str) -> Site:
    lost = site(*defects)
    lost.grid.switch(on=False)
    let_pass(lost, 10)
    return lost


def closes_after_s(site: Site, *, limit_s: float = 700) -> float:
    started_s = site.world.now_s
    while site.relay.is_open:
        assert site.world.now_s - started_s < limit_s, site.relay.state
        let_pass(site, 0.5)
    return site.world.now_s - started_s


def test_an_outage_opens_the_relay_and_leaves_the_command() -> None:
    lost = site()
    lost.grid.switch(on=False)
    let_pass(lost, 0.09)
    assert lost.relay.oper is CLOSED
    let_pass(lost, 0.02)
    assert (lost.relay.admin, lost.relay.oper) == (CLOSED, OPEN)
    assert lost.relay.admin_state == (21, "ENPWR_STATE_OPER_NO_GRID", 256)
    let_pass(lost, 5)
    assert lost.relay.grid_mode is GridMode.OFF_GRID
    assert lost.relay.operations == 1


def test_it_comes_back_by_itself_after_the_reconnect_delay() -> None:
    lost = dark()
    lost.grid.switch(on=True)
    let_pass(lost, 299.9)
    assert lost.relay.oper is OPEN
    assert 0 < closes_after_s(lost) <= 15.5
    assert (lost.relay.admin, lost.relay.operations) == (CLOSED, 2)


def test_a_flicker_starts_the_delay_again() -> None:
    lost = dark()
    lost.grid.switch(on=True)
    let_pass(lost, 200)
    lost.grid.set_voltage(to=0.9 * 120)
    let_pass(lost, 0.05)
    lost.grid.set_voltage(to=120.0)
    assert 300 <= closes_after_s(lost) <= 316


@pytest.mark.parametrize(
    ("volts", "hertz", "trips_after_s"),
    [
        (11.0, 60.0, 0.0),
        (59.0, 60.0, 2.0),
        (100.0, 60.0, 21.0),
        (135.0, 60.0, 13.0),
        (150.0, 60.0, 0.16),
        (120.0, 58.0, 300.0),
        (120.0, 62.5, 0.16),
        (109.0, 60.0, None),
        (120.0, 59.0, None),
    ],
)
def test_it_rides_through_as_long_as_the_profile_says(
    volts: float, hertz: float, trips_after_s: float | None
) -> None:
    sagging = site()
    sagging.grid.set_voltage(to=volts)
    sagging.grid.set_frequency(to=hertz)
    let_pass(sagging, 1000 if trips_after_s is None else trips_after_s + 0.099)
    assert not sagging.relay.is_open
    let_pass(sagging, 0.01)
    assert sagging.relay.is_open is (trips_after_s is not None)


def test_a_ramp_trips_when_it_crosses() -> None:
    ramped = site()
    ramped.grid.set_voltage(slew=1.0)
    ramped.grid.set_voltage(to=100.0)
    let_pass(ramped, 5)
    assert ramped.grid.voltage_v == pytest.approx(115)
    let_pass(ramped, 9.4 + 21 + 0.09)
    assert not ramped.relay.is_open
    let_pass(ramped, 0.03)
    assert ramped.relay.is_open


def test_opened_by_command_while_dark_it_stays_an_island() -> None:
    lost = dark()
    lost.relay.command(OPEN)
    lost.grid.switch(on=True)
    let_pass(lost, 600)
    assert (lost.relay.admin, lost.relay.oper) == (OPEN, SYNCED)


def test_closed_by_command_while_dark_it_waits_for_grid_and_delay() -> None:
    lost = site()
    lost.relay.command(OPEN)
    let_pass(lost, 60)
    lost.grid.switch(on=False)
    let_pass(lost, 1)
    assert (lost.relay.admin, lost.relay.oper) == (OPEN, OPEN)
    lost.relay.command(CLOSED)
    let_pass(lost, 600)
    assert (lost.relay.admin, lost.relay.oper) == (CLOSED, OPEN)
    lost.grid.switch(on=True)
    assert 300 <= closes_after_s(lost) <= 316


def test_no_command_gets_round_the_delay() -> None:
    lost = dark()
    lost.grid.switch(on=True)
    let_pass(lost, 10)
    lost.relay.command(OPEN)
    let_pass(lost, 60)
    lost.relay.command(CLOSED)
    assert closes_after_s(lost) >= 229


def test_an_outage_without_any_charge_is_dark() -> None:
    empty = site()
    for battery in empty.energy.batteries.values():
        battery.soc_pct = 0.0
    empty.grid.switch(on=False)
    let_pass(empty, 1)
    assert (empty.energy.flows.load_mw, empty.energy.flows.pv_mw) == (0, 0)


def test_the_contactor_acts_alone_when_the_enpower_is_not_heard() -> None:
    alone = site()
    alone.gateway.power_off()
    alone.grid.switch(on=False)
    let_pass(alone, 1)
    assert alone.relay.is_open
    alone.grid.switch(on=True)
    assert closes_after_s(alone) <= 316


@pytest.mark.parametrize("state", RelayState)
def test_the_grid_may_do_anything_in_every_state(state: RelayState) -> None:
    grid = {RelayEvent.TRIPPED, RelayEvent.LEFT_WINDOW, RelayEvent.BACK_IN_WINDOW}
    assert grid | {RelayEvent.OPEN, RelayEvent.CLOSE} <= set(TABLE[state])


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open", "close", "off", "on", "sag", "well", "wait"]),
        st.sampled_from([0.05, 1.0, 14.0, 30.0, 160.0, 310.0]),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_it_never_closes_on_a_grid_that_was_not_well_for_long_enough(
    steps: list[tuple[str, float]],
) -> None:
    tried = site()
    acts: dict[str, Callable[[], object]] = {
        "open": lambda: tried.relay.command(OPEN),
        "close": lambda: tried.relay.command(CLOSED),
        "off": lambda: tried.grid.switch(on=False),
        "on": lambda: tried.grid.switch(on=True),
        "sag": lambda: tried.grid.set_voltage(to=105.0),
        "well": lambda: tried.grid.set_voltage(to=120.0),
        "wait": lambda: None,
    }
    well_since_s, was_open, moves = float("-inf"), False, 0
    for name, for_s in [*steps, ("close", 0.05), ("on", 0.05), ("well", 700.0)]:
        was_well = tried.grid.in_window
        acts[name]()
        if tried.grid.in_window and not was_well:
            well_since_s = tried.world.now_s
        end_s = tried.world.now_s + for_s
        while (next_s := tried.world.next_event_s()) is not None and next_s <= end_s:
            tried.world.advance(next_s)
            if tried.relay.is_open != was_open:
                was_open, moves = tried.relay.is_open, moves + 1
                if not was_open:
                    assert tried.grid.in_window
                    assert tried.world.now_s - well_since_s >= 300 - 1e-6
        tried.world.advance(end_s)
    assert tried.relay.state is RelayState.ON_GRID
    assert tried.relay.operations == moves
    assert tried.relay.admin is CLOSED


def test_trip_points_come_from_the_active_profile() -> None:
    names = {point.name for point in site().grid._trip_points() if isinstance(point, TripPoint)}
    assert names == {"PTUV1", "PTOV1", "PTUF1", "PTOF1"}


def test_half_the_delay() -> None:
    lost = dark("closes-before-the-delay")
    lost.grid.switch(on=True)
    assert closes_after_s(lost) <= 166


def test_a_flicker_that_does_not_count() -> None:
    lost = dark("flicker-keeps-the-timer")
    lost.grid.switch(on=True)
    let_pass(lost, 200)
    lost.grid.switch(on=False)
    let_pass(lost, 1)
    lost.grid.switch(on=True)
    assert closes_after_s(lost) <= 116


def test_an_outage_that_changes_the_command() -> None:
    assert dark("outage-changes-the-command").relay.admin is OPEN


def test_a_relay_that_chatters() -> None:
    chatters = site("relay-chatters")
    chatters.relay.command(OPEN)
    let_pass(chatters, 1)
    chatters.relay.command(CLOSED)
    assert chatters.relay.is_open
    let_pass(chatters, 60)
    assert (chatters.relay.oper, chatters.relay.operations) == (CLOSED, 2)


def test_another_profile_is_in_force_once_the_enpower_has_taken_it_over() -> None:
    sagging = site()
    slow, fast = (
        each.vrt["PTUV1"][0]["x"] / 1000 for each in (TRUTH.profile, TRUTH.previous_profile)
    )
    sagging.profile.activate(TRUTH.previous_profile)
    assert sagging.profile.in_force == TRUTH.profile, "accepted is not applied"
    sagging.grid.set_voltage(to=100.0)
    while sagging.profile.in_force == TRUTH.profile:
        let_pass(sagging, 0.1)
        assert not sagging.relay.is_open
    let_pass(sagging, fast + 0.1)
    assert sagging.relay.is_open
    assert sagging.world.now_s < slow, "by the old one it would be closed still"


def test_the_faster_the_grid_the_less_the_sun_gives() -> None:
    fast = build_site(TRUTH)
    fast.energy.ask(pv_w=1000.0)

    def sun_w(at_hz: float) -> float:
        fast.grid.set_frequency(to=at_hz)
        return fast.energy.flows.pv_mw / 1000

    assert sun_w(60.0) == sun_w(60.04) == sun_w(59.0) == 1000
    assert sun_w(60.536) == pytest.approx(1000 * (1 - 0.5 / 3), abs=4)
    assert sun_w(61.036) == pytest.approx(1000 * (1 - 1 / 3), abs=4)
    assert sun_w(60.0) == 1000


def test_the_sun_follows_a_grid_that_becomes_faster_slowly() -> None:
    fast = build_site(TRUTH)
    fast.energy.ask(pv_w=1000.0)
    fast.grid.set_frequency(to=60.6, slew=0.01)
    seen = []
    for _ in range(60):
        fast.world.advance(fast.world.now_s + 1)
        seen.append(fast.energy.flows.pv_mw)
    assert seen == sorted(seen, reverse=True)
    assert seen[0] == 1_000_000
    assert seen[-1] == pytest.approx(1_000_000 * (1 - 0.564 / 3), abs=4000)
    assert len(set(seen)) > 50
