"""`/ivp/meters`: the meters and what they are for."""

from collections.abc import Callable, Mapping

from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site import Site
from hil.simulator.site_settings import CONSUMPTION_METER, PRODUCTION_METER

_PATH = "/ivp/meters"
_METERS = {PRODUCTION_METER: "production", CONSUMPTION_METER: "net-consumption"}
"""Eid → what it measures."""


def meters(site: Site, request: Request) -> Answer:
    """All of them."""
    return document([_meter(site, eid) for eid in _METERS])


def meter(site: Site, request: Request) -> Answer:
    """One, by its eid."""
    eid = _eid(request)
    return refusal(404) if eid is None else document(_meter(site, eid))


def meter_put(site: Site, request: Request) -> Answer:
    """Switch one on or off."""
    eid = _eid(request)
    if eid is None:
        return refusal(404)
    try:
        body = object_in(request)
        if body not in ({"state": "enabled"}, {"state": "disabled"}):
            raise ValueError("state is enabled or disabled")
    except ValueError as error:
        return refusal(400, str(error))
    if body["state"] == "disabled":
        site.settings.disabled_meters |= {eid}
    else:
        site.settings.disabled_meters -= {eid}
    return document(_meter(site, eid))


def _eid(request: Request) -> int | None:
    name = request.path.removeprefix(f"{_PATH}/")
    return next((eid for eid in _METERS if str(eid) == name), None)


def _meter(site: Site, eid: int) -> dict[str, object]:
    is_on = eid not in site.settings.disabled_meters
    return {
        "eid": eid,
        "state": "enabled" if is_on else "disabled",
        "measurementType": _METERS[eid],
        "phaseMode": "split",
        "phaseCount": 3 if site.world.has_defect("meter-has-a-phase-too-many") else 2,
        "meteringStatus": "normal" if is_on else "not-metering",
        "statusFlags": [],
    }


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", _PATH): meters,
}

PREFIX_ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", f"{_PATH}/"): meter,
    ("PUT", f"{_PATH}/"): meter_put,
    ("POST", f"{_PATH}/"): meter_put,
}
