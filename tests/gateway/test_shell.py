"""What the gateway shows to somebody who is on its shell: files, access point mode, its own web server."""

import json

import pytest

from hil.consoles.gateway_shell import GatewayShell
from hil.envoy.client import Envoy
from hil.errors import CommandRefused
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.waiting import Waiting

pytestmark = pytest.mark.needs("gateway_shell")

AGENT_FILE = "/var/opt/agf/zigbee_agent_cfg.json"
RELAXED_PARAMETERS = "/var/opt/agf/mm_profile.json"

SAID_EVERYWHERE = (
    "/ivp/ensemble/inventory",
    "/ivp/zb/pairing_status",
    "/ivp/ss/pel_settings",
    "/ivp/no/such/path",
)
"""Nothing in them moves while nobody does anything, or is left out below."""


@pytest.mark.promise("GW-020")
def test_the_list_of_versions_names_what_runs(
    rig: Rig, envoy: Envoy, gateway_shell: GatewayShell
) -> None:
    listed = gateway_shell.versions()

    gateway = str(envoy.info.read().firmware)
    assert gateway in listed, f"{gateway_shell.gateway}: its own {gateway} is not in {listed!r}"
    for node in rig.nodes:
        runs = node.devinfo().app_firmware
        assert runs in listed, f"{node.name}: its {runs} is not in {listed!r}"


@pytest.mark.promise("GW-021")
def test_the_agents_file_is_there_while_the_site_is_sealed(
    envoy: Envoy, gateway_shell: GatewayShell
) -> None:
    handed_out = envoy.view("/ivp/zb/commission")
    held = gateway_shell.read(AGENT_FILE)
    # Never shown by the failure: both hold every link key.
    is_the_same = held is not None and json.loads(held) == json.loads(handed_out.text)
    assert is_the_same, f"{gateway_shell.gateway}: {AGENT_FILE} is not what GET commission gives"

    envoy.zigbee.reopen()
    try:
        is_there = gateway_shell.has(AGENT_FILE)
    finally:
        envoy.zigbee.commission()

    assert not is_there, f"{gateway_shell.gateway}: unsealed, and {AGENT_FILE} is there"
    assert gateway_shell.has(AGENT_FILE), f"{gateway_shell.gateway}: sealed, no {AGENT_FILE}"


@pytest.mark.promise("GW-022")
def test_relaxed_parameters_are_a_file(envoy: Envoy, gateway_shell: GatewayShell) -> None:
    relaxed = envoy.grid_profile.relaxed_parameters
    before = relaxed.read()
    wanted = {"vrt": {"PTUV1": [{"x": 1000, "y": 45.5}]}}

    try:
        relaxed.add(wanted)
        held = gateway_shell.read(RELAXED_PARAMETERS)
        relaxed.delete()
        left = gateway_shell.read(RELAXED_PARAMETERS)
    finally:
        relaxed.put_back(before)

    assert held is not None, f"{gateway_shell.gateway}: added, no {RELAXED_PARAMETERS}"
    assert json.loads(held) == wanted, f"{gateway_shell.gateway}: {RELAXED_PARAMETERS} differs"
    assert left is None, f"{gateway_shell.gateway}: deleted, {RELAXED_PARAMETERS} is {left!r}"


@pytest.mark.promise("GW-023")
def test_access_point_mode_shows_as_its_flag(
    gateway_shell: GatewayShell, promise: Promise, wait: Waiting
) -> None:
    gateway_shell.start_access_point()
    try:
        wait.until(
            gateway_shell.access_point_is_on,
            lambda on: on,
            what=f"{gateway_shell.gateway}: access point mode shows",
            measures="time to show access point mode",
            within_s=promise["shown_within_s"],
        )
    finally:
        gateway_shell.stop_access_point()
    wait.until(
        gateway_shell.access_point_is_on,
        lambda on: not on,
        what=f"{gateway_shell.gateway}: access point mode is over",
        measures="time to end access point mode",
        within_s=promise["shown_within_s"],
    )


@pytest.mark.promise("GW-045")
def test_a_word_that_the_wireless_script_does_not_know_is_refused(
    gateway_shell: GatewayShell,
) -> None:
    before = gateway_shell.access_point_is_on()

    with pytest.raises(CommandRefused):
        gateway_shell.wireless("startEverything")

    is_on = gateway_shell.access_point_is_on()
    assert is_on == before, f"{gateway_shell.gateway}: its access point was switched by no word"


@pytest.mark.promise("GW-024")
@pytest.mark.needs("gateway_wire")  # or it would be compared with itself
@pytest.mark.parametrize("path", SAID_EVERYWHERE)
def test_asked_from_its_shell_it_says_the_same(
    envoy: Envoy, gateway_shell: GatewayShell, path: str
) -> None:
    over_lan = envoy.view(path)
    from_within = gateway_shell.ask_web_server(path)

    assert from_within.status == over_lan.status, (
        f"{gateway_shell.gateway}: GET {path}: {from_within.status} from its shell, "
        f"{over_lan.status} over the LAN"
    )
    assert _still(from_within.content) == _still(over_lan.text.encode()), (
        f"{gateway_shell.gateway}: GET {path} from its shell says otherwise than over the LAN"
    )


def _still(body: bytes) -> object:
    """A document without what moves by itself: reports, charge, signal."""
    return _without_moving(json.loads(body))


def _without_moving(value: object) -> object:
    if isinstance(value, dict):
        return {
            key: _without_moving(each)
            for key, each in value.items()
            if not any(word in key for word in ("rpt", "percentFull", "temperature", "comm_level"))
        }
    return [_without_moving(each) for each in value] if isinstance(value, list) else value
