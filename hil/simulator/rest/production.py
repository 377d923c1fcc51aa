"""`/production`, `/production.json` and `/api/v1/production`: what was made and used.

Source of the shapes, and of what equals what: public captures of 5.0.62 to 8.3.5433.
"""

from collections.abc import Callable, Mapping, Sequence

from pydantic_core import to_json

from hil.simulator.battery import NJ_PER_WH
from hil.simulator.interval_records import Kind
from hil.simulator.meters import MADE, NET, USED
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.rest.meter_channels import Channel, channels, together, total_channels
from hil.simulator.rest.slow_pages import slow_page
from hil.simulator.site import Site

J_PER_WH = 3600


def production_page(site: Site, request: Request) -> Answer:
    """Inverters, meters and AC batteries; with `details=1` also leg by leg."""
    with_lines = request.query.get("details") == "1"
    if not is_metered(site):
        return slow_page({"production": [_inverters(site)], "storage": [_NO_AC_BATTERIES]})
    return slow_page(
        {
            "production": [_inverters(site), _production(site, with_lines=with_lines)],
            "consumption": [
                _total(site, with_lines=with_lines),
                _net(site, with_lines=with_lines),
            ],
            "storage": [_NO_AC_BATTERIES],
        }
    )


_NO_AC_BATTERIES = {
    "type": "acb",
    "activeCount": 0,
    "readingTime": 0,
    "wNow": 0,
    "whNow": 0,
    "state": "idle",
}
"""No simulated site has any; Encharges are not among them (all captures)."""


def is_metered(site: Site) -> bool:
    """Whether a meter measures production."""
    return any(meter.measures == MADE for meter in site.meters.values())


def totals(site: Site, request: Request) -> Answer:
    """Production by the meter; by the inverters where there is none (capture of 5.0.62)."""
    told = metered(site) if is_metered(site) else reported(site)
    if site.world.has_defect("totals-with-today-twice"):
        told["wattHoursSevenDays"] += told["wattHoursToday"]
    return _api_document(told)


def metered(site: Site) -> dict[str, int]:
    """Production by the meter, as of the last whole quarter of an hour; seven days without today."""
    kept = site.interval_records
    return {
        "wattHoursToday": kept.today_nj(MADE) // NJ_PER_WH,
        "wattHoursSevenDays": kept.seven_days_nj(MADE) // NJ_PER_WH,
        "wattHoursLifetime": kept.lifetime_nj(MADE) // NJ_PER_WH,
        "wattsNow": kept.watts(MADE),
    }


def reported(site: Site) -> dict[str, int]:
    """Production by the last reports of the inverters."""
    heard = site.inverter_reports.heard.values()
    return {
        "wattHoursToday": sum(each.days.today(each.produced_j) for each in heard) // J_PER_WH,
        "wattHoursSevenDays": sum(each.days.last_seven for each in heard) // J_PER_WH,
        "wattHoursLifetime": site.inverter_reports.produced_j // J_PER_WH,
        "wattsNow": site.inverter_reports.watts,
    }


def inverters(site: Site, request: Request) -> Answer:
    """The last report of each."""
    return _api_document(
        [
            {
                "serialNumber": serial_number,
                "lastReportDate": site.gateway.clock.shown(heard.last.end_unix),
                "devType": 1,
                "lastReportWatts": heard.last.watts,
                "maxReportWatts": heard.max_watts,
            }
            for serial_number, heard in site.inverter_reports.heard.items()
        ]
    )


def _inverters(site: Site) -> dict[str, object]:
    reports = site.inverter_reports
    last = [each.last.watts for each in reports.heard.values()][-1] if reports.heard else 0
    return {
        "type": "inverters",
        "activeCount": len(reports.heard),
        "readingTime": site.gateway.clock.shown(reports.last_unix),
        "wNow": reports.watts - (last if site.world.has_defect("page-forgets-an-inverter") else 0),
        "whLifetime": reports.produced_j // J_PER_WH,
    }


