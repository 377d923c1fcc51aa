"""A guess that a lab corrects changes what the simulated site does, and nothing else has to change."""

import json
from pathlib import Path

import pytest

from hil.simulator.provisioning import Item
from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import answer
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site
from hil.vocabulary.grid import MainsState
from hil.vocabulary.zigbee import AssociationCode

TRUTH = load_site(Path(__file__).parents[2] / "sites" / "split-phase.yaml")
ENPOWER, FIRST, _ = (node.serial_number for node in TRUTH.nodes)
NEWCOMER = Item("122000000999", "0123456789ABCDEF0123456789ABCDEF", "0013A20041D00999", 13)


@pytest.fixture
def site() -> Site:
    return build_site(TRUTH)


def corrected(site: Site, group: str, name: str, value: object) -> None:
    """As if assumptions.yaml said so."""
    assumptions = site.world.assumptions
    changed = getattr(assumptions, group).model_copy(update={name: value})
    site.world.assumptions = assumptions.model_copy(update={group: changed})


@pytest.mark.parametrize(("refuses", "status"), [(True, "failed"), (False, "registered")])
def test_whether_a_sealed_site_refuses_new_devices(site: Site, refuses: bool, status: str) -> None:
    corrected(site, "gateway", "sealed_refuses_new_devices", refuses)
    assert [outcome.status for outcome in site.provisioning.provision([NEWCOMER])] == [status]


@pytest.mark.parametrize(
    ("needs", "stand_in_the_way"), [(True, (NEWCOMER.serial_number,)), (False, ())]
)
def test_whether_a_seal_needs_every_device_paired(
    site: Site, needs: bool, stand_in_the_way: tuple[str, ...]
) -> None:
    corrected(site, "gateway", "seal_needs_all_paired", needs)
    site.provisioning.unseal()
    site.provisioning.provision([NEWCOMER])
    assert site.provisioning.unpaired == stand_in_the_way


@pytest.mark.parametrize("admits", [True, False])
def test_whether_a_sealed_site_admits_the_devices_it_knows(site: Site, admits: bool) -> None:
    corrected(site, "gateway", "sealed_admits_known_devices", admits)
    site.nodes[FIRST].leave()
    site.world.advance(120)
    assert site.nodes[FIRST].operational is admits
    assert (site.nodes[FIRST].association is AssociationCode.JOINED) is admits


@pytest.mark.parametrize("keeps", [True, False])
def test_whether_a_device_out_of_the_zigbee_network_is_heard_over_its_other_radio(
    site: Site, keeps: bool
) -> None:
    corrected(site, "zigbee", "subghz_keeps_comms", keeps)
    site.nodes[FIRST].set_dj(1)
    site.nodes[FIRST].leave()
    site.world.advance(site.world.now_s + 700)
    listed = json.loads(answer(site, Request("GET", "/ivp/ensemble/inventory")).body)
    shown = next(each for each in listed[0]["devices"] if each["serial_num"] == FIRST)
    age_s = site.world.unix_time - shown["last_rpt_date"]
    assert shown["communicating"] is keeps
    assert (shown["comm_level_2_4_ghz"], shown["comm_level_sub_ghz"]) == (0, 5 if keeps else 0)
    assert (age_s <= 300) is keeps


@pytest.mark.parametrize(("kept", "admin"), [(True, MainsState.OPEN), (False, MainsState.CLOSED)])
def test_whether_a_command_without_effect_is_shown(
    site: Site, kept: bool, admin: MainsState
) -> None:
    corrected(site, "relay", "blocked_command_is_kept", kept)
    for encharge in TRUTH.encharges:
        site.nodes[encharge.serial_number].power_off()
    site.world.advance(600)
    site.relay.command(MainsState.OPEN)
    site.world.advance(700)
    assert (site.relay.admin, site.relay.oper) == (admin, MainsState.CLOSED)


@pytest.mark.parametrize(("accepts", "status"), [(True, "already provisioned"), (False, "failed")])
def test_whether_a_device_is_provisioned_again_as_it_is(
    site: Site, accepts: bool, status: str
) -> None:
    corrected(site, "gateway", "same_again_is_accepted", accepts)
    site.provisioning.unseal()
    again = Item(FIRST, TRUTH.encharges[0].link_key, TRUTH.encharges[0].mac, 13)
    assert [outcome.status for outcome in site.provisioning.provision([again])] == [status]


def test_what_an_inverter_says_of_its_profile(site: Site) -> None:
    corrected(site, "profile", "flag_applied", 0)
    corrected(site, "profile", "status_under_way", 7)

    def said() -> dict[str, object]:
        listed = json.loads(answer(site, Request("GET", "/ivp/ens_rest/inverters_status")).body)
        return {name: listed[0][name] for name in ("status", "message")}

    assert (said()["status"], str(said()["message"])[:8]) == (2, "cookie:0")
    site.profile.activate(TRUTH.previous_profile)
    assert (said()["status"], str(said()["message"])[:8]) == (7, "cookie:1")


@pytest.mark.parametrize(("unit_s", "trips"), [(0.001, True), (1.0, False)])
def test_what_the_times_of_an_export_limit_count(site: Site, unit_s: float, trips: bool) -> None:
    corrected(site, "physics", "limit_time_unit_s", unit_s)
    site.energy.ask(pv_w=1000.0, load_w=0.0)
    site.energy.set_charge(100)
    site.world.advance(site.world.now_s + 60)
    limit = {"PEL": True, "Hard_PEL": True, "Resp_Time_HardPEL": 5000.0, "msReset_HardPEL": 9e5}
    site.settings.change_pel(limit)
    site.world.advance(site.world.now_s + 10)
    assert site.energy.limits.is_tripped is trips


@pytest.mark.parametrize("share", [0.8, 1.0])
def test_what_a_breaker_carries_for_good(site: Site, share: float) -> None:
    corrected(site, "physics", "continuous_share", share)
    assert site.energy.limits.spared_w(40) == share * 40 * 240
