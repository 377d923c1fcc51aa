"""The rest of the core interface: settings whole or not at all, and two views that agree."""

import json
from pathlib import Path
from typing import Any

import pytest

from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.rest.router import answer
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site, with_gateway
from hil.vocabulary.grid import MainsState
from hil.vocabulary.identity import Firmware

TRUTH = load_site(Path(__file__).parents[3] / "sites" / "split-phase.yaml")
CONTACTS, USES = "/ivp/ensemble/dry_contacts", "/ivp/ss/dry_contact_settings"
RELAXED, TARIFF = "/ivp/adc/relaxedparams", "/admin/lib/tariff"
CONFIG = {
    "max_cont_gen_amps": 58.3,
    "min_gen_loading_perc": 5,
    "max_gen_efficiency_perc": 100,
    "name_plate_rating_wat": 14.0,
    "start_method": "Auto",
    "warm_up_mins": 3,
    "cool_down_mins": 4,
    "gen_type": "Standby",
    "model": "made up",
    "manufacturer": "made up",
    "last_updated_by": "ITK",
    "generator_id": "",
    "charge_from_generator": True,
}
SCHEDULE = {
    "exercise_config": {"freq_in_weeks": 1, "start": 750, "duration": 30, "day": "Sun"},
    "default_soc": {"start_soc": 30, "stop_soc": 70},
    "schedule": {"default": []},
    "last_updated_by": "ITK",
}


@pytest.fixture
def site() -> Site:
    return build_site(TRUTH, epoch=DEFAULT_EPOCH)


def ask(site: Site, method: str, path: str, body: object = None) -> Answer:
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return answer(site, Request(method, path, {}, raw))


def read(site: Site, path: str) -> Any:
    reply = ask(site, "GET", path)
    assert reply.status == 200, reply
    return json.loads(reply.body)


def contacts(site: Site) -> dict[str, str]:
    return {each["id"]: each["status"] for each in read(site, CONTACTS)["dry_contacts"]}


@pytest.mark.parametrize(
    ("path", "written", "shown"),
    [
        ("/ivp/ss/gen_config", CONFIG, CONFIG),
        ("/ivp/ss/gen_config", {"generator_settings": CONFIG}, CONFIG),
        ("/ivp/ss/gen_schedule", SCHEDULE, SCHEDULE),
        ("/ivp/ss/gen_mode", {"gen_cmd": "on"}, {"gen_cmd": "on", "last_updated_by": "ITK"}),
        *(
            ("/ivp/ss/der_settings", {"der": ports}, {"der": ports})
            for ports in ({"der1": "DER_TYPE_ENCHARGE", "der2": "DER_TYPE_NONE"},)
        ),
    ],
)
def test_what_is_written_is_read_back(site: Site, path: str, written: object, shown: Any) -> None:
    assert ask(site, "POST", path, written).status == 200
    assert read(site, path) == shown


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/ivp/ss/pcs_settings", {"pcs_settings": {"max_back_feed": -1}}),
        ("POST", "/ivp/ss/pcs_settings", {"pcs_settings": {"override": True, "nonsense": 1}}),
        ("POST", "/ivp/ss/der_settings", {"der": {"der1": "DER_TYPE_WIND"}}),
        ("POST", "/ivp/ss/gen_config", {"warm_up_mins": 1}),
        ("POST", "/ivp/ss/gen_mode", {"gen_cmd": "loud"}),
        (
            "POST",
            "/ivp/ss/gen_schedule",
            SCHEDULE | {"default_soc": {"start_soc": 70, "stop_soc": 70}},
        ),
        ("POST", USES, {"dry_contacts": {"id": "NC1", "type": "LOAD"}}),
        ("POST", CONTACTS, {"dry_contacts": {"id": "NC9", "status": "open"}}),
        ("POST", CONTACTS, {"dry_contacts": [{"id": "NC1", "status": "open"}]}),
        ("PUT", TARIFF, {"tariff": {"single_rate": {"rate": 1, "sell": 1}}}),
        ("PUT", TARIFF, b"no JSON"),
        ("PUT", "/ivp/meters/704643328", {"state": "asleep"}),
    ],
)
def test_what_is_illegal_is_refused_and_nothing_is_stored(
    site: Site, method: str, path: str, body: object
) -> None:
    shown = "/ivp/meters" if path.startswith("/ivp/meters") else path
    before = read(site, shown)
    refused = ask(site, method, path, body)
    assert (refused.status, json.loads(refused.body)["err"]) == (400, "400 - Bad Request")
    assert json.loads(refused.body)["msg"]
    site.world.advance(60)
    assert read(site, shown) == before


