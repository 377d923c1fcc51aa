"""`/ivp/adc/relaxedparams`: one JSON document, stored and removed (interface page)."""

from collections.abc import Callable, Mapping

from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site import Site

_ADD, _DELETE = "/ivp/adc/relaxedparams/add", "/ivp/adc/relaxedparams/delete"


def stored(site: Site, request: Request) -> Answer:
    """What is stored."""
    found = site.settings.relaxed_parameters
    return refusal(404) if found is None else document(found)


def add(site: Site, request: Request) -> Answer:
    """Store a document instead of what was stored."""
    try:
        site.settings.relaxed_parameters = object_in(request)
    except ValueError as error:
        if not site.world.has_defect("relaxed-params-stores-invalid"):
            return refusal(400, str(error))
        site.settings.relaxed_parameters = {"raw": request.body.decode("utf-8", "replace")}
    return stored(site, request)


def delete(site: Site, request: Request) -> Answer:
    """Remove what is stored."""
    if site.settings.relaxed_parameters is None:
        return refusal(404)
    asked = site.rest_hits["PUT", _DELETE] + site.rest_hits["POST", _DELETE]
    if asked > 1 or not site.world.has_defect("relaxed-params-not-removed"):
        site.settings.relaxed_parameters = None
    return document({"status": "deleted"})


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", _ADD): stored,
    ("PUT", _ADD): add,
    ("POST", _ADD): add,
    ("PUT", _DELETE): delete,
    ("POST", _DELETE): delete,
}
