"""The grid profile as the gateway and each inverter tell it."""

import json
from pathlib import Path
from typing import Any

import pytest

from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.rest.router import answer
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site

TRUTH = load_site(Path(__file__).parents[3] / "sites" / "split-phase.yaml")
KINDS = ("fpf", "vrt", "frt", "tpm")


@pytest.fixture
def site() -> Site:
    return build_site(TRUTH, epoch=DEFAULT_EPOCH)


def get(site: Site, path: str, **query: str) -> Any:
    reply = ask(site, path, **query)
    assert reply.status == 200
    return json.loads(reply.body)


def ask(site: Site, path: str, **query: str) -> Answer:
    return answer(site, Request("GET", path, query))


def record(site: Site, eid: int, kind: str) -> Any:
    query = {"tpm": "true"} if kind == "tpm" else {"agf": kind}
    return get(site, "/ivp/adc/record", eid=str(eid), **query)


def test_arf_names_the_active_profile(site: Site) -> None:
    assert get(site, "/ivp/arf/profile") == {
        "name": TRUTH.profile.name,
        "id": TRUTH.profile.id,
        "version": TRUTH.profile.version,
        "item_count": 3071,
    }


def test_the_active_profile_shows_the_records_of_the_site_file(site: Site) -> None:
    body = get(site, "/ivp/grest/profile/active")
    assert (body["pf-status"], body["is-activated"]) == ("pf-status-closed", True)
    assert body["profile"]["meid"] == TRUTH.profile.id
    for kind in KINDS:
        assert body["profile"][kind] == getattr(TRUTH.profile, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_inverter_carries_every_record_of_the_active_profile(site: Site, kind: str) -> None:
    active = get(site, "/ivp/grest/profile/active")["profile"][kind]
    for inverter in TRUTH.inverters:
        assert record(site, inverter.eid, kind) == {
            "eid": inverter.eid,
            "serial_num": inverter.serial_number,
            "profile": {"id": TRUTH.profile.id, "version": TRUTH.profile.version},
            "record": kind,
            kind: active,
        }


def test_without_a_kind_all_four_come(site: Site) -> None:
    body = get(site, "/ivp/adc/record", eid=str(TRUTH.inverters[0].eid))
    assert set(KINDS) <= set(body)


@pytest.mark.parametrize("eid", ["", "1", "x", f"{TRUTH.inverters[0].eid}0"])
def test_an_unknown_eid_is_not_found(site: Site, eid: str) -> None:
    reply = ask(site, "/ivp/adc/record", eid=eid, agf="vrt")
    assert (reply.status, reply.body) == (404, b'{"err": "404 - Not Found"}')


@pytest.mark.parametrize("kind", ["", "xyz", "tpm", "all"])
def test_an_unknown_kind_is_refused(site: Site, kind: str) -> None:
    reply = ask(site, "/ivp/adc/record", eid=str(TRUTH.inverters[0].eid), agf=kind)
    assert reply.status == 400


def test_with_the_defect_only_the_last_inverter_differs() -> None:
    defective = build_site(TRUTH, defects=("inverter-keeps-old-profile",))
    wrong = {
        (inverter.serial_number, kind)
        for inverter in TRUTH.inverters
        for kind in KINDS
        if record(defective, inverter.eid, kind)[kind] != getattr(TRUTH.profile, kind)
    }
    last = TRUTH.inverters[-1].serial_number
    assert wrong == {(last, "vrt"), (last, "frt"), (last, "tpm")}
    assert get(defective, "/ivp/arf/profile") == get(build_site(TRUTH), "/ivp/arf/profile")


def select(site: Site, body: bytes) -> Answer:
    return answer(site, Request("PUT", "/installer/agf/set_profile.json", {}, body))


def test_another_profile_is_accepted_at_once_and_carried_later(site: Site) -> None:
    other, eid = TRUTH.previous_profile, TRUTH.inverters[0].eid
    reply = select(site, json.dumps({"selected_profile": f"{other.name}:{other.version}"}).encode())
    assert (reply.status, json.loads(reply.body)["message"][-9:]) == (200, "accepted.")
    assert get(site, "/ivp/arf/profile")["name"] == other.name
    assert record(site, eid, "vrt")["profile"]["id"] == TRUTH.profile.id
    site.world.advance(3600)
    assert record(site, eid, "vrt")["profile"]["id"] == other.id


@pytest.mark.parametrize(
    ("body", "status"),
    [(b'{"selected_profile": "nobody:1"}', 200), (b"{}", 200), (b"no JSON", 400)],
)
def test_what_is_no_profile_is_told_and_changes_nothing(
    site: Site, body: bytes, status: int
) -> None:
    reply = select(site, body)
    assert reply.status == status
    assert b"accepted" not in reply.body
    assert site.profile.active == TRUTH.profile
    assert site.profile.is_settled
