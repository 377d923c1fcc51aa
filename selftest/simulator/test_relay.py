"""The mains relay: its table, its order and times, and what does not move it."""

from itertools import pairwise
from pathlib import Path

import pytest

from hil.simulator.relay_states import OPER, TABLE, RelayEvent, RelayState
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site
from hil.vocabulary.grid import GridMode, MainsState

TRUTH = load_site(Path(__file__).parents[2] / "sites" / "split-phase.yaml")
ENPOWER = TRUTH.nodes[0].serial_number
CLOSED, OPEN = MainsState.CLOSED, MainsState.OPEN
SYNCING, SYNCED = MainsState.OPEN_SYNCHRONIZING, MainsState.OPEN_SYNCHRONIZED
ON_GRID, OFF_GRID = GridMode.ON_GRID, GridMode.OFF_GRID


def site(*defects: str) -> Site:
    return build_site(TRUTH, defects=defects)


def lived(site: Site, for_s: float, *, step_s: float = 0.5) -> list[tuple[MainsState, MainsState]]:
    """The distinct (admin, oper) pairs seen while `for_s` passes."""
    seen = [(site.relay.admin, site.relay.oper)]
    end_s = site.world.now_s + for_s
    while site.world.now_s < end_s:
        site.world.advance(min(end_s, site.world.now_s + step_s))
        if (now := (site.relay.admin, site.relay.oper)) != seen[-1]:
            seen.append(now)
    return seen


def islanded() -> Site:
    opened = site()
    opened.relay.command(OPEN)
    opened.world.advance(120)
    assert opened.relay.oper is SYNCED
    return opened


def lose(site: Site, serial: str) -> None:
    """Switch a device off and let the gateway notice."""
    site.nodes[serial].power_off()
    site.world.advance(site.world.now_s + 300)
    assert not site.network.view(serial).communicating


def test_every_state_takes_both_commands_and_can_be_reached() -> None:
    reached = {RelayState.ON_GRID}
    while more := {to for state in reached for to in TABLE[state].values()} - reached:
        reached |= more
    assert reached == set(RelayState) == set(TABLE) == set(OPER)
    for row in TABLE.values():
        assert {RelayEvent.OPEN, RelayEvent.CLOSE} <= set(row)


@pytest.mark.parametrize("state", RelayState)
@pytest.mark.parametrize("command", [RelayEvent.OPEN, RelayEvent.CLOSE])
def test_a_repeated_command_changes_nothing(state: RelayState, command: RelayEvent) -> None:
    once = TABLE[state][command]
    assert TABLE[once][command] is once


def test_only_the_end_of_a_move_moves_the_contactor() -> None:
    for state, row in TABLE.items():
        for event, to in row.items():
            moves = OPER[state].is_open != OPER[to].is_open
            assert moves == (event in (RelayEvent.OPENED, RelayEvent.CLOSED))


def test_opening_goes_through_synchronizing_to_synchronized() -> None:
    opened = site()
    opened.relay.command(OPEN)
    assert lived(opened, 120) == [(OPEN, CLOSED), (OPEN, SYNCING), (OPEN, SYNCED)]


def test_closing_goes_straight_back() -> None:
    closing = islanded()
    closing.relay.command(CLOSED)
    assert lived(closing, 60) == [(CLOSED, SYNCED), (CLOSED, CLOSED)]


def test_opening_takes_its_measured_time() -> None:
    opened = site()
    opened.relay.command(OPEN)
    opened.world.advance(26.9)
    assert opened.relay.oper is CLOSED
    opened.world.advance(27.0)
    assert opened.relay.oper is SYNCING
    opened.world.advance(42.9)
    assert opened.relay.oper is SYNCING
    opened.world.advance(43.0)
    assert opened.relay.oper is SYNCED


def test_a_repeated_command_does_not_start_the_wait_again() -> None:
    opened = site()
    opened.relay.command(OPEN)
    opened.world.advance(20)
    opened.relay.command(OPEN)
    opened.world.advance(27)
    assert opened.relay.oper is SYNCING


def test_commanding_the_present_state_changes_nothing() -> None:
    closed = site()
    closed.relay.command(CLOSED)
    assert lived(closed, 120) == [(CLOSED, CLOSED)]
    assert closed.relay.operations == 0


def test_open_then_close_ends_closed_without_an_operation() -> None:
    hesitant = site()
    hesitant.relay.command(OPEN)
    hesitant.world.advance(1)
    hesitant.relay.command(CLOSED)
    assert lived(hesitant, 300) == [(CLOSED, CLOSED)]
    assert hesitant.relay.operations == 0


def test_close_then_open_ends_open_without_an_operation() -> None:
    hesitant = islanded()
    hesitant.relay.command(CLOSED)
    hesitant.world.advance(121)
    hesitant.relay.command(OPEN)
    assert lived(hesitant, 300) == [(OPEN, SYNCED)]
    assert hesitant.relay.operations == 1


def test_closing_an_island_that_is_not_in_step_waits_until_it_is() -> None:
    eager = site()
    eager.relay.command(OPEN)
    eager.world.advance(30)
    eager.relay.command(CLOSED)
    assert lived(eager, 60) == [(CLOSED, SYNCING), (CLOSED, SYNCED), (CLOSED, CLOSED)]
    assert eager.relay.operations == 2