def _production(site: Site, *, with_lines: bool) -> dict[str, object]:
    lines = channels(site, MADE)
    one_leg = site.world.has_defect("page-shows-one-leg")
    return {
        **_meter(site, MADE, MADE),
        **_shown(together(lines[:1] if one_leg else lines), together(lines).delivered_wh),
        **_days(site, MADE),
        **_lines(
            with_lines,
            [
                _shown(line, line.delivered_wh) | _days(site, MADE, leg)
                for leg, line in enumerate(lines)
            ],
        ),
    }


def _total(site: Site, *, with_lines: bool) -> dict[str, object]:
    lines = total_channels(site)
    wh = [_wh(site.interval_records.now_nj(USED, leg)) for leg in range(len(lines))]
    return {
        **_meter(site, NET, USED),
        **_shown(together(_as_told(site, lines)), round(sum(wh), 3)),
        **_days(site, USED),
        **_lines(
            with_lines,
            [_shown(line, wh[leg]) | _days(site, USED, leg) for leg, line in enumerate(lines)],
        ),
    }


def _as_told(site: Site, lines: list[Channel]) -> list[Channel]:
    return channels(site, NET) if site.world.has_defect("total-consumption-is-net") else lines


def _net(site: Site, *, with_lines: bool) -> dict[str, object]:
    lines = channels(site, NET)
    return {
        **_meter(site, NET, NET),
        **_shown(together(lines), together(lines).net_wh),
        **_NO_DAYS,
        **_lines(with_lines, [_shown(line, line.net_wh) | _NO_DAYS for line in lines]),
    }


def _meter(site: Site, measured: str, told: str) -> dict[str, object]:
    return {
        "type": "eim",
        "activeCount": int(not site.energy.counters.is_off(measured)),
        "measurementType": told,
        "readingTime": int(site.gateway.clock.unix_time),
    }


def _shown(channel: Channel, lifetime_wh: float) -> dict[str, object]:
    return {
        "wNow": channel.power_w,
        "whLifetime": lifetime_wh,
        "varhLeadLifetime": 0.0,
        "varhLagLifetime": 0.0,
        "vahLifetime": channel.apparent_wh,
        "rmsCurrent": channel.current_a,
        "rmsVoltage": channel.voltage_v,
        "reactPwr": 0.0,
        "apprntPwr": channel.power_w,
        "pwrFactor": channel.power_factor,
    }


def _days(site: Site, measures: str, leg: int | None = None) -> dict[str, object]:
    """As of the last record, and what was counted since then: in both, as captured."""
    kept = site.interval_records
    since_nj = kept.now_nj(measures, leg) - kept.lifetime_nj(measures, leg)
    apparent_nj = kept.now_nj(measures, leg, Kind.APPARENT) - kept.lifetime_nj(
        measures, leg, Kind.APPARENT
    )
    return {
        "whToday": _wh(kept.today_nj(measures, leg) + since_nj),
        "whLastSevenDays": _wh(kept.seven_days_nj(measures, leg) + since_nj),
        "vahToday": _wh(kept.today_nj(measures, leg, Kind.APPARENT) + apparent_nj),
        "varhLeadToday": 0.0,
        "varhLagToday": 0.0,
    }


_NO_DAYS: dict[str, object] = dict.fromkeys(
    ("whToday", "whLastSevenDays", "vahToday", "varhLeadToday", "varhLagToday"), 0
)
"""Net consumption is not told by day (all captures)."""


def _lines(are_wanted: bool, lines: Sequence[object]) -> dict[str, object]:
    return {"lines": lines} if are_wanted else {}


def _wh(energy_nj: int) -> float:
    return round(energy_nj / NJ_PER_WH, 3)


def _api_document(body: object) -> Answer:
    """Indented by 2, with a newline at the end, and called JSON: as no other page (captured)."""
    return Answer(200, to_json(body, indent=2) + b"\n", "application/json")


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/production"): production_page,
    ("GET", "/production.json"): production_page,
    ("GET", "/api/v1/production"): totals,
    ("GET", "/api/v1/production/inverters"): inverters,
}
