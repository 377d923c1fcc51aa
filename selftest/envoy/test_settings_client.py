"""The client of every group of settings: how each is written, and put back."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hil.envoy.client import Envoy
from hil.envoy.settings import SettingsGroup
from hil.errors import NotOffered, Refused, RestoreFailed, SuiteError, Unintelligible
from selftest.envoy import made_up_settings as made_up
from selftest.envoy.made_up import GATEWAY, an_envoy, asked
from selftest.transports.scripted_server import Heard, Say, ScriptedServer

Group = Callable[[Envoy], SettingsGroup[Any]]
NAMES = ("NC1", "NC2", "NO1", "NO2")
CONTACTS = {"dry_contacts": [made_up.contact(name) for name in NAMES]}
MODE: dict[str, object] = {"gen_cmd": "auto", "last_updated_by": "ITK"}
PORTS: dict[str, object] = {"der": {"der1": "DER_TYPE_ENCHARGE", "der2": "DER_TYPE_NONE"}}

FLAT: Mapping[str, tuple[str, Group, dict[str, object], dict[str, object]]] = {
    "der": ("der_settings", lambda envoy: envoy.site_settings.der, PORTS, {"der": {"der1": "X"}}),
    "gen_config": (
        "gen_config",
        lambda envoy: envoy.site_settings.gen_config,
        made_up.gen_config(),
        {"warm_up_mins": 9},
    ),
    "gen_mode": ("gen_mode", lambda envoy: envoy.site_settings.gen_mode, MODE, {"gen_cmd": "off"}),
    "gen_schedule": (
        "gen_schedule",
        lambda envoy: envoy.site_settings.gen_schedule,
        made_up.gen_schedule(),
        {"default_soc": {"start_soc": 10, "stop_soc": 20}},
    ),
}


def bodies(server: ScriptedServer, method: str = "POST") -> list[object]:
    return [json.loads(heard.body) for heard in server.heard if heard.method == method]


@pytest.mark.parametrize(("path", "group", "before", "change"), FLAT.values(), ids=FLAT.keys())
def test_a_flat_group_is_written_whole_and_put_back(
    tmp_path: Path,
    path: str,
    group: Group,
    before: dict[str, object],
    change: dict[str, object],
) -> None:
    answers = {f"GET /ivp/ss/{path}": before, f"POST /ivp/ss/{path}": Say("success")}
    with an_envoy(tmp_path, answers) as (envoy, server):
        with group(envoy).changed(change):
            pass
        assert bodies(server) == [before | change, before]
        assert envoy.drift == {}


LIMIT = "/found/on/a/bench"


def test_the_high_backup_soc_limit_is_the_one_number_at_the_path_of_the_rig_file(
    tmp_path: Path,
) -> None:
    stored = {"whatever": 80, "active": True, "unit": "%"}
    answers = {f"GET {LIMIT}": stored, f"POST {LIMIT}": Say("success")}
    with an_envoy(tmp_path, answers, high_backup_soc_path=LIMIT) as (envoy, server):
        limit = envoy.high_backup_soc
        assert limit is not None
        assert limit.limit_pct() == 80
        with limit.changed(limit.limit_of(95)):
            pass
        assert bodies(server) == [stored | {"whatever": 95}, stored]
        assert envoy.drift == {}


@pytest.mark.parametrize("stored", [{}, {"soc": 80, "limit": 90}, {"limit": "80"}])
def test_what_is_no_high_backup_soc_limit_is_told_with_what_to_suspect(
    stored: dict[str, object], tmp_path: Path
) -> None:
    answers = {f"GET {LIMIT}": stored}
    with an_envoy(tmp_path, answers, high_backup_soc_path=LIMIT) as (envoy, _):
        assert envoy.high_backup_soc is not None
        with pytest.raises(Unintelligible) as found:
            envoy.high_backup_soc.limit_pct()
    assert str(found.value) == (
        f"envoy {GATEWAY}: GET {LIMIT} shows {stored}: one number was expected, the limit; suspect "
        "envoy.high_backup_soc_path in the rig file"
    )


def test_without_a_path_in_the_rig_file_there_is_no_high_backup_soc_limit(tmp_path: Path) -> None:
    with an_envoy(tmp_path, {}) as (envoy, _):
        assert envoy.high_backup_soc is None


def test_power_control_is_written_under_its_name(tmp_path: Path) -> None:
    answers = {
        "GET /ivp/ss/pcs_settings": made_up.pcs(),
        "POST /ivp/ss/pcs_settings": made_up.pcs(),
    }
    with an_envoy(tmp_path, answers) as (envoy, server):
        settings = envoy.site_settings.pcs.write(made_up.pcs(pvBreaker=25.0))
        assert bodies(server) == [{"pcs_settings": made_up.pcs(pvBreaker=25.0)}]
    assert settings.pcs_offering.mpu_avoidance
    assert settings.pv_breaker == 30.0, "what is stored, not what was sent"


def test_one_dry_contact_is_written_whole_and_alone(tmp_path: Path) -> None:
    stored = {name: made_up.contact(name) for name in NAMES}

    answers = {
        "GET /ivp/ss/dry_contact_settings": CONTACTS,
        "POST /ivp/ss/dry_contact_settings": Say(""),
    }
    with an_envoy(tmp_path, answers) as (envoy, server):
        settings = envoy.site_settings.dry_contact
        changed = stored["NO1"] | {"type": "LOAD", "micro_grid_action": "shed"}
        with settings.changed_contact("NO1", {"type": "LOAD", "micro_grid_action": "shed"}):
            now = [changed if each["id"] == "NO1" else each for each in CONTACTS["dry_contacts"]]
            answers["GET /ivp/ss/dry_contact_settings"] = {"dry_contacts": now}
            with pytest.raises(SuiteError, match="no contact NC9; it has NC1, NC2, NO1, NO2"):
                settings.contact("NC9")
            del answers["GET /ivp/ss/dry_contact_settings"]
            answers["GET /ivp/ss/dry_contact_settings"] = CONTACTS
        assert bodies(server)[0] == {"dry_contacts": changed}
        answers["GET /ivp/ss/dry_contact_settings"] = {"dry_contacts": now}
        settings.write_back(CONTACTS)
        assert bodies(server)[-1] == {"dry_contacts": stored["NO1"]}


def test_settings_that_are_refused_or_not_put_back_are_told(tmp_path: Path) -> None:
    answers: dict[str, object] = {
        "GET /ivp/ss/gen_mode": MODE,
        "POST /ivp/ss/gen_mode": Say("failure"),
    }
    with an_envoy(tmp_path, answers) as (envoy, _):
        mode = envoy.site_settings.gen_mode
        assert envoy.firmware, "from now on it is called by its serial number"
        with pytest.raises(Refused, match=f"envoy {GATEWAY}: POST /ivp/ss/gen_mode: 200, and says"):
            mode.write({"gen_cmd": "maybe"})
        answers["POST /ivp/ss/gen_mode"] = Say("success")
        with (
            pytest.raises(RestoreFailed, match=r"POST /ivp/ss/gen_mode to put back .* it stored"),
            mode.changed({"gen_cmd": "off"}),
        ):
            answers["GET /ivp/ss/gen_mode"] = MODE | {"gen_cmd": "off"}


def test_a_site_without_a_generator_says_nothing_and_half_a_document_is_none(
    tmp_path: Path,
) -> None:
    answers: dict[str, object] = {"GET /ivp/ss/gen_config": {}}
    with an_envoy(tmp_path, answers) as (envoy, _):
        assert not envoy.site_settings.gen_config.read().model_fields_set
        answers["GET /ivp/ss/gen_config"] = {"gen_type": "Standby"}
        with pytest.raises(Unintelligible, match=r"max_cont_gen_amps, .* missing beside the other"):
            envoy.site_settings.gen_config.read()
        with pytest.raises(NotOffered):
            envoy.site_settings.gen_schedule.read()


def test_the_tariff_is_put_without_its_schedule_and_compared_without_its_dates(
    tmp_path: Path,
) -> None:
    whole = {"tariff": made_up.rates(), "schedule": {"source": "Tariff", "override": False}}
    answers: dict[str, object] = {"GET /admin/lib/tariff": whole, "PUT /admin/lib/tariff": Say("")}
    with an_envoy(tmp_path, answers) as (envoy, server):
        with envoy.tariff.changed({"storage_settings": {"mode": "backup"}}):
            later = made_up.rates(date="1790000099") | {"date": "1790000099"}
            answers["GET /admin/lib/tariff"] = whole | {"tariff": later, "schedule": {}}
        sent = bodies(server, "PUT")
        storage = envoy.tariff.read().tariff.storage_settings
    assert sent == [
        {"tariff": made_up.rates() | {"storage_settings": {"mode": "backup"}}},
        {"tariff": made_up.rates()},
    ]
    assert storage is not None
    assert storage.mode == "self-consumption"


def test_relaxed_parameters_are_stored_and_removed(tmp_path: Path) -> None:
    answers: dict[str, object] = {
        "PUT /ivp/adc/relaxedparams/add": Say(""),
        "PUT /ivp/adc/relaxedparams/delete": Say(""),
    }
    with an_envoy(tmp_path, answers) as (envoy, server):
        relaxed = envoy.grid_profile.relaxed_parameters
        assert relaxed.read() is None
        with relaxed.stored({"ov": 1}):
            answers["GET /ivp/adc/relaxedparams/add"] = {"ov": 1}
            assert relaxed.read() == {"ov": 1}
            answers["GET /ivp/adc/relaxedparams/add"] = {}
        assert asked(server).count("PUT /ivp/adc/relaxedparams/delete") == 0
        answers["GET /ivp/adc/relaxedparams/add"] = {"ov": 1}
        with pytest.raises(RestoreFailed, match=r"put back to None: stored is {'ov': 1}"):
            relaxed.put_back(None)
        assert "PUT /ivp/adc/relaxedparams/delete" in asked(server)
        relaxed.add("{not json")
        heard: Heard = server.heard[-1]
        assert heard.body == b"{not json"