def test_changing_the_mind_twice_while_synchronizing_does_not_delay_it() -> None:
    hesitant = site()
    hesitant.relay.command(OPEN)
    hesitant.world.advance(30)
    hesitant.relay.command(CLOSED)
    hesitant.relay.command(OPEN)
    hesitant.world.advance(43)
    assert hesitant.relay.oper is SYNCED


def test_the_grid_modes_follow_the_contactor() -> None:
    opened = site()
    opened.relay.command(OPEN)
    opened.world.advance(31.9)
    assert opened.relay.grid_mode is ON_GRID
    opened.world.advance(32)
    assert opened.relay.grid_mode is OFF_GRID
    opened.relay.command(CLOSED)
    opened.world.advance(120)
    assert opened.relay.grid_mode is ON_GRID


def test_bit_8_of_the_bitmask_follows_the_contactor_and_no_other_bit_moves() -> None:
    opened = site()
    masks = [opened.relay.state_bitmask]
    opened.relay.command(OPEN)
    for _ in range(60):
        opened.world.advance(opened.world.now_s + 1)
        assert bool(opened.relay.state_bitmask & 0x100) is not opened.relay.is_open
        masks.append(opened.relay.state_bitmask)
    assert {a ^ b for a, b in pairwise(masks)} == {0, 0x100}


def test_every_state_has_its_own_enpower_state_but_those_that_look_alike() -> None:
    opened = site()
    seen = {opened.relay.state: opened.relay.admin_state}
    for command, for_s in ((OPEN, 28), (OPEN, 20), (CLOSED, 1)):
        opened.relay.command(command)
        opened.world.advance(opened.world.now_s + for_s)
        seen[opened.relay.state] = opened.relay.admin_state
    assert [name for _, name, _ in seen.values()] == [
        "ENPWR_STATE_OPER_CLOSED",
        "ENPWR_STATE_OPER_OPEN",
        "ENPWR_STATE_OPER_SYNC_READY",
        "ENPWR_STATE_OPER_GRIDMODE_WAIT",
    ]
    assert len({number for number, _, _ in seen.values()}) == 4
    assert len({state_id for _, _, state_id in seen.values()}) == 4


def test_a_command_without_a_battery_is_kept_and_moves_nothing() -> None:
    blocked = site()
    for encharge in TRUTH.encharges:
        lose(blocked, encharge.serial_number)
    assert blocked.relay.command(OPEN)
    assert lived(blocked, 300) == [(OPEN, CLOSED)]
    assert blocked.relay.operations == 0


@pytest.mark.parametrize("defect", [None, "blind-open"])
def test_a_command_that_no_enpower_hears_is_forgotten_but_for_the_defect(
    defect: str | None,
) -> None:
    lost = site(*[defect] if defect else [])
    lose(lost, ENPOWER)
    assert not lost.relay.command(OPEN)
    assert lived(lost, 300) == [(CLOSED, CLOSED)]
    lost.nodes[ENPOWER].power_on()
    lost.world.advance(lost.world.now_s + 300)
    assert lost.relay.admin is (OPEN if defect else CLOSED)
    assert lost.relay.operations == (1 if defect else 0)


def test_an_enpower_that_has_just_left_hears_no_command_although_nobody_has_noticed() -> None:
    gone = site()
    gone.nodes[ENPOWER].power_off()
    assert gone.network.view(ENPOWER).communicating
    assert not gone.relay.command(OPEN)
    assert lived(gone, 120) == [(CLOSED, CLOSED)]


def test_the_gateway_shows_the_last_word_of_a_relay_that_moves_unheard() -> None:
    unheard = site()
    before = unheard.relay_report.last
    assert before.oper is CLOSED
    unheard.nodes[ENPOWER].leave()
    unheard.nodes[ENPOWER].set_dj(1)
    unheard.world.advance(unheard.world.now_s + 60)
    unheard.grid.switch(on=False)
    unheard.world.advance(unheard.world.now_s + 60)
    assert unheard.relay.oper is OPEN
    assert unheard.relay_report.last == before
    unheard.nodes[ENPOWER].set_dj(0)
    unheard.world.advance(unheard.world.now_s + 120)
    assert unheard.relay_report.last.oper is OPEN
    assert unheard.relay_report.last.admin_state == unheard.relay.admin_state


def test_one_encharge_is_enough_to_open() -> None:
    half = site()
    lose(half, TRUTH.encharges[0].serial_number)
    half.relay.command(OPEN)
    half.world.advance(half.world.now_s + 120)
    assert half.relay.oper is SYNCED


def test_the_defect_takes_the_command_and_leaves_the_contactor_alone() -> None:
    stuck = site("relay-never-opens")
    stuck.relay.command(OPEN)
    assert lived(stuck, 3600, step_s=10) == [(OPEN, CLOSED)]
    stuck.relay.command(CLOSED)
    assert lived(stuck, 600, step_s=10) == [(CLOSED, CLOSED)]
    assert stuck.relay.operations == 0
