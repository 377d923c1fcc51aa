"""The client of grid profile, live data and site settings."""

import json
from pathlib import Path

import pytest

from hil.errors import (
    RestoreFailed,
    Unintelligible,
)
from selftest.envoy import made_up
from selftest.envoy.made_up import GATEWAY, an_envoy, asked, sent
from selftest.transports.scripted_server import Say

PROFILE = {
    "name": "made up",
    "meid": "0a0b0c0d-0000-4000-8000-000000000001:0",
    "version": "1.2.3",
    "fpf": {"ena": False, "pf": 1.0, "excitation": "over"},
    "vrt": {"PTUV1": [{"x": 160, "y": 50.0}], "PTOV1": [{"x": 160, "y": 120.0}]},
    "frt": {"PTUF1": [{"x": 160, "y": 56.5}], "PTOF1": [{"x": 160, "y": 62.0}]},
    "tpm": {
        "ov_fast_v": 288.0,
        "ov_fast_ms": 160,
        "uv_fast_v": 120.0,
        "uv_fast_ms": 160,
        "reconnect_s": 300,
        "ramp_pct_s": 0.33,
        "island_ms": 2000,
    },
}
CARRIED = {
    "eid": 1090519312,
    "serial_num": "122000000501",
    "profile": {"id": PROFILE["meid"], "version": "1.2.3"},
}


def test_an_inverters_record_compares_with_the_active_profile(tmp_path: Path) -> None:
    active = {"pf-status": "pf-status-closed", "is-activated": True, "profile": PROFILE}
    answers = {
        "GET /ivp/grest/profile/active": active,
        "GET /ivp/adc/record": {**CARRIED, "record": "vrt", "vrt": PROFILE["vrt"]},
    }
    with an_envoy(tmp_path, answers) as (envoy, server):
        profile = envoy.grid_profile.active().profile
        record = envoy.grid_profile.record(1090519312, "vrt")
        assert asked(server)[-1] == "GET /ivp/adc/record?eid=1090519312&agf=vrt"

    assert record.content == profile.content("vrt") != profile.content("frt")
    assert (record.profile.id, record.profile.version) == (profile.meid, profile.version)


@pytest.mark.parametrize(
    ("kind", "query"), [("fpf", "&agf=fpf"), ("frt", "&agf=frt"), ("tpm", "&tpm=true"), (None, "")]
)
def test_each_kind_of_record_is_asked_for_in_its_own_way(
    tmp_path: Path, kind: str | None, query: str
) -> None:
    answers = {"GET /ivp/adc/record": CARRIED | {k: PROFILE[k] for k in ("fpf", "frt", "tpm")}}
    with an_envoy(tmp_path, answers) as (envoy, server):
        envoy.grid_profile.record(1090519312, kind)  # type: ignore[arg-type]
        assert asked(server)[0] == f"GET /ivp/adc/record?eid=1090519312{query}"


@pytest.mark.parametrize(("eid", "kind"), [(1090519568, "vrt"), (1090519312, "tpm")])
def test_a_record_of_another_inverter_or_kind_is_not_taken(
    tmp_path: Path, eid: int, kind: str
) -> None:
    answers = {"GET /ivp/adc/record": {**CARRIED, "record": "vrt", "vrt": PROFILE["vrt"]}}
    with (
        an_envoy(tmp_path, answers) as (envoy, _),
        pytest.raises(Unintelligible, match=f"for eid {eid}, {kind}: .* of eid 1090519312, vrt"),
    ):
        envoy.grid_profile.record(eid, kind)  # type: ignore[arg-type]


def test_live_data_keeps_the_text_whose_keys_repeat(tmp_path: Path) -> None:
    flow = {"agg_p_mw": 5000, "agg_s_mva": 5000}
    flow |= {f"agg_p_ph_{leg}_mw": 1 for leg in "abc"} | {f"agg_s_ph_{leg}_mva": 1 for leg in "abc"}
    body = {
        "connection": dict.fromkeys(
            ("mqtt_state", "prov_state", "auth_state", "sc_stream", "sc_debug"), "ok"
        ),
        "meters": {
            "last_update": 1790000000,
            "soc": 60,
            "backup_soc": 20,
            "main_relay_state": 1,
            "gen_relay_state": 5,
            "backup_bat_mode": 1,
            "is_split_phase": 1,
            "phase_count": 2,
            "enc_agg_soc": 60,
            "enc_agg_energy": 4032,
            "acb_agg_soc": 0,
            "acb_agg_energy": 0,
            **dict.fromkeys(("pv", "storage", "grid", "load", "generator"), flow),
        },
        "tasks": {"task_id": 0, "timestamp": 0},
        "counters": {"main_CfgLoad": 1},
        "dry_contacts": {"": {"dry_contact_id": "NC1"}},
    }
    text = json.dumps(body).replace('"": {', '"": {"dry_contact_id": "NO1"}, "": {')
    with an_envoy(tmp_path, {"GET /ivp/livedata/status": Say(text)}) as (envoy, _):
        status = envoy.livedata.status()
        assert envoy.drift == {}

    assert status.meters.grid.agg_p_mw == 5000
    assert status.dry_contacts == {"": {"dry_contact_id": "NC1"}}
    assert status.raw == text
    assert status.raw.count("dry_contact_id") == 2


def test_export_limits_are_written_wrapped_and_read_flat(tmp_path: Path) -> None:
    wanted = made_up.pel(PEL=True, PEL_Limit=3000.0)
    answers = {"POST /ivp/ss/pel_settings": wanted, "GET /ivp/ss/pel_settings": wanted}
    with an_envoy(tmp_path, answers) as (envoy, server):
        settings = envoy.site_settings.pel.write(wanted)
        assert sent(server) == {"pel_settings": wanted}
        assert settings == envoy.site_settings.pel.read()
        assert envoy.site_settings.pel.document() == wanted
        envoy.site_settings.pel.write(settings)
        assert json.loads(server.heard[-1].body) == {"pel_settings": wanted}

    assert (settings.is_on, settings.limit) == (True, 3000.0)


def test_a_changed_export_limit_is_put_back_after_the_block(tmp_path: Path) -> None:
    before = made_up.pel()
    answers = {"GET /ivp/ss/pel_settings": before, "POST /ivp/ss/pel_settings": before}
    with an_envoy(tmp_path, answers) as (envoy, server):
        with (
            pytest.raises(ValueError, match="the test failed"),
            envoy.site_settings.pel.changed({"PEL": True, "PEL_Limit": 3000.0}),
        ):
            raise ValueError("the test failed")
        posted = [json.loads(heard.body) for heard in server.heard if heard.method == "POST"]
    assert posted == [
        {"pel_settings": made_up.pel(PEL=True, PEL_Limit=3000.0)},
        {"pel_settings": before},
    ]


@pytest.mark.parametrize(
    "answer", [made_up.pel(PEL=True), Say('{"err": "400 - Bad Request"}', 400)]
)
def test_an_export_limit_that_does_not_come_back_is_told(tmp_path: Path, answer: object) -> None:
    before = made_up.pel()
    answers = {"GET /ivp/ss/pel_settings": before, "POST /ivp/ss/pel_settings": before}
    with (
        an_envoy(tmp_path, answers) as (envoy, _),
        pytest.raises(RestoreFailed, match=f"envoy {GATEWAY}: POST /ivp/ss/pel_settings to put"),
        envoy.site_settings.pel.changed({"PEL": True}),
    ):
        answers["POST /ivp/ss/pel_settings"] = answer  # type: ignore[assignment]
