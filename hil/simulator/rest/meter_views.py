"""`/ivp/meters/readings`, `reports`, `pvReading` and `gridReading`: what the meters show."""

from collections.abc import Callable, Mapping, Sequence

from hil.simulator.eids import channel_eid
from hil.simulator.meters import MADE, NET, USED, Meter
from hil.simulator.rest.messages import Answer, Request, document
from hil.simulator.rest.meter_channels import (
    CHANNELS,
    Channel,
    channels,
    together,
    total_channels,
    unused,
)
from hil.simulator.site import Site


def readings(site: Site, request: Request) -> Answer:
    """Every meter, as a whole and channel by channel."""
    return document([_reading(site, meter) for meter in site.meters.values()])


def reports(site: Site, request: Request) -> Answer:
    """Production, net and total consumption."""
    return document([_report(site, kind) for kind in _REPORTS])


def production_report(site: Site, request: Request) -> Answer:
    """That of production alone (assumed)."""
    return document(_report(site, MADE))


def consumption_reports(site: Site, request: Request) -> Answer:
    """Those of consumption (assumed)."""
    return document([_report(site, NET), _report(site, USED)])


def grid_reading(site: Site, request: Request) -> Answer:
    """Net consumption by phase."""
    return document([{"channels": _phases(site, NET, with_reactive=True)}])


def pv_reading(site: Site, request: Request) -> Answer:
    """Production by phase."""
    return document([{"channels": _phases(site, MADE, with_reactive=False)}])


def _reading(site: Site, meter: Meter) -> dict[str, object]:
    live = channels(site, meter.measures)
    hertz = live[0].frequency_hz
    all_ = [*live, *[unused(hertz)] * (CHANNELS - len(live))]
    return {
        "eid": meter.eid,
        **_values(site, together(live)),
        "channels": [
            {"eid": channel_eid(meter.eid, number), **_values(site, each)}
            for number, each in enumerate(all_, 1)
        ],
    }


def _values(site: Site, channel: Channel) -> dict[str, object]:
    own = not site.world.has_defect("meters-have-another-clock")
    clock = site.gateway.clock if own else site.world
    return {
        "timestamp": int(clock.unix_time),
        "actEnergyDlvd": channel.delivered_wh,
        "actEnergyRcvd": channel.received_wh,
        "apparentEnergy": channel.apparent_wh,
        "reactEnergyLagg": 0.0,
        "reactEnergyLead": 0.0,
        "instantaneousDemand": channel.power_w,
        "activePower": channel.power_w,
        "apparentPower": abs(channel.power_w),
        "reactivePower": 0.0,
        "pwrFactor": channel.power_factor,
        "voltage": channel.voltage_v,
        "current": abs(channel.current_a),
        "freq": channel.frequency_hz,
    }


_REPORTS: Mapping[str, Callable[[Site], Sequence[Channel]]] = {
    MADE: lambda site: channels(site, MADE),
    NET: lambda site: channels(site, NET),
    USED: total_channels,
}


def _report(site: Site, kind: str) -> dict[str, object]:
    lines = _REPORTS[kind](site)
    in_sum = lines[:-1] if site.world.has_defect("report-misses-a-leg") else lines
    return {
        "createdAt": int(site.gateway.clock.unix_time),
        "reportType": kind,
        "cumulative": _line(kind, together(in_sum)),
        "lines": [_line(kind, each) for each in lines],
    }


def _line(kind: str, channel: Channel) -> dict[str, object]:
    # What was exported is taken off, not told beside it, except of production (public capture).
    is_production = kind == MADE
    return {
        "currW": channel.power_w,
        "actPower": channel.power_w,
        "apprntPwr": channel.power_w,
        "reactPwr": 0.0,
        "whDlvdCum": channel.delivered_wh if is_production else channel.net_wh,
        "whRcvdCum": channel.received_wh if is_production else 0.0,
        "varhLagCum": 0.0,
        "varhLeadCum": 0.0,
        "vahCum": channel.apparent_wh,
        "rmsVoltage": channel.voltage_v,
        "rmsCurrent": channel.current_a,
        "pwrFactor": channel.power_factor,
        "freqHz": channel.frequency_hz,
    }


def _phases(site: Site, measures: str, *, with_reactive: bool) -> list[dict[str, object]]:
    live = channels(site, measures)
    all_ = [*live, *[unused(live[0].frequency_hz)] * (CHANNELS - len(live))]
    return [
        {
            "phase": f"L{number}",
            "activePower": each.power_w,
            **({"reactivePower": 0.0} if with_reactive else {}),
            "voltage": each.voltage_v,
            "current": abs(each.current_a),
            "freq": each.frequency_hz,
        }
        for number, each in enumerate(all_, 1)
    ]


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/meters/readings"): readings,
    ("GET", "/ivp/meters/reports"): reports,
    ("GET", "/ivp/meters/reports/"): reports,
    ("GET", "/ivp/meters/gridReading"): grid_reading,
    ("GET", "/ivp/meters/pvReading"): pv_reading,
    ("GET", "/ivp/meters/reports/production"): production_report,
    ("GET", "/ivp/meters/reports/consumption"): consumption_reports,
}