def test_power_control_is_stored_and_shows_as_a_rule(site: Site) -> None:
    def rules() -> dict[str, float]:
        listed = read(site, "/ivp/sc/status")["profile"]["agg_rules"]
        return {rule["RuleId"]: rule["Threshold"] for rule in listed}

    offers = {"PVOversubscription": True, "EnchargeOversubscription": False, "MPUAvoidance": False}
    before = read(site, "/ivp/ss/pcs_settings")
    assert rules() == {}
    changes = {"pcsOffering": offers, "max_back_feed": 32.0}
    ask(site, "POST", "/ivp/ss/pcs_settings", {"pcs_settings": changes})
    assert read(site, "/ivp/ss/pcs_settings") == before | changes
    assert rules() == {"PCS - Import": 32.0}
    spared = {"pcsOffering": before["pcsOffering"] | {"MPUAvoidance": True}}
    breaker = {"pcs_settings": spared | {"mainPanelDERBreaker": 40.0}}
    ask(site, "POST", "/ivp/ss/pcs_settings", breaker)
    assert rules() == {"PCS MPU Avoidance": 7680.0}


def test_the_der_ports_show_at_the_relay_and_in_the_inventory(site: Site) -> None:
    ports = {"der1": "DER_TYPE_ENCHARGE", "der2": "DER_TYPE_NONE"}
    assert read(site, "/ivp/ensemble/inventory")[0]["devices"][0]["der_index"] == 2
    ask(site, "POST", "/ivp/ss/der_settings", {"der": ports})
    relay = read(site, "/ivp/ensemble/relay")
    assert (relay["der1_state"], relay["der2_state"]) == (1, 0)
    assert read(site, "/ivp/ensemble/inventory")[0]["devices"][0]["der_index"] == 1


def test_a_contact_moves_when_commanded_and_shows_it_later(site: Site) -> None:
    wanted = {"dry_contacts": {"id": "NO2", "status": "open"}}
    assert ask(site, "POST", CONTACTS, wanted).status == 200
    assert set(contacts(site).values()) == {"closed"}
    site.world.advance(4)
    assert [name for name, status in contacts(site).items() if status == "open"] == ["NO2"]


def test_an_island_sheds_the_load_that_says_so_and_takes_it_back(site: Site) -> None:
    site.relay.command(MainsState.OPEN)
    site.world.advance(60)
    assert site.relay.is_open
    assert contacts(site) == {"NC1": "closed", "NC2": "closed", "NO1": "open", "NO2": "closed"}
    site.relay.command(MainsState.CLOSED)
    site.world.advance(120)
    assert not site.relay.is_open
    assert set(contacts(site).values()) == {"closed"}


def test_normally_closed_contacts_read_open_after_a_settings_write(site: Site) -> None:
    use = read(site, USES)["dry_contacts"][2] | {"load_name": "Sauna"}
    assert ask(site, "POST", USES, {"dry_contacts": use}).status == 200
    assert read(site, USES)["dry_contacts"][2] == use
    assert contacts(site) == {"NC1": "open", "NC2": "open", "NO1": "closed", "NO2": "closed"}
    assert set(site.contacts.states.values()) == {"closed"}
    site.world.advance(site.world.assumptions.dry_contacts.false_open_s + 1)
    assert set(contacts(site).values()) == {"closed"}


def test_the_schedule_shows_at_the_generator(site: Site) -> None:
    generator = read(site, "/ivp/ensemble/generator")
    assert (generator["start_soc"], generator["stop_soc"], generator["schedule"]) == (100, -1, 0)
    ask(site, "POST", "/ivp/ss/gen_schedule", SCHEDULE)
    generator = read(site, "/ivp/ensemble/generator")
    assert (generator["start_soc"], generator["stop_soc"], generator["schedule"]) == (30, 70, 1)
    ask(site, "POST", "/ivp/ss/gen_schedule", {})
    assert read(site, "/ivp/ss/gen_schedule") == {}


