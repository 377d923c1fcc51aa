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
        changes = _defective(site, changes)
        site.settings.change_pel(changes)
    except ValueError as error:
        if site.world.has_defect("nonsense-turns-the-limit-over"):
            site.settings.change_pel({"PEL": not site.settings.pel.PEL})
        return refusal(400, str(error))
    return pel_get(site, request)


def _defective(site: Site, changes: dict[str, object]) -> dict[str, object]:
    """What a gateway with a bug stores instead."""
    limit = changes.get("PEL_Limit")
    if isinstance(limit, float):
        if site.world.has_defect("export-limit-is-capped"):
            limit = min(limit, 1000.0)
        if site.world.has_defect("negative-limit-is-zero"):
            limit = max(limit, 0.0)
        changes = changes | {"PEL_Limit": limit}
    band, kept = changes.get("PEL_db"), site.settings.pel.PEL_db
    if isinstance(band, float) and site.world.has_defect("dead-band-never-shrinks"):
        changes = changes | {"PEL_db": max(band, kept)}
    return changes


def pcs_get(site: Site, request: Request) -> Answer:
    """Power control, flat."""
    return document(site.settings.pcs.model_dump())


def pcs_post(site: Site, request: Request) -> Answer:
    """Change power control; all keys or none."""
    try:
        changes = object_in(request).get("pcs_settings")
        if not isinstance(changes, dict) or not changes:
            raise ValueError("no pcs_settings")
        site.settings.change_pcs(changes)
    except ValueError as error:
        return refusal(400, str(error))
    return pcs_get(site, request)


def der_get(site: Site, request: Request) -> Answer:
    """What hangs on the DER ports."""
    return document({"der": dict(site.settings.der.der)})


def der_post(site: Site, request: Request) -> Answer:
    """Change what hangs on the DER ports."""
    try:
        body = object_in(request)
        if not isinstance(body.get("der"), dict) or not body["der"]:
            raise ValueError("no der")
        site.settings.change_der(body)
    except ValueError as error:
        return refusal(400, str(error))
    return der_get(site, request)


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/ss/pel_settings"): pel_get,
    ("POST", "/ivp/ss/pel_settings"): pel_post,
    ("GET", "/ivp/ss/pcs_settings"): pcs_get,
    ("POST", "/ivp/ss/pcs_settings"): pcs_post,
    ("GET", "/ivp/ss/der_settings"): der_get,
    ("POST", "/ivp/ss/der_settings"): der_post,
}
