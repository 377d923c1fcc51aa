"""A capture of a gateway that does not offer everything, in process; the command: selftest/cli."""

import json
from pathlib import Path

import pytest

from hil.capture.check import Verdict, check_capture
from hil.capture.redact import Anonymous
from hil.capture.take import take
from hil.envoy.views import KNOWN
from hil.errors import SuiteError
from hil.evidence.redaction import Redactor
from selftest.envoy import made_up
from selftest.envoy.made_up import an_envoy, asked
from selftest.transports.scripted_server import Say

PAGE_401 = Say("<html><h1>401 Authorization Required</h1></html>", 401)
ANSWERS = {
    "GET /ivp/ensemble/inventory": made_up.inventory(),
    "GET /ivp/ensemble/power": PAGE_401,
    "GET /ivp/meters": [{"eid": 704643328}],
    "GET /ivp/zb/commission": made_up.agent_file(),
    "GET /home": Say('{"network": {"wifi": {"ssid": "made up"}}}\r\n'),
}


def test_every_view_is_looked_at_and_nothing_else(tmp_path: Path) -> None:
    with an_envoy(tmp_path, ANSWERS) as (envoy, server):
        take(envoy, tmp_path / "site", redactor=Redactor(), eids=[1090519312])

    requests = asked(server)
    assert {request.split()[0] for request in requests} == {"GET"}
    assert f"GET /ivp/ensemble/dataraw/{made_up.ENCHARGE}" in requests
    assert "GET /ivp/meters/704643328" in requests
    assert "GET /ivp/adc/record?eid=1090519312" in requests
    assert "GET /stream/meter" not in requests
    assert [each for each in requests if requests.count(each) > 1] == ["GET /info"] * 2
    left_out = json.loads((tmp_path / "site" / "capture.json").read_text())["left_out"]
    varying = {"/ivp/adc/record", "/ivp/ensemble/dataraw"}
    asked_for = {each.removeprefix("GET ") for each in requests}
    known = {path for path in KNOWN if "<" not in path} - varying
    assert known - asked_for <= left_out.keys(), "what was not asked for is named"
    assert asked_for & left_out.keys() == set()


def test_what_was_said_is_kept_with_status_headers_and_time(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with an_envoy(tmp_path, ANSWERS) as (envoy, _):
        take(envoy, site, redactor=Redactor())

    assert json.loads((site / "ivp_ensemble_inventory").read_text()) == made_up.inventory()
    http = json.loads((site / "_http.json").read_text())
    assert http["ivp_ensemble_power"]["status"] == 401
    assert http["ivp_ensemble_power"]["path"] == "/ivp/ensemble/power"
    assert http["ivp_ensemble_power"].keys() == {"path", "status", "headers", "seconds", "at"}
    assert json.loads((site / "capture.json").read_text())["firmware"] == "D8.2.127"
    assert (site / "home").read_bytes() == (
        '{"network": {"wifi": {"ssid": "‹hidden›"}}}\r\n'.encode()
    )
    assert made_up.KEY not in "".join(file.read_text() for file in site.iterdir())
    found = check_capture(site)
    # Both are too short to be what they are called.
    drift = [body.path for body in found.bodies if body.verdict is Verdict.DRIFT]
    assert drift == ["/home", "/ivp/meters"]
    assert found.of(Verdict.UNINTELLIGIBLE) == []


def test_devices_are_others_in_names_and_bodies_alike(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with an_envoy(tmp_path, ANSWERS) as (envoy, _):
        take(envoy, site, redactor=Redactor(), anonymous=Anonymous())

    everything = "".join(f"{file.name} {file.read_text()}" for file in site.iterdir())
    for serial_number in (made_up.GATEWAY, made_up.ENPOWER, made_up.ENCHARGE):
        assert serial_number not in everything
    battery = json.loads((site / "ivp_ensemble_inventory").read_text())[0]["devices"][0]
    assert (site / f"ivp_ensemble_dataraw_{battery['serial_num']}").exists()


def test_a_view_that_is_not_answered_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    answers = ANSWERS | {"GET /home": Say("{}", shorter_by=1)}
    with an_envoy(tmp_path, answers) as (envoy, _):
        taken = take(envoy, tmp_path / "site", redactor=Redactor())

    assert list(taken.no_answer) == ["/home"]
    about = json.loads((tmp_path / "site" / "capture.json").read_text())
    assert list(about["no_answer"]) == ["/home"]
    assert "/ivp/zb/pairing_status" in taken.statuses


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "info").write_text("of another site")
    with (
        an_envoy(tmp_path, ANSWERS) as (envoy, server),
        pytest.raises(SuiteError, match="not empty"),
    ):
        take(envoy, tmp_path / "site", redactor=Redactor())
    assert asked(server) == []
