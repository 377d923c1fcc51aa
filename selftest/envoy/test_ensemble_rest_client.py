"""The client of what else the ensemble, the inverters and the meters say."""

import json
from pathlib import Path

import pytest

from hil.errors import NotOffered, Refused, Unintelligible
from selftest.envoy.made_up import ENCHARGE, GATEWAY, an_envoy, asked, sent
from selftest.envoy.made_up_settings import inverter
from selftest.transports.scripted_server import Say

NEW = "/ivp/ens_rest/inverters_status"
OLD = "/installer/agf/inverters_status"
INVERTER = "122000000501"


def test_the_powers_of_the_batteries_stand_under_a_key_with_a_colon(tmp_path: Path) -> None:
    def battery(power: int) -> dict[str, object]:
        return {
            "serial_num": ENCHARGE,
            "real_power_mw": power,
            "apparent_power_mva": power,
            "soc": 60,
        }

    answers = {"GET /ivp/ensemble/power": {"devices:": [battery(-640000), battery(40000)]}}
    with an_envoy(tmp_path, answers) as (envoy, _):
        assert envoy.ensemble.power().total_mw == -600000
        answers["GET /ivp/ensemble/power"] = {"devices": []}
        with pytest.raises(Unintelligible, match=rf"envoy {GATEWAY}: GET .*devices:'\]:"):
            envoy.ensemble.power()


def test_a_dry_contact_is_commanded_as_an_object(tmp_path: Path) -> None:
    contacts = {"dry_contacts": [{"id": "NC1", "status": "open"}]}
    answers = {
        "POST /ivp/ensemble/dry_contacts": Say(""),
        "GET /ivp/ensemble/dry_contacts": contacts,
    }
    with an_envoy(tmp_path, answers) as (envoy, server):
        envoy.ensemble.command_dry_contact("NC1", "open")
        assert sent(server) == {"dry_contacts": {"id": "NC1", "status": "open"}}
        assert envoy.ensemble.dry_contacts().states == {"NC1": "open"}


def test_boards_and_raw_data_are_kept_as_they_came(tmp_path: Path) -> None:
    answers = {
        "GET /ivp/ensemble/submod": {
            "serial_nums": {ENCHARGE: {"submodules": {"1": {"device_type": 14}}}}
        },
        f"GET /ivp/ensemble/dataraw/{ENCHARGE}": {"data_records": {ENCHARGE: {"x": [1]}}},
    }
    with an_envoy(tmp_path, answers) as (envoy, _):
        boards = envoy.ensemble.submodules().serial_nums[ENCHARGE].submodules
        records = envoy.ensemble.raw_data(ENCHARGE).data_records
        with pytest.raises(NotOffered):
            envoy.ensemble.raw_data("122000000999")
    assert boards["1"].device_type == 14
    assert records == {ENCHARGE: {"x": [1]}}


def test_a_device_is_reset_by_its_serial_number(tmp_path: Path) -> None:
    answers = {"POST /ivp/zb/reset_device": Say('{"err": "400 - Bad Request"}', 400)}
    with an_envoy(tmp_path, answers) as (envoy, server):
        with pytest.raises(Refused, match="400 - Bad Request"):
            envoy.zigbee.reset_device(ENCHARGE)
        assert sent(server) == {"serial_num": ENCHARGE}


def test_the_old_path_of_the_inverters_is_followed_to_the_new_one_only(tmp_path: Path) -> None:
    moved = Say("", 301, headers={"Location": NEW})
    answers: dict[str, object] = {f"GET {OLD}": moved, f"GET {NEW}": [inverter(INVERTER)]}
    with an_envoy(tmp_path, answers) as (envoy, server):
        status = envoy.grid_profile.inverters_status_by_old_path()
        assert asked(server)[:2] == [f"GET {OLD}", f"GET {NEW}"]
        assert status.by_serial_number[INVERTER].functions == {"cookie": 0, "VVAR": 1, "FRT": 1}

        answers[f"GET {OLD}"] = Say("", 302, headers={"Location": "/error"})
        with pytest.raises(NotOffered, match="a redirect to /error, which is not followed"):
            envoy.grid_profile.inverters_status_by_old_path()


def test_firmware_that_has_only_the_old_path_is_asked_there(tmp_path: Path) -> None:
    with an_envoy(tmp_path, {f"GET {OLD}": [inverter(INVERTER)]}) as (envoy, _):
        assert list(envoy.grid_profile.inverters_status().by_serial_number) == [INVERTER]


def test_a_message_that_is_no_list_of_pairs_is_not_understood(tmp_path: Path) -> None:
    answers = {f"GET {NEW}": [inverter(INVERTER, message="cookie:0,VVAR")]}
    with (
        an_envoy(tmp_path, answers) as (envoy, _),
        pytest.raises(Unintelligible, match="message: 'VVAR' is no name:number"),
    ):
        envoy.grid_profile.inverters_status()


def test_the_status_of_secondary_control_is_kept_as_it_came(tmp_path: Path) -> None:
    body = {"nameplate": {"ENC": [1280, 0, 0]}, "events": ["0"], "Sequence": {"F": 0.0}}
    with an_envoy(tmp_path, {"GET /ivp/sc/status": Say(json.dumps(body))}) as (envoy, _):
        status = envoy.secondary_control.status()
        assert envoy.drift == {}
    assert status.nameplate == {"ENC": (1280, 0, 0)}
    assert status.model_extra == {"Sequence": {"F": 0.0}}


def test_the_rules_in_force_are_read_from_both_lists(tmp_path: Path) -> None:
    spared = {"RuleId": "PCS MPU Avoidance", "RuleNum": 61, "Threshold": 7680}
    export = {"RuleId": "PEL W", "RuleNum": 14, "Threshold": 0.0}
    answers: dict[str, object] = {}
    with an_envoy(tmp_path, answers) as (envoy, _):
        for profile, rules in (
            (None, None),
            ({"profile_name": "made up"}, None),
            ({"agg_rules": []}, {}),
            (
                {"agg_rules": [export], "phase_rules": [spared, "?"]},
                {"PEL W": 0.0, "PCS MPU Avoidance": 7680},
            ),
        ):
            answers["GET /ivp/sc/status"] = {} if profile is None else {"profile": profile}
            assert envoy.secondary_control.status().rules == rules


def test_a_profile_is_selected_where_the_gateway_says_accepted(tmp_path: Path) -> None:
    path = "PUT /installer/agf/set_profile.json"
    answers: dict[str, object] = {path: {"message": "/ivp/grest/profile/made%20up/1.2 accepted."}}
    with an_envoy(tmp_path, answers) as (envoy, server):
        envoy.grid_profile.select("made:up", "1.2")
        assert sent(server) == {"selected_profile": "made:up:1.2"}
        answers[path] = {"error": "no such profile"}
        with pytest.raises(Refused, match=r"for made up 7: 200, and says .*no such profile"):
            envoy.grid_profile.select("made up", "7")


def test_meters_are_found_by_what_they_measure(tmp_path: Path) -> None:
    meter = {
        "eid": 704643328,
        "state": "enabled",
        "measurementType": "production",
        "phaseMode": "split",
        "phaseCount": 2,
        "meteringStatus": "normal",
        "statusFlags": [],
    }
    with an_envoy(tmp_path, {"GET /ivp/meters": [meter]}) as (envoy, _):
        meters = envoy.meters.read()
    assert meters.by_type["production"].is_enabled
