"""Meters, inverters and records of a site tell what its physics does, to the nanojoule where they can."""

import json
from pathlib import Path

import pytest

from hil.simulator.battery import NJ_PER_WH
from hil.simulator.faces.http_server import HttpFace
from hil.simulator.meters import CONSUMPTION, MADE, NET, USED
from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import answer
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site, with_gateway
from hil.vocabulary.grid import MainsState
from selftest.simulator.access.asking import ask
from selftest.simulator.test_generations import GENERATIONS

SITES = Path(__file__).parents[2] / "sites"
NOON, EVENING = DEFAULT_EPOCH, DEFAULT_EPOCH + 8 * 3600


def site_of(name: str, *, epoch: int = NOON, firmware: str = "8.3.5433") -> Site:
    return build_site(
        with_gateway(load_site(SITES / f"{name}.yaml"), firmware=firmware), epoch=epoch
    )


def said(site: Site, path: str, **query: str) -> object:
    return json.loads(answer(site, Request("GET", path, query)).body)


@pytest.mark.parametrize("name", ["split-phase", "three-phase-emea", "sunny", "large"])
def test_inverters_and_meters_count_what_flows(name: str) -> None:
    """Through an island, its curtailment and the inverters' pause, and the evening after."""
    site = site_of(name)
    site.relay.command(MainsState.OPEN)
    for until_s in (30.0, 400.0, 2_000.0):
        site.world.advance(until_s)
        inverters = site.energy._inverters.by_serial_number.values()
        assert sum(each.power_mw for each in inverters) == site.energy.flows.pv_mw
    site.relay.command(MainsState.CLOSED)
    site.world.advance(30_000.0)
    totals, account = site.energy.counters.totals, site.energy.account_nj
    for measures, flows in ((MADE, ("pv_mw",)), (NET, ("grid_mw",)), (USED, ("pv_mw", "grid_mw"))):
        counted = sum(each.net_nj for each in totals[measures])
        assert counted == sum(account[flow] for flow in flows), measures
    made_nj = sum(each.produced_nj - each.used_nj for each in inverters)
    assert made_nj == account["pv_mw"]


def test_a_meter_that_is_switched_off_counts_and_shows_nothing() -> None:
    site = site_of("split-phase", epoch=EVENING)
    site.energy.ask(load_w=6000)
    site.world.advance(600.0)
    path = f"/ivp/meters/{CONSUMPTION}"
    answer(site, Request("PUT", path, {}, b'{"state": "disabled"}'))
    before = site.energy.counters.totals[NET]
    site.world.advance(1_200.0)
    assert site.energy.counters.totals[NET] == before
    reading = next(r for r in said(site, "/ivp/meters/readings") if r["eid"] == CONSUMPTION)  # type: ignore[attr-defined]
    assert (reading["activePower"], reading["actEnergyDlvd"] > 0) == (0.0, True)
    answer(site, Request("PUT", path, {}, b'{"state": "enabled"}'))
    site.world.advance(1_800.0)
    assert site.energy.counters.totals[NET] != before


def test_a_day_ends_at_midnight_and_the_seven_before_it_are_without_today() -> None:
    site = site_of("split-phase", epoch=EVENING)
    site.world.advance(4 * 3600.0)  # midnight
    first = site.energy.counters.totals[MADE]
    site.world.advance(16 * 3600.0)
    told = said(site, "/api/v1/production")
    page = said(site, "/production.json")["production"][1]  # type: ignore[index]
    lived_wh = site.energy.account_nj["pv_mw"] / NJ_PER_WH
    assert isinstance(told, dict)
    assert told["wattHoursLifetime"] == pytest.approx(lived_wh, abs=2)
    assert told["wattHoursSevenDays"] == sum(each.delivered_nj for each in first) // NJ_PER_WH
    assert told["wattHoursToday"] + told["wattHoursSevenDays"] == pytest.approx(
        told["wattHoursLifetime"], abs=1
    )
    assert page["whToday"] == pytest.approx(told["wattHoursToday"], abs=2)
    heard = next(iter(site.inverter_reports.heard.values()))
    assert heard.days.yesterday > 0
    assert heard.days.today(heard.produced_j) + heard.days.last_seven == heard.produced_j


def test_an_inverter_without_power_is_silent_and_one_at_night_has_said_so() -> None:
    site = site_of("split-phase")
    dark = site.truth.inverters[0].serial_number
    site.energy._inverters.by_serial_number[dark].power_off()
    site.world.advance(4_000.0)
    heard = site.inverter_reports
    assert {serial for serial in heard.heard if not heard.is_heard(serial)} == {dark}
    assert said(site, "/home")["comm"]["pcu"] == {"num": 3, "level": 5}  # type: ignore[index]
    site.world.advance(14 * 3600.0)
    assert not any(heard.is_heard(serial) for serial in heard.heard)
    assert heard.watts == 0 or heard.heard[dark].last.watts == heard.watts


@pytest.mark.parametrize("firmware", GENERATIONS)
def test_records_by_device_came_with_8_2_4(firmware: str) -> None:
    site = site_of("split-phase", firmware=firmware)
    status = answer(site, Request("GET", "/ivp/pdm/device_data")).status
    has_it = site.truth.gateway.firmware >= type(site.truth.gateway.firmware).parse("8.2.4264")
    assert (status == 200) == has_it


def test_a_slow_page_comes_in_chunks_and_is_not_to_be_kept() -> None:
    site = site_of("split-phase")
    face = HttpFace(handle=lambda asked: answer(site, asked), date=lambda: site.world.unix_time)
    face.start()
    try:
        page = ask(f"http://127.0.0.1:{face.port}", "/production.json?details=1")
    finally:
        face.close()
    assert page.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in page.headers
    assert (page.headers["cache-control"], page.headers["expires"]) == ("no-cache", "1")
    assert json.loads(page.body)["production"][1]["lines"]
    assert b": " not in page.body
