"""What the simulated gateway says is what its firmware says: the client's view, and captures."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.clock import JumpingClock
from hil.envoy.client import Envoy
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.simulator.faces.http_server import HttpFace
from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import answer
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site, with_gateway
from hil.transports.http import Http
from selftest.simulator.test_real_shapes import SITES, real, shape

GENERATIONS = (
    "6.2.0",
    "7.3.517",
    "7.6.185",
    "8.1.41",
    "8.2.127",
    "8.2.4286",
    "8.3.1598",
    "8.3.5433",
    "8.3.6086",
)


def site_of(firmware: str, name: str = "split-phase-generator") -> Site:
    truth = with_gateway(load_site(SITES / f"{name}.yaml"), firmware=firmware)
    return build_site(truth, epoch=DEFAULT_EPOCH)


@pytest.fixture(params=GENERATIONS)
def envoy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Envoy]:
    site = site_of(request.param)
    face = HttpFace(
        handle=lambda asked: answer(site, asked),
        date=lambda: site.world.unix_time,
        firmware=site.truth.gateway.firmware,
    )
    face.start()
    file = tmp_path / "timeline.jsonl"
    with (
        Timeline(file, now=lambda: 0.0, redactor=Redactor()) as timeline,
        Http(f"http://127.0.0.1:{face.port}", clock=JumpingClock(), timeline=timeline) as http,
    ):
        yield Envoy(http)
    face.close()


def test_every_view_is_understood_without_drift(envoy: Envoy) -> None:
    assert envoy.info.read().firmware == envoy.firmware
    assert len(envoy.ensemble.inventory().devices) == 3
    assert envoy.ensemble.relay() == envoy.ensemble.status().relay
    envoy.ensemble.secondary_control()
    envoy.ensemble.generator()
    envoy.livedata.status()
    envoy.tariff.read()
    envoy.site_settings.dry_contact.read()
    assert envoy.drift == {}


CAPTURES = {
    # Where the capture has the devices that the simulated site has.
    "7.3.517_system_2": ("inventory", "secctrl", "generator", "relay", "settings"),
    "8.1.41": ("inventory", "secctrl", "relay", "settings"),
    "8.2.127_with_generator_running": ("inventory", "secctrl", "relay", "settings"),
    "8.2.4286_with_3cts_and_battery_split": ("inventory", "secctrl", "relay", "settings"),
    "8.3.5433_tot_is_net_cons": ("secctrl", "generator", "relay", "settings"),
}
PATHS = {
    "inventory": "/ivp/ensemble/inventory",
    "secctrl": "/ivp/ensemble/secctrl",
    "generator": "/ivp/ensemble/generator",
    "relay": "/ivp/ensemble/relay",
    "settings": "/ivp/ss/dry_contact_settings",
}


def names_in(body: object) -> set[str]:
    """Every key; those of all dry contacts together, whatever a contact is used for."""
    names = {leaf.partition(":")[0] for leaf in shape(body)}
    return {re.sub(r"\[(LOAD|NONE|PV|3RD-PV)\]", "[]", name) for name in names}


@pytest.mark.parametrize(
    ("capture", "what"), [(name, each) for name, all_ in CAPTURES.items() for each in all_]
)
def test_a_body_has_the_keys_of_the_capture_of_its_firmware(capture: str, what: str) -> None:
    path = PATHS[what]
    site = site_of(capture.partition("_")[0], "split-phase")
    found = json.loads(answer(site, Request("GET", path)).body)
    if what == "relay":  # the captures have it in the status
        expected = json.loads(real(f"{capture}/ivp_ensemble_status"))["relay"]
    else:
        expected = json.loads(real(f"{capture}/{path.strip('/').replace('/', '_')}"))
    assert names_in(found) == names_in(expected)


@pytest.mark.parametrize(
    "path", ["/ivp/ensemble/power", "/ivp/ensemble/status", "/ivp/ss/gen_config", "/ivp/sc/pvlimit"]
)
def test_firmware_without_ensemble_says_so_as_captured(path: str) -> None:
    said = answer(site_of("5.0.62"), Request("GET", path))
    name = path.strip("/").replace("/", "_")
    assert said.body.decode() == real(f"5.0.62/{name}")
    headers = json.loads(real("5.0.62/_http.json"))[name]
    assert (said.status, said.content_type) == (
        headers["status"],
        headers["headers"].get("content-type"),
    )


def test_old_clients_may_leave_out_what_only_later_firmware_knows() -> None:
    site = site_of("8.3.5433")
    shown = json.loads(answer(site, Request("GET", PATHS["settings"])).body)["dry_contacts"][0]
    late = {"safe_state_action", "black_start_retries", "action_retries", "pv_phase_select"}
    sent = {name: value for name, value in shown.items() if name not in late}
    body = json.dumps({"dry_contacts": sent | {"load_name": "Sauna"}}).encode()
    said = answer(site, Request("POST", PATHS["settings"], {}, body))
    assert json.loads(said.body)["dry_contacts"][0] == shown | {"load_name": "Sauna"}
