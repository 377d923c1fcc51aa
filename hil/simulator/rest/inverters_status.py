"""`/ivp/ens_rest/inverters_status`: how far each inverter has got with the grid profile."""

from collections.abc import Callable, Mapping

from hil.simulator.grid_profile import TargetState
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site import Site

PATH = "/ivp/ens_rest/inverters_status"

_FUNCTIONS = (
    *("cookie", "VVAR", "FRT", "VRT", "FPF", "PRL", "PLP", "VW", "INV2", "WP", "TV", "FW", "SS"),
    *("ISLND", "NotUsed_1", "IAC", "VECT", "ROCOF", "ACAVE", "VW52", "FW22", "WVAR"),
)
"""Source: a public report of 7.0.88."""

_PHASES = ("ph-a", "ph-b", "ph-c", "ph-unk")

_IDLE = 2


def inverters_status(site: Site, request: Request) -> Answer:
    """Every inverter; what flags and numbers say is assumed (docs/wires/envoy-rest.md)."""
    return document([_inverter(site, each.serial_number) for each in site.truth.inverters])


def set_phase(site: Site, request: Request) -> Answer:
    """Say by hand on which phase an inverter is; `ph-unk`: nobody knows.

    That it stands in the query is public; that the answer is the list, and the refusals, are assumed.
    """
    serial, phase = request.query.get("serial_number", ""), request.query.get("man_ph_ind")
    if phase not in _PHASES:
        return refusal(400, f"man_ph_ind is {', '.join(_PHASES)}")
    if serial not in {each.serial_number for each in site.truth.inverters}:
        return refusal(404)
    if not site.world.has_defect("inverter-phase-forgotten"):
        site.settings.inverter_phases = {**site.settings.inverter_phases, serial: phase}
    return inverters_status(site, request)


def old_path(site: Site, request: Request) -> Answer:
    """Where it was first; the redirect's status is assumed."""
    return Answer(302, b"", location=PATH)


def _inverter(site: Site, serial_number: str) -> dict[str, object]:
    state = site.profile.targets[serial_number].state
    if site.world.has_defect("inverter-status-always-applied"):
        state = TargetState.APPLIED
    assumed = site.world.assumptions.profile
    has_it = state is TargetState.APPLIED
    flag = assumed.flag_applied if has_it else 1 - assumed.flag_applied
    is_given_up = state is TargetState.FAILED
    status = assumed.status_failed if is_given_up else assumed.status_under_way
    return {
        "serial_num": serial_number,
        "device_type": "PCU",
        "device_record_type": "AGF",
        "admin_state": 1,
        "ph_ind": "ph-a",
        "gcpa_ph_ind": "ph-unk",
        "man_ph_ind": site.settings.inverter_phases.get(serial_number, "ph-unk"),
        "status": _IDLE if has_it else status,
        "message": ",".join(f"{name}:{flag}" for name in _FUNCTIONS),
    }


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", PATH): inverters_status,
    ("PUT", PATH): set_phase,
    ("GET", "/installer/agf/inverters_status"): old_path,
    ("PUT", "/installer/agf/inverters_status"): old_path,
}
