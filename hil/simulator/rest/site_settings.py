"""`/ivp/ss`: the site's settings."""

from collections.abc import Callable, Mapping

from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site import Site


def pel_get(site: Site, request: Request) -> Answer:
    """The export limit, flat."""
    return document(site.settings.pel.model_dump())


def pel_post(site: Site, request: Request) -> Answer:
    """Change the export limit; all keys or none."""
    try:
        changes = object_in(request).get("pel_settings")
        if not isinstance(changes, dict) or not changes:
            raise ValueError("no pel_settings")
        site.settings.change_pel(changes)
    except ValueError as error:
        return refusal(400, str(error))
    return pel_get(site, request)


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/ss/pel_settings"): pel_get,
    ("POST", "/ivp/ss/pel_settings"): pel_post,
}
