"""`/ivp/peb/rpttemp`: how warm the gateway's own board is. That it is °C is public, the key assumed."""

from collections.abc import Callable, Mapping

from hil.simulator.rest.messages import Answer, Request, document
from hil.simulator.site import Site


def own_temperature(site: Site, request: Request) -> Answer:
    """Whole degrees."""
    celsius = site.truth.gateway.temperature_c
    if site.world.has_defect("gateway-temperature-in-fahrenheit"):
        celsius = round(celsius * 9 / 5 + 32)
    return document({"temperature": celsius})


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/peb/rpttemp"): own_temperature,
}
