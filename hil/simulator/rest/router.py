"""Which handler answers which request, and what is said where there is none."""

from collections.abc import Callable, Mapping

from hil.simulator.rest import ensemble, grid_profile, info, livedata, site_settings, zigbee
from hil.simulator.rest.messages import Answer, Request, refusal
from hil.simulator.site import Site

ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    **info.ROUTES,
    **ensemble.ROUTES,
    **zigbee.ROUTES,
    **grid_profile.ROUTES,
    **livedata.ROUTES,
    **site_settings.ROUTES,
}
"""(Method, path) → its handler."""

_PATHS = frozenset(path for _, path in ROUTES)


def answer(site: Site, request: Request) -> Answer:
    """What the gateway says to a request; counts it in `site.rest_hits`.

    Unknown paths get the 404, known paths with another method the 405 of firmware 7 and later.
    """
    site.rest_hits[request.method, request.path] += 1
    handler = ROUTES.get((request.method, request.path))
    if handler is not None:
        return handler(site, request)
    return refusal(405 if request.path in _PATHS else 404)


def response_s(site: Site, request: Request) -> float:
    """Rig seconds that this request takes."""
    gateway = site.world.assumptions.gateway
    if request.path == "/ivp/livedata/status":
        return gateway.livedata_response_s
    return gateway.response_s
