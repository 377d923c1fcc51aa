"""`/ivp/sc/status`: the rules that hold, the name plates and the set points."""

from collections.abc import Callable, Mapping

from hil.simulator.rest.messages import Answer, Request, document
from hil.simulator.site import Site


def sc_status(site: Site, request: Request) -> Answer:
    """Some keys of the one public report (8.3.6086); for this firmware none is known."""
    batteries, pcs, is_open = (
        site.energy.aggregate,
        site.settings.pcs,
        site.relay_report.last.oper.is_open,
    )
    pv_w = sum(inverter.rated_power_w for inverter in site.truth.inverters)
    storage_w = site.energy.flows.storage_mw / 1000
    rated_w = batteries.rated_power_w
    offers = pcs.pcsOffering
    imports = offers.PVOversubscription or offers.EnchargeOversubscription
    rules = [("PEL W", 14, site.settings.pel.PEL_Limit)] if site.settings.pel.PEL else []
    rules += [("PCS - Import", 21, pcs.max_back_feed)] if imports else []
    rules += [("PCS MPU Avoidance", 61, pcs.mainCircuitBreaker)] if offers.MPUAvoidance else []
    return document(
        {
            "nameplate": {
                "PV": [pv_w, 0, 0],
                "ENC": [rated_w, 0, 0],
                "ACB": [0, 0, 0],
                "SLP": [0, 0, 0],
            },
            "profile": {
                "ts": int(site.world.unix_time * 1000),
                "profile_name": site.profile.active.name,
                "agg_rules": [
                    {"RuleId": name, "RuleNum": number, "Threshold": threshold}
                    for name, number, threshold in rules
                ],
                "phase_rules": [],
            },
            "events": ["0"],
            "disco": {
                "status": "Open" if is_open else "Closed",
                "soft_start_remain": 0.0,
                "soft_start_max": 30.0,
            },
            "response": {
                "groups": [
                    {"id": "ENC", "setpoint": 100 * storage_w / rated_w if rated_w else 0.0},
                    {"id": "PV", "setpoint": 100.0},
                ]
            },
        }
    )


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/sc/status"): sc_status,
}
