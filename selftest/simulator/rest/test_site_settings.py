"""The export limit: legal values are stored whole, illegal ones not at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import answer
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site

TRUTH = load_site(Path(__file__).parents[3] / "sites" / "split-phase.yaml")
PATH = "/ivp/ss/pel_settings"
LEGAL = {
    "PEL": True,
    "Hard_PEL": False,
    "Soft_PEL": True,
    "Export_Limit_Type": "Aggregate",
    "percent": False,
    "apparent": False,
    "PEL_Limit": 3000.0,
    "Comm_Time_Loss": 120_000.0,
    "Resp_Time_SoftPEL": 5000.0,
    "Resp_Time_HardPEL": 0.0,
    "msReset_HardPEL": 0.0,
    "PEL_db": 50.0,
}


@pytest.fixture
def site() -> Site:
    return build_site(TRUTH)


def read(site: Site) -> Any:
    return json.loads(answer(site, Request("GET", PATH)).body)


def post(site: Site, body: object) -> tuple[int, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = answer(site, Request("POST", PATH, {}, raw))
    return reply.status, json.loads(reply.body)


def test_what_is_written_is_answered_and_read_back(site: Site) -> None:
    assert read(site) != LEGAL
    assert post(site, {"pel_settings": LEGAL}) == (200, LEGAL)
    assert read(site) == LEGAL


def test_a_part_leaves_the_rest_as_it_was(site: Site) -> None:
    post(site, {"pel_settings": LEGAL})
    status, body = post(site, {"pel_settings": {"PEL_Limit": 2500}})
    assert (status, body) == (200, LEGAL | {"PEL_Limit": 2500.0})


def test_integers_are_taken_and_come_back_as_floats(site: Site) -> None:
    post(site, {"pel_settings": {"PEL_Limit": 3000, "Comm_Time_Loss": 120000}})
    assert b'"PEL_Limit": 3000.0,' in answer(site, Request("GET", PATH)).body


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"PEL_Limit": -1}, "PEL_Limit"),
        ({"Comm_Time_Loss": -0.5}, "Comm_Time_Loss"),
        ({"Resp_Time_SoftPEL": -1}, "Resp_Time_SoftPEL"),
        ({"PEL_Limit": "3000"}, "PEL_Limit"),
        ({"PEL_Limit": True}, "PEL_Limit"),
        ({"PEL_Limit": None}, "PEL_Limit"),
        ({"PEL": 1}, "PEL"),
        ({"PEL": "true"}, "PEL"),
        ({"percent": True, "PEL_Limit": 100.1}, "PEL_Limit"),
        ({"Export_Limit_Type": "Phase"}, "Export_Limit_Type"),
        ({"pel_limit": 1}, "pel_limit"),
        ({"PEL": True, "PEL_Limit": -1}, "PEL_Limit"),
    ],
)
def test_an_illegal_value_is_refused_by_name_and_nothing_is_stored(
    site: Site, changes: dict[str, object], named: str
) -> None:
    before = read(site)
    status, body = post(site, {"pel_settings": changes})
    assert (status, body["err"]) == (400, "400 - Bad Request")
    assert named in body["msg"]
    assert read(site) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON",
        b'{"pel_settings": {"PEL_Limit": NaN}}',
        b'{"pel_settings": {"PEL_Limit": 1e999}}',
        [],
        {},
        {"pel_settings": {}},
        {"pel_settings": [1]},
        {"PEL": True},
    ],
)
def test_a_body_without_settings_is_refused(site: Site, body: object) -> None:
    before = read(site)
    status, answered = post(site, body)
    assert (status, answered["err"]) == (400, "400 - Bad Request")
    assert answered["msg"]
    assert read(site) == before


def test_a_percent_limit_that_is_on_already_counts(site: Site) -> None:
    post(site, {"pel_settings": {"percent": True, "PEL_Limit": 80}})
    assert post(site, {"pel_settings": {"PEL_Limit": 101}})[0] == 400
    assert read(site)["PEL_Limit"] == 80.0
