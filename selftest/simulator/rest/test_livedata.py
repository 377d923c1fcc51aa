"""Powers on the wire: every quantity adds up, whatever the relay does."""

import json
from pathlib import Path
from typing import Any

import pytest

from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.rest.router import answer
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site
from hil.vocabulary.grid import MainsState

TRUTH = load_site(Path(__file__).parents[3] / "sites" / "split-phase.yaml")


@pytest.fixture
def site() -> Site:
    return build_site(TRUTH, epoch=DEFAULT_EPOCH)


def status(site: Site) -> Any:
    return json.loads(answer(site, Request("GET", "/ivp/livedata/status")).body)


def stream(site: Site, body: bytes) -> Answer:
    return answer(site, Request("POST", "/ivp/livedata/stream", {}, body))


def power_keys() -> list[str]:
    real = ["agg_p_mw", *(f"agg_p_ph_{leg}_mw" for leg in "abc")]
    return [*real, "agg_s_mva", *(f"agg_s_ph_{leg}_mva" for leg in "abc")]


def test_at_every_second_of_an_island_everything_adds_up(site: Site) -> None:
    relay_states = []
    for second in range(1, 200):
        if second in (5, 120):
            site.relay.command(MainsState.OPEN if second == 5 else MainsState.CLOSED)
        site.world.advance(second)
        meters = status(site)["meters"]
        for key in power_keys():
            sources = sum(meters[name][key] for name in ("pv", "storage", "grid", "generator"))
            assert meters["load"][key] == sources
        for name in ("pv", "storage", "grid", "load", "generator"):
            legs = [meters[name][f"agg_p_ph_{leg}_mw"] for leg in "abc"]
            assert meters[name]["agg_p_mw"] == sum(legs)
            assert legs[2] == 0
        assert meters["main_relay_state"] == (0 if site.relay.is_open else 1)
        if site.relay.is_open:
            assert {meters["grid"][key] for key in power_keys()} == {0}
        relay_states.append(meters["main_relay_state"])
    assert set(relay_states) == {0, 1}


def test_the_charge_is_that_of_secondary_control(site: Site) -> None:
    meters = status(site)["meters"]
    control = json.loads(answer(site, Request("GET", "/ivp/ensemble/secctrl")).body)
    assert meters["soc"] == meters["enc_agg_soc"] == control["ENC_agg_soc"]
    assert meters["enc_agg_energy"] == control["ENC_agg_avail_energy"]
    assert meters["backup_soc"] == control["configured_backup_soc"]


def test_it_is_as_fresh_as_the_second(site: Site) -> None:
    site.world.advance(17.4)
    assert status(site)["meters"]["last_update"] == 1_748_865_617


def test_the_four_dry_contacts_share_one_empty_key(site: Site) -> None:
    text = answer(site, Request("GET", "/ivp/livedata/status")).body.decode()
    contacts: list[list[str]] = []

    def remember(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if pairs and all(key == "" for key, _ in pairs):
            contacts.append([key for key, _ in pairs])
        return dict(pairs)

    json.loads(text, object_pairs_hook=remember)
    assert contacts == [["", "", "", ""]]


def test_the_stream_is_switched_and_shown(site: Site) -> None:
    assert status(site)["connection"]["sc_stream"] == "enabled"
    assert json.loads(stream(site, b'{"enable": 0}').body) == {"sc_stream": "disabled"}
    assert status(site)["connection"]["sc_stream"] == "disabled"
    assert json.loads(stream(site, b"{ }").body) == {"sc_stream": "enabled"}
    assert status(site)["connection"]["sc_stream"] == "enabled"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"enable": 2}', b'{"enable": true}', b'{"enable": "1"}']
)
def test_an_illegal_switch_is_refused(site: Site, body: bytes) -> None:
    assert stream(site, body).status == 400
    assert status(site)["connection"]["sc_stream"] == "enabled"


def test_its_own_hits_are_among_its_counters(site: Site) -> None:
    hits = [status(site)["counters"]["rest_Status"] for _ in range(3)]
    assert hits == [1, 2, 3]
