"""The client over a real connection: what it asks, and what it makes of the answers."""

import json
from pathlib import Path

import pytest

from hil.errors import (
    NotAnEnvoy,
    NotOffered,
    Refused,
    Unavailable,
    Unintelligible,
)
from hil.vocabulary.grid import MainsState
from hil.vocabulary.identity import Firmware
from selftest.envoy import made_up
from selftest.envoy.made_up import ENCHARGE, ENPOWER, GATEWAY, an_envoy, asked, sent, written
from selftest.transports.scripted_server import Say


def test_info_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    with an_envoy(tmp_path, {}) as (envoy, _):
        info = envoy.info.read()

    assert (info.serial_number, info.part_number) == (GATEWAY, "800-00555-r03")
    assert (info.software, info.firmware) == ("D8.2.127", Firmware.parse("8.2.127"))
    assert (info.time, info.has_meters, info.web_tokens) == (1790000000, True, True)
    assert info.packages["app"].version == "08.02.127"
    assert info.build == {"build_id": "made-up", "build_time_gmt": "1780000000"}
    assert info.raw == made_up.info()


def test_info_of_old_firmware_says_less(tmp_path: Path) -> None:
    page = made_up.info("R4.10.35", web_tokens="").replace("<imeter>true</imeter>", "")
    with an_envoy(tmp_path, {"GET /info": Say(page)}) as (envoy, _):
        info = envoy.info.read()
    assert (str(info.firmware), info.has_meters, info.web_tokens) == ("4.10.35", None, False)


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("<envoy_info>", "no XML: no element found"),
        (made_up.info().replace(f"<sn>{GATEWAY}</sn>", ""), "device/sn missing"),
        (made_up.info("latest"), "device/software: 'latest' is no firmware version"),
        (made_up.info().replace("1790000000", "soon"), "time: UNIX seconds expected, not 'soon'"),
        (made_up.info(web_tokens=""), r"web-tokens missing \(required since firmware 7.0\)"),
        (
            made_up.info(web_tokens="<web-tokens>1</web-tokens>"),
            "web-tokens: true or false expected",
        ),
    ],
)
def test_an_info_page_that_cannot_be_understood_says_why(
    tmp_path: Path, page: str, problem: str
) -> None:
    with (
        an_envoy(tmp_path, {"GET /info": Say(page)}) as (envoy, _),
        pytest.raises(Unintelligible, match=f"/info: the answer .* understood: {problem}"),
    ):
        envoy.info.read()


def test_a_web_page_at_info_is_not_an_envoy(tmp_path: Path) -> None:
    with (
        an_envoy(tmp_path, {"GET /info": Say("<html>printer</html>")}) as (envoy, server),
        pytest.raises(NotAnEnvoy) as caught,
    ):
        envoy.info.read()
    address = server.url.removeprefix("http://")
    assert str(caught.value).startswith(f"envoy at {address}: GET {server.url}/info: 200, but a")


def test_the_firmware_is_asked_for_once_and_before_the_first_body_is_read(tmp_path: Path) -> None:
    with an_envoy(tmp_path, {"GET /ivp/ensemble/relay": made_up.relay()}) as (envoy, server):
        envoy.ensemble.relay()
        envoy.ensemble.relay()
        assert asked(server) == ["GET /ivp/ensemble/relay", "GET /info", "GET /ivp/ensemble/relay"]


def test_a_body_is_held_to_the_firmware_that_the_gateway_runs(tmp_path: Path) -> None:
    answers = {"GET /ivp/ensemble/relay": made_up.relay()}
    with (
        an_envoy(tmp_path, answers, firmware="D8.2.4286") as (envoy, server),
        pytest.raises(Unintelligible) as caught,
    ):
        envoy.ensemble.relay()
    assert str(caught.value).splitlines()[:2] == [
        f"envoy {GATEWAY}: GET {server.url}/ivp/ensemble/relay: the answer (200) cannot be "
        "understood: $.srt12_state missing (required since firmware 8.2.4286)",
        "  also: $.srt13_state missing (required since firmware 8.2.4286)",
    ]


def test_an_error_is_told_without_asking_for_the_firmware(tmp_path: Path) -> None:
    answers = {"GET /ivp/ensemble/relay": Say("busy", 503)}
    with an_envoy(tmp_path, answers) as (envoy, server):
        with pytest.raises(Unavailable):
            envoy.ensemble.relay()
        assert asked(server) == ["GET /ivp/ensemble/relay"]


def test_an_endpoint_that_is_not_there_is_not_offered(tmp_path: Path) -> None:
    with an_envoy(tmp_path, {}) as (envoy, _), pytest.raises(NotOffered) as caught:
        envoy.ensemble.devices()
    assert (caught.value.status, caught.value.body) == (404, '{"err": "404 - Not Found"}')


def test_the_inventory_is_batteries_then_switches(tmp_path: Path) -> None:
    with an_envoy(tmp_path, {"GET /ivp/ensemble/inventory": made_up.inventory()}) as (envoy, _):
        inventory = envoy.ensemble.inventory()

    assert inventory.serial_numbers == [ENCHARGE, ENPOWER]
    assert inventory.encharges[0].percent_full == 62
    assert inventory.enpowers[0].mains_oper_state is MainsState.CLOSED
    assert inventory.device(ENPOWER).communicating
    with pytest.raises(Unintelligible, match=f"does not list 1; it lists {ENCHARGE}, {ENPOWER}"):
        inventory.device("1")


def test_a_site_without_ensemble_hardware_has_an_empty_inventory(tmp_path: Path) -> None:
    with an_envoy(tmp_path, {"GET /ivp/ensemble/inventory": Say("[]")}) as (envoy, _):
        assert envoy.ensemble.inventory().devices == []


@pytest.mark.parametrize("word", ["open", "closed"])
def test_the_relay_is_commanded_by_its_word(tmp_path: Path, word: str) -> None:
    answers = {"POST /ivp/ensemble/relay": made_up.relay(mains_admin_state=word)}
    with an_envoy(tmp_path, answers) as (envoy, server):
        command = envoy.ensemble.open_relay if word == "open" else envoy.ensemble.close_relay
        assert command().mains_admin_state == word
        assert sent(server) == {"mains_admin_state": word}


@pytest.mark.parametrize("body", [{"mains_admin_state": "ajar"}, "{cut", b"\xff"])
def test_an_illegal_command_goes_out_as_it_is(tmp_path: Path, body: object) -> None:
    answers = {"POST /ivp/ensemble/relay": Say('{"err": "400 - Bad Request"}', 400)}
    with an_envoy(tmp_path, answers) as (envoy, server):
        with pytest.raises(Refused):
            envoy.ensemble.command_relay(body)  # type: ignore[arg-type]
        raw = json.dumps(body).encode() if isinstance(body, dict) else body
        assert server.heard[0].body == (raw.encode() if isinstance(raw, str) else raw)


def test_drift_is_collected_by_path_and_told_once(tmp_path: Path) -> None:
    answers = {"GET /ivp/ensemble/relay": made_up.relay(der4_state=0, der5_state=1)}
    with an_envoy(tmp_path, answers) as (envoy, _):
        envoy.ensemble.relay()
        envoy.ensemble.relay()
        assert envoy.drift == {"/ivp/ensemble/relay": {"$.der4_state", "$.der5_state"}}

    told = f"envoy {GATEWAY}: drift in GET /ivp/ensemble/relay: $.der4_state, $.der5_state"
    assert written(tmp_path).count(told) == 1
