"""What holds the mains relay back, and what goes before an island."""

from pathlib import Path

import pytest

from hil.simulator.assumptions import Assumptions
from hil.simulator.firmware_update import Told
from hil.simulator.provisioning import Item
from hil.simulator.relay_guards import TABLE, Guard
from hil.simulator.relay_states import RelayEvent
from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import answer
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import SiteFile, load_site
from hil.vocabulary.grid import MainsState

TRUTH = load_site(Path(__file__).parents[2] / "sites" / "split-phase.yaml")
CLOSED, OPEN = MainsState.CLOSED, MainsState.OPEN
BATTERIES = [each.serial_number for each in TRUTH.encharges]


def overridden() -> SiteFile:
    assert TRUTH.enpower is not None
    enpower = TRUTH.enpower.model_copy(update={"manual_override": True})
    return TRUTH.model_copy(update={"enpower": enpower})


def assuming(**changes: object) -> Assumptions:
    assumed = Assumptions.load()
    return assumed.model_copy(update={"relay": assumed.relay.model_copy(update=changes)})


def held(site: Site, guard: Guard) -> Site:
    """Command the site off the grid; see that this guard alone keeps it there, told or not."""
    assert site.relay.guards.against(RelayEvent.OPEN) == (guard,)
    site.relay.command(OPEN)
    site.world.advance(site.world.now_s + 60)
    assert (site.relay.admin, site.relay.oper) == (OPEN, CLOSED)
    return site


def opens(site: Site) -> None:
    site.relay.command(OPEN)
    site.world.advance(site.world.now_s + 60)
    assert site.relay.is_open


def test_every_guard_holds_an_opening_back_and_few_a_closing() -> None:
    assert set(TABLE) == set(Guard)
    assert all(RelayEvent.OPEN in held_back for held_back in TABLE.values())
    closing = {guard for guard, held_back in TABLE.items() if RelayEvent.CLOSE in held_back}
    assert closing == {Guard.NO_BATTERY, Guard.OVERRIDE}


def test_an_update_holds_it_until_it_is_over() -> None:
    site = build_site(TRUTH)
    site.firmware_update.begin(Told(force=True))
    held(site, Guard.UPDATE)
    site.world.advance(site.world.now_s + 7200)
    assert not site.firmware_update.is_running
    opens(site)


def test_a_device_that_is_to_come_holds_it_until_it_has_or_cannot_any_more() -> None:
    site = build_site(TRUTH)
    site.provisioning.unseal()
    assert site.relay.guards.against(RelayEvent.OPEN) == ()
    node = site.nodes[BATTERIES[-1]]
    node.power_off()
    site.provisioning.deprovision([node.serial_number])
    truth = node.truth
    site.provisioning.provision([Item(truth.serial_number, truth.link_key, truth.mac)])
    held(site, Guard.COMMISSIONING)
    site.world.advance(site.world.now_s + 300)
    opens(site)


def test_a_rapid_shutdown_holds_it() -> None:
    site = build_site(TRUTH)
    site.rapid_shutdown.power_off()
    site.world.advance(2)
    held(site, Guard.RAPID_SHUTDOWN)


def test_a_manual_override_holds_both_commands_until_the_enpower_is_reset() -> None:
    truth = overridden()
    site = held(build_site(truth), Guard.OVERRIDE)
    assert site.relay.guards.against(RelayEvent.CLOSE) == (Guard.OVERRIDE,)
    assert truth.enpower is not None
    reset = Request("POST", "/ivp/zb/reset_device", body=body(truth.enpower.serial_number))
    assert answer(site, reset).status == 200
    site.world.advance(site.world.now_s + 300)
    opens(site)


def body(serial_number: str) -> bytes:
    return f'{{"serial_num": "{serial_number}"}}'.encode()


@pytest.mark.parametrize(("offset", "holds"), [(0, False), (10, True)])
def test_an_offset_is_added_to_the_very_low_charge(offset: int, holds: bool) -> None:
    site = build_site(TRUTH, assumptions=assuming(user_commanded_offgrid_vls_offset=offset))
    site.energy.set_charge(15.0)
    if holds:
        held(site, Guard.LOW_CHARGE)
    else:
        opens(site)


@pytest.mark.parametrize("holds", [False, True])
def test_whether_too_much_load_holds_it_is_a_choice(holds: bool) -> None:
    site = build_site(TRUTH, assumptions=assuming(overload_holds_back=holds))
    site.energy.ask(load_w=9000.0)
    if holds:
        held(site, Guard.OVERLOAD)
    else:
        opens(site)


def test_a_command_that_is_held_back_need_not_be_shown() -> None:
    site = build_site(overridden(), assumptions=assuming(blocked_command_is_kept=False))
    site.relay.command(OPEN)
    assert site.relay.admin is CLOSED


# What goes before an island.


def powers(site: Site, *at_s: float) -> list[tuple[float, float]]:
    """Sun and batteries in watts, so long after the command."""
    site.energy.ask(pv_w=2000.0, load_w=500.0)
    site.energy.set_charge(50.0)
    site.relay.command(OPEN)
    since_s, seen = site.world.now_s, []
    for each_s in at_s:
        site.world.advance(since_s + each_s)
        flows = site.energy.flows
        seen.append((flows.pv_mw / 1000, flows.storage_mw / 1000))
    return seen


def test_the_sun_goes_down_in_steps_and_the_batteries_are_topped_up() -> None:
    seen = powers(build_site(TRUTH), 0.0, 5.3, 5.5, 11.0, 16.5, 21.7, 26.9)
    sun = [round(watts) for watts, _ in seen]
    assert sun == sorted(sun, reverse=True)
    assert sun[0] == sun[1] > sun[2] > sun[3] > sun[4] > sun[5] == sun[6] == 0
    rated_w = sum(each.rated_power_w for each in TRUTH.encharges)
    assert {watts for _, watts in seen} == {-min(3200.0, rated_w)}


def test_the_batteries_take_no_more_than_was_seen() -> None:
    assumed = assuming(pre_island_top_up_w=900.0)
    ((_, storage_w),) = powers(build_site(TRUTH, assumptions=assumed), 10.0)
    assert storage_w == -900


def test_a_change_of_mind_brings_all_of_the_sun_back() -> None:
    site = build_site(TRUTH)
    ((before_w, _),) = powers(site, 0.0)
    site.world.advance(site.world.now_s + 20)
    assert site.energy.flows.pv_mw / 1000 < before_w
    site.relay.command(CLOSED)
    assert site.energy.flows.pv_mw / 1000 == before_w
