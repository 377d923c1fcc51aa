"""`/ivp/meters`: the meters and what they are for."""

from collections.abc import Callable, Mapping

from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site import Site

_PATH = "/ivp/meters"


def meters(site: Site, request: Request) -> Answer:
    """All of them."""
    return document([_meter(site, eid) for eid in site.meters])


def meter(site: Site, request: Request) -> Answer:
    """One, by its eid."""
    eid = _eid(site, request)
    return refusal(404) if eid is None else document(_meter(site, eid))


def meter_put(site: Site, request: Request) -> Answer:
    """Switch one on or off."""
    eid = _eid(site, request)
    if eid is None:
        return refusal(404)
    try:
        body = object_in(request)
        if body not in ({"state": "enabled"}, {"state": "disabled"}):
            raise ValueError("state is enabled or disabled")
    except ValueError as error:
        return refusal(400, str(error))
    site.energy.live()  # what was counted until now
    if body["state"] == "disabled":
        if not site.world.has_defect("disabled-meter-goes-on"):
            site.settings.disabled_meters |= {eid}
    else:
        site.settings.disabled_meters -= {eid}
    site.world.touch()
    return document(_meter(site, eid))


def _eid(site: Site, request: Request) -> int | None:
    name = request.path.removeprefix(f"{_PATH}/")
    return next((eid for eid in site.meters if str(eid) == name), None)


def _meter(site: Site, eid: int) -> dict[str, object]:
    is_on, meter = eid not in site.settings.disabled_meters, site.meters[eid]
    too_many = int(site.world.has_defect("meter-has-a-phase-too-many"))
    return {
        "eid": eid,
        "state": "enabled" if is_on else "disabled",
        "measurementType": meter.measures,
        "phaseMode": meter.phase_mode,
        "phaseCount": meter.phase_count + too_many,
        "meteringStatus": "normal" if is_on else "not-metering",
        "statusFlags": list(meter.flags),
    }


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", _PATH): meters,
}

PREFIX_ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", f"{_PATH}/"): meter,
    ("PUT", f"{_PATH}/"): meter_put,
    ("POST", f"{_PATH}/"): meter_put,
}
