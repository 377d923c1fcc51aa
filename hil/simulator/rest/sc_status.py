"""`/ivp/sc/status`: the rules that hold, the name plates and the set points."""

from collections.abc import Callable, Mapping

from hil.simulator.rest.messages import Answer, Request, document
from hil.simulator.site import Site


def sc_status(site: Site, request: Request) -> Answer:
    """Some keys of the one public report (8.3.6086); for this firmware none is known."""
    batteries, is_open = site.energy.aggregate, site.relay_report.last.oper.is_open
    pv_w = sum(inverter.rated_power_w for inverter in site.truth.inverters)
    storage_w = site.power.control().flows.storage_mw / 1000
    rated_w = batteries.rated_power_w
    return document(
        {
            "nameplate": {
                "PV": [pv_w, 0, 0],
                "ENC": [rated_w, 0, 0],
                "ACB": [0, 0, 0],
                "SLP": [0, 0, 0],
            },
            "profile": {
                "ts": int(site.gateway.clock.unix_time * 1000),
                "profile_name": site.profile.active.name,
                "agg_rules": [
                    {"RuleId": name, "RuleNum": number, "Threshold": threshold}
                    for name, number, threshold in _rules(site)
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


def _rules(site: Site) -> list[tuple[str, int, float]]:
    """Name, number and threshold; the back feed in A (assumed), the others in W.

    Computed from the one public report: 7680 W is 80 % of its 40 A breaker at 240 V.
    """
    settings, defective = site.settings, site.world.has_defect
    pcs, offers = settings.pcs, settings.pcs.pcsOffering
    rules: list[tuple[str, int, float]] = []
    if settings.pel.PEL and not defective("export-limit-not-in-force"):
        rules.append(("PEL W", 14, settings.pel.PEL_Limit))
    if offers.PVOversubscription or offers.EnchargeOversubscription:
        rules.append(("PCS - Import", 21, pcs.max_back_feed))
    if offers.MPUAvoidance:
        breaker_a = 40.0 if defective("breaker-not-in-force") else pcs.mainPanelDERBreaker
        rules.append(("PCS MPU Avoidance", 61, site.energy.limits.spared_w(breaker_a)))
    return rules


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/sc/status"): sc_status,
}