def test_the_reserve_of_the_tariff_is_the_one_under_control(site: Site) -> None:
    rates = read(site, TARIFF)["tariff"]
    control = read(site, "/ivp/ensemble/secctrl")
    assert rates["storage_settings"]["reserved_soc"] == control["configured_backup_soc"] == 20
    rates["storage_settings"]["reserved_soc"] = 45
    assert ask(site, "PUT", TARIFF, {"tariff": rates}).status == 200
    assert read(site, f"{TARIFF}.json")["schedule"]["reserved_soc"] == 45
    assert read(site, "/ivp/ensemble/secctrl")["configured_backup_soc"] == 45


def test_a_gateway_before_7_has_rates_alone_and_leaves_the_batteries_as_they_are() -> None:
    older = build_site(with_gateway(TRUTH, firmware=Firmware.parse("D6.0.50")), epoch=DEFAULT_EPOCH)
    rates = read(older, TARIFF)["tariff"]
    assert "storage_settings" not in rates
    storage = {"storage_settings": {"reserved_soc": 45}}

    assert ask(older, "PUT", TARIFF, {"tariff": rates | storage}).status == 200

    assert read(older, "/ivp/ensemble/secctrl")["configured_backup_soc"] == 20


def test_relaxed_parameters_are_stored_and_removed(site: Site) -> None:
    assert ask(site, "GET", f"{RELAXED}/add").status == 404
    assert ask(site, "PUT", f"{RELAXED}/add", {"a": 1}).status == 200
    assert ask(site, "PUT", f"{RELAXED}/add", b"no JSON").status == 400
    assert read(site, f"{RELAXED}/add") == {"a": 1}
    assert ask(site, "PUT", f"{RELAXED}/delete").status == 200
    assert ask(site, "GET", f"{RELAXED}/add").status == 404
    assert ask(site, "PUT", f"{RELAXED}/delete").status == 404


def test_an_inverter_has_its_flags_once_it_carries_the_profile(site: Site) -> None:
    path = "/ivp/ens_rest/inverters_status"
    assert ask(site, "GET", "/installer/agf/inverters_status").location == path
    site.profile.activate(TRUTH.previous_profile)
    assert {each["status"] for each in read(site, path)} == {1}
    assert "VRT:0" in read(site, path)[0]["message"]
    site.world.advance(3600)
    assert site.profile.is_settled
    assert {each["status"] for each in read(site, path)} == {2}
    assert "VRT:1" in read(site, path)[0]["message"]


def test_the_batteries_carry_the_storage_power_together(site: Site) -> None:
    site.relay.command(MainsState.OPEN)
    site.world.advance(200)
    devices = read(site, "/ivp/ensemble/power")["devices:"]
    assert len(devices) == len(TRUTH.encharges)
    assert sum(each["real_power_mw"] for each in devices) == site.energy.flows.storage_mw != 0


def test_a_meter_is_switched_off_and_on(site: Site) -> None:
    assert ask(site, "PUT", "/ivp/meters/704643584", {"state": "disabled"}).status == 200
    assert [each["state"] for each in read(site, "/ivp/meters")] == ["enabled", "disabled"]
    assert ask(site, "PUT", "/ivp/meters/704643584", {"state": "enabled"}).status == 200
    assert read(site, "/ivp/meters/704643584")["state"] == "enabled"
    assert ask(site, "PUT", "/ivp/meters/7", {"state": "enabled"}).status == 404
    assert ask(site, "DELETE", "/ivp/meters/704643584").status == 405


def test_raw_data_and_boards_are_of_the_devices_in_the_inventory(site: Site) -> None:
    serials = [each.serial_number for each in TRUTH.encharges]
    assert list(read(site, "/ivp/ensemble/dataraw/")["data_records"]) == serials
    one = read(site, f"/ivp/ensemble/dataraw/{serials[0]}")
    assert list(one["data_records"]) == serials[:1]
    assert ask(site, "GET", "/ivp/ensemble/dataraw/122000000999").status == 404
    assert set(serials) < set(read(site, "/ivp/ensemble/submod")["serial_nums"])


def test_a_device_that_is_reset_boots_and_comes_back(site: Site) -> None:
    serial = TRUTH.encharges[0].serial_number
    reset = {"serial_num": serial}
    assert ask(site, "POST", "/ivp/zb/reset_device", reset).status == 200
    assert not site.nodes[serial].operational
    site.world.advance(120)
    assert site.nodes[serial].operational
    assert ask(site, "POST", "/ivp/zb/reset_device", {"serial_num": "122000000999"}).status == 404
