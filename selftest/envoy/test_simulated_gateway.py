"""Client and simulated gateway were written apart, from docs/wires; here they meet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.clock import JumpingClock
from hil.envoy.client import Envoy
from hil.envoy.zigbee import ProvisionItem
from hil.errors import NotOffered, Refused
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.simulator.faces.http_server import HttpFace
from hil.simulator.rest.router import answer
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site
from hil.transports.http import Http

SITE_FILE = Path(__file__).parents[2] / "sites" / "split-phase.yaml"


@pytest.fixture(scope="module")
def site() -> Site:
    return build_site(load_site(SITE_FILE), epoch=1_790_000_000)


@pytest.fixture(scope="module")
def envoy(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Envoy]:
    face = HttpFace(handle=lambda request: answer(site, request), date=lambda: site.world.unix_time)
    face.start()
    file = tmp_path_factory.mktemp("envoy") / "timeline.jsonl"
    with (
        Timeline(file, now=lambda: 0.0, redactor=Redactor()) as timeline,
        Http(f"http://127.0.0.1:{face.port}", clock=JumpingClock(), timeline=timeline) as http,
    ):
        yield Envoy(http)
    face.close()


def test_every_view_is_understood_without_drift(envoy: Envoy, site: Site) -> None:
    serial_numbers = {truth.serial_number for truth in site.truth.nodes}

    assert envoy.info.read().serial_number == site.truth.gateway.serial_number
    assert set(envoy.ensemble.inventory().serial_numbers) == serial_numbers
    assert set(envoy.ensemble.status().inventory.serial_nums) == serial_numbers
    assert envoy.ensemble.relay() == envoy.ensemble.status().relay
    assert set(envoy.ensemble.devices().serial_numbers) == serial_numbers
    assert set(envoy.zigbee.status().joined_serial_numbers) == serial_numbers
    assert set(envoy.zigbee.pairing_status().states) == serial_numbers
    assert set(envoy.zigbee.agent_file().link_keys) == serial_numbers
    assert envoy.grid_profile.arf().id == envoy.grid_profile.active().profile.meid
    assert envoy.livedata.status().meters.phase_count == 2
    assert envoy.site_settings.pel.read().is_on is False
    assert envoy.drift == {}


@pytest.mark.parametrize("kind", ["fpf", "vrt", "frt", "tpm"])
def test_every_record_is_the_active_profiles(envoy: Envoy, site: Site, kind: str) -> None:
    active = envoy.grid_profile.active().profile
    for inverter in site.truth.inverters:
        record = envoy.grid_profile.record(inverter.eid, kind)  # type: ignore[arg-type]
        assert record.content == active.content(kind)  # type: ignore[arg-type]


def test_an_inverter_that_is_not_there_is_not_offered(envoy: Envoy) -> None:
    with pytest.raises(NotOffered):
        envoy.grid_profile.record(7)


def test_commands_and_refusals_are_understood(envoy: Envoy) -> None:
    assert envoy.ensemble.open_relay().mains_admin_state == "open"
    assert envoy.ensemble.close_relay().mains_admin_state == "closed"
    with pytest.raises(Refused, match="mains_admin_state"):
        envoy.ensemble.command_relay({"mains_admin_state": "ajar"})
    with envoy.site_settings.pel.changed({"PEL": True, "PEL_Limit": 1500.0}) as settings:
        assert settings.limit == 1500.0
    assert envoy.site_settings.pel.read().limit == 0.0
    with pytest.raises(Refused):
        envoy.site_settings.pel.write({})


def test_results_of_provisioning_are_understood(envoy: Envoy) -> None:
    envoy.zigbee.reopen()
    answer = envoy.zigbee.provision([ProvisionItem(serial_num="12203")])
    assert (answer.ok, answer.results["12203"].reason) == (False, "invalid serial")
    assert envoy.zigbee.deprovision(["122000000999"]).results["122000000999"].reason == "not found"
    with pytest.raises(Refused):
        envoy.zigbee.provision_raw("{cut")
    assert envoy.zigbee.commission().status == "sealed"
