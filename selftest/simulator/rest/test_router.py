"""Who answers what, and what is said where nobody does."""

from pathlib import Path

import pytest

from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import ROUTES, answer, response_s
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site

TRUTH = load_site(Path(__file__).parents[3] / "sites" / "split-phase.yaml")


@pytest.fixture
def site() -> Site:
    return build_site(TRUTH)


@pytest.mark.parametrize(
    "path", ["/", "/ivp/nothing", "/ivp/ensemble/inventory/", "/IVP/zb/status"]
)
def test_an_unknown_path_gets_the_404_of_firmware_7(site: Site, path: str) -> None:
    reply = answer(site, Request("GET", path))
    assert (reply.status, reply.body) == (404, b'{"err": "404 - Not Found"}')
    assert reply.content_type is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/ivp/ensemble/relay"),
        ("POST", "/ivp/ensemble/inventory"),
        ("GET", "/ivp/zb/provision"),
        ("GET", "/ivp/livedata/stream"),
        ("HEAD", "/info"),
    ],
)
def test_another_method_gets_the_405_of_firmware_7(site: Site, method: str, path: str) -> None:
    reply = answer(site, Request(method, path))
    assert (reply.status, reply.body) == (405, b'{"err": "405 - Method Not Allowed"}')
    assert reply.content_type is None


def test_native_processes_tell_no_content_type(site: Site) -> None:
    typed = {
        path
        for method, path in ROUTES
        if method == "GET" and answer(site, Request(method, path)).content_type is not None
    }
    assert {path for path in typed if path.startswith("/ivp/")} == set()
    pages = {
        "/home",
        "/home.json",
        "/inventory",
        "/inventory.json",
        "/production",
        "/production.json",
    }
    api = {"/api/v1/production", "/api/v1/production/inverters"}
    assert typed == {"/info", "/info.xml"} | pages | api


def test_every_hit_is_counted(site: Site) -> None:
    for _ in range(3):
        answer(site, Request("GET", "/ivp/ensemble/relay"))
    answer(site, Request("POST", "/ivp/ensemble/relay", {}, b""))
    assert site.rest_hits["GET", "/ivp/ensemble/relay"] == 3
    assert site.rest_hits["POST", "/ivp/ensemble/relay"] == 1


def test_livedata_takes_longer_than_the_rest(site: Site) -> None:
    livedata, relay = (Request("GET", f"/ivp/{p}") for p in ("livedata/status", "ensemble/relay"))
    assert response_s(site, livedata) > response_s(site, relay) > 0
