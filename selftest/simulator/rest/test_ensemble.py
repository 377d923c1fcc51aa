"""What the gateway tells of its devices and its relay."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import answer, response_s
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site
from hil.vocabulary.grid import MainsState

SITES = Path(__file__).parents[3] / "sites"
TRUTH = load_site(SITES / "split-phase.yaml")
FIRST, SECOND = (encharge.serial_number for encharge in TRUTH.encharges)
ENPOWER = TRUTH.nodes[0].serial_number


@pytest.fixture
def site() -> Site:
    return build_site(TRUTH, epoch=DEFAULT_EPOCH)


def get(site: Site, path: str) -> Any:
    reply = answer(site, Request("GET", path))
    assert reply.status == 200
    return json.loads(reply.body)


def device(site: Site, serial: str) -> Any:
    """This device in the inventory."""
    groups = get(site, "/ivp/ensemble/inventory")
    return next(d for group in groups for d in group["devices"] if d["serial_num"] == serial)


def post_relay(site: Site, body: bytes) -> tuple[int, Any]:
    reply = answer(site, Request("POST", "/ivp/ensemble/relay", {}, body))
    return reply.status, json.loads(reply.body)


def through_an_island(site: Site) -> Iterable[None]:
    """Open, settle, close, settle; yields at every second."""
    start_s = site.world.now_s
    for second in range(1, 200):
        if second in (5, 120):
            site.relay.command(MainsState.OPEN if second == 5 else MainsState.CLOSED)
        site.world.advance(start_s + second)
        yield


def test_the_inventory_has_the_encharges_first_and_then_the_enpower(site: Site) -> None:
    groups = get(site, "/ivp/ensemble/inventory")
    assert [(g["type"], [d["serial_num"] for d in g["devices"]]) for g in groups] == [
        ("ENCHARGE", [FIRST, SECOND]),
        ("ENPOWER", [ENPOWER]),
    ]


def test_a_healthy_encharge_looks_healthy(site: Site) -> None:
    encharge = device(site, FIRST)
    assert encharge["communicating"] is True
    assert encharge["device_status"] == ["envoy.global.ok", "prop.done"]
    assert (encharge["percentFull"], encharge["led_status"]) == (62, 12)
    assert (encharge["phase"], encharge["der_index"]) == ("ph-a", 2)
    assert (encharge["comm_level_sub_ghz"], encharge["comm_level_2_4_ghz"]) == (5, 5)


def test_a_lost_encharge_says_so_and_its_report_stays_old(site: Site) -> None:
    before = device(site, FIRST)
    site.nodes[FIRST].power_off()
    site.world.advance(700)
    after = device(site, FIRST)
    assert after["communicating"] is False
    assert after["device_status"] == ["envoy.cond_flags.obs_strs.failure", "prop.done"]
    assert after["comm_level_2_4_ghz"] == 0
    assert after["last_rpt_date"] - before["last_rpt_date"] < 300
    assert device(site, SECOND)["communicating"] is True
    retries = get(site, "/ivp/ensemble/status")["inventory"]["serial_nums"][FIRST]
    assert retries["msg_retry_count"] > 20


def test_a_deleted_device_leaves_every_view(site: Site) -> None:
    answer(site, Request("DELETE", "/ivp/zb/provision", {"serial_number": FIRST}))
    site.world.advance(60)
    groups = get(site, "/ivp/ensemble/inventory")
    assert [d["serial_num"] for d in groups[0]["devices"]] == [SECOND]
    assert FIRST not in get(site, "/ivp/ensemble/status")["inventory"]["serial_nums"]
    assert get(site, "/ivp/ensemble/secctrl")["Enc_commissioned_capacity"] == 3360


def test_without_any_device_the_inventory_is_an_empty_list(site: Site) -> None:
    serials = ",".join((FIRST, SECOND, ENPOWER))
    answer(site, Request("DELETE", "/ivp/zb/provision", {"serial_number": serials}))
    site.world.advance(60)
    assert answer(site, Request("GET", "/ivp/ensemble/inventory")).body == b"[]"
    assert get(site, "/ivp/ensemble/status")["inventory"]["serial_nums"] == {}


def test_a_device_that_waits_for_its_profile_says_so(site: Site) -> None:
    site.profile.activate(TRUTH.previous_profile)
    assert device(site, FIRST)["device_status"] == ["envoy.global.ok", "prop.not.done"]
    site.world.advance(3600)
    assert device(site, FIRST)["device_status"] == ["envoy.global.ok", "prop.done"]


def test_the_shape_does_not_depend_on_the_state(site: Site) -> None:
    well = get(site, "/ivp/ensemble/status"), get(site, "/ivp/ensemble/inventory")
    site.relay.command(MainsState.OPEN)
    site.nodes[FIRST].power_off()
    site.world.advance(600)
    ill = get(site, "/ivp/ensemble/status"), get(site, "/ivp/ensemble/inventory")
    assert ill != well
    assert kinds(ill) == kinds(well)


def kinds(value: object) -> object:
    if isinstance(value, dict):
        return {key: kinds(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [kinds(inner) for inner in value]
    return type(value)


def test_the_relay_is_the_same_in_every_view_at_every_second(site: Site) -> None:
    seen = set()
    for _ in through_an_island(site):
        relay = get(site, "/ivp/ensemble/relay")
        assert relay == get(site, "/ivp/ensemble/status")["relay"]
        enpower = device(site, ENPOWER)
        for key in ("mains_admin_state", "mains_oper_state", "Enchg_grid_mode"):
            assert enpower[key] == relay[key]
        assert bool(enpower["Enpwr_relay_state_bm"] & 0x100) == (
            relay["mains_oper_state"] == "closed"
        )
        seen.add((relay["mains_admin_state"], relay["mains_oper_state"], relay["Enchg_grid_mode"]))
    assert seen == {
        ("closed", "closed", "multimode-ongrid"),
        ("open", "closed", "multimode-ongrid"),
        ("open", "open synchronizing", "multimode-ongrid"),
        ("open", "open synchronizing", "multimode-offgrid"),
        ("open", "open synchronized", "multimode-offgrid"),
        ("closed", "open synchronized", "multimode-offgrid"),
        ("closed", "closed", "multimode-offgrid"),
    }


def test_the_der_relays_do_not_move_with_the_mains_relay(site: Site) -> None:
    seen = set()
    for _ in through_an_island(site):
        relay = get(site, "/ivp/ensemble/relay")
        seen.add((relay["der1_state"], relay["der2_state"], relay["der3_state"]))
    assert seen == {(1, 1, 0)}


def test_post_answers_with_the_relay_and_the_command_as_admin_state(site: Site) -> None:
    status, relay = post_relay(site, b'{"mains_admin_state": "open"}')
    assert status == 200
    assert (relay["mains_admin_state"], relay["mains_oper_state"]) == ("open", "closed")
    site.world.advance(60)
    assert get(site, "/ivp/ensemble/relay")["mains_oper_state"] == "open synchronized"


def test_a_command_that_no_enpower_hears_runs_into_a_time_out(site: Site) -> None:
    request = Request("POST", "/ivp/ensemble/relay", body=b'{"mains_admin_state": "open"}')
    assert response_s(site, request) < 1
    site.nodes[ENPOWER].power_off()
    assert response_s(site, request) == site.world.assumptions.relay.command_timeout_s
    status, said = post_relay(site, request.body)
    assert (status, said["err"]) == (504, "504 - Gateway Timeout")
    site.world.advance(600)
    relay = get(site, "/ivp/ensemble/relay")
    assert (relay["mains_admin_state"], relay["mains_oper_state"]) == ("closed", "closed")


def test_a_command_without_a_battery_is_answered_200_and_oper_stays(site: Site) -> None:
    for serial in (FIRST, SECOND):
        site.nodes[serial].power_off()
    site.world.advance(300)
    status, _ = post_relay(site, b'{"mains_admin_state": "open"}')
    assert status == 200
    site.world.advance(600)
    assert get(site, "/ivp/ensemble/relay")["mains_oper_state"] == "closed"


@pytest.mark.parametrize(
    ("body", "msg"),
    [
        (b"", "the body is no JSON"),
        (b'{"mains_admin_state": "open"', "the body is no JSON"),
        (b"\xff", "the body is no JSON"),
        (b'["open"]', "the body is no JSON object"),
        (b"{}", "mains_admin_state is open or closed"),
        (b'{"mains_admin_state": "Open"}', "mains_admin_state is open or closed"),
        (b'{"mains_admin_state": "open synchronized"}', "mains_admin_state is open or closed"),
        (b'{"mains_admin_state": ["open"]}', "mains_admin_state is open or closed"),
        (b'{"mains_oper_state": "open"}', "mains_admin_state is open or closed"),
    ],
)
def test_a_command_that_is_none_is_refused_and_nothing_changes(
    site: Site, body: bytes, msg: str
) -> None:
    assert post_relay(site, body) == (400, {"err": "400 - Bad Request", "msg": msg})
    site.world.advance(120)
    assert get(site, "/ivp/ensemble/relay")["mains_admin_state"] == "closed"


def test_secondary_control_keeps_the_captured_formulas_at_every_second(site: Site) -> None:
    saw_bias = False
    for _ in through_an_island(site):
        control = get(site, "/ivp/ensemble/secctrl")
        assert control == get(site, "/ivp/ensemble/status")["secctrl"]
        soc_pct = [device(site, serial)["percentFull"] for serial in (FIRST, SECOND)]
        percent_wh = sum(3360 * pct for pct in soc_pct)
        assert control["ENC_agg_avail_energy"] == percent_wh // 100
        assert control["ENC_agg_soc"] == control["agg_soc"] == percent_wh // 6720
        assert control["ENC_agg_backup_energy"] == math.trunc(6720 * 20 / 100)
        bias_hz, bias_v = control["freq_bias_hz"], control["voltage_bias_v"]
        assert control["freq_bias_hz_q8"] == math.trunc(2 * math.pi * bias_hz * 256)
        assert control["voltage_bias_v_q5"] == math.trunc(bias_v * 32)
        assert abs(bias_hz) <= 1.4
        saw_bias |= bias_hz != 0
    assert saw_bias


def test_the_charge_of_unlike_batteries_is_weighed_by_what_each_can_hold() -> None:
    unlike = build_site(load_site(SITES / "mixed-batteries.yaml"), epoch=DEFAULT_EPOCH)
    control = get(unlike, "/ivp/ensemble/secctrl")
    assert control["ENC_agg_avail_energy"] == (3360 * 92 + 3500 * 24) // 100
    assert control["ENC_agg_soc"] == (3360 * 92 + 3500 * 24) // 6860 != (92 + 24) // 2


def test_the_led_shows_charging_discharging_and_the_level_as_reported(site: Site) -> None:
    assert device(site, FIRST)["led_status"] == 12
    site.energy.ask(load_w=1500.0)
    assert device(site, FIRST)["led_status"] == 12
    site.world.advance(300)
    assert device(site, FIRST)["led_status"] == 13
    site.energy.ask(load_w=0.0, pv_w=0.0)
    site.world.advance(600)
    assert device(site, FIRST)["led_status"] == 15


def test_reads_change_nothing(site: Site) -> None:
    paths = [f"/ivp/ensemble/{name}" for name in ("inventory", "status", "secctrl", "relay")]
    once = [get(site, path) for path in paths]
    assert [get(site, path) for path in paths] == once
