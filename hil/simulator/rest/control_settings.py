"""`/ivp/sc/pvlimit`, `setp_override`, `third_party_pv` and the high backup SoC limit: read, and written whole.

That they are written with POST, and answered with the document, is assumed.
"""

from collections.abc import Callable, Mapping

from hil.simulator import generations
from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site import Site

HIGH_BACKUP_SOC = "/ivp/ensemble/high_backup_soc"
"""Made up, like its body: the interface page has lost the path. Clients are told it by their rig file."""


def pv_limit(site: Site, request: Request) -> Answer:
    """Off on every captured site."""
    return document(site.settings.pv_limit.model_dump())


def pv_limit_post(site: Site, request: Request) -> Answer:
    """Set it."""
    return _written(site.settings.change_pv_limit, pv_limit, site, request)


def high_backup_soc(site: Site, request: Request) -> Answer:
    """100 by default (interface page)."""
    return document(site.settings.high_backup_soc.model_dump())


def high_backup_soc_post(site: Site, request: Request) -> Answer:
    """Set it."""
    return _written(site.settings.change_high_backup_soc, high_backup_soc, site, request)


def set_point(site: Site, request: Request) -> Answer:
    """A switch for debugging (interface page)."""
    return document(site.settings.set_point.model_dump())


def set_point_post(site: Site, request: Request) -> Answer:
    """Set it."""
    return _written(site.settings.change_set_point, set_point, site, request)


def third_party_pv(site: Site, request: Request) -> Answer:
    """Since Ensemble 1.7 (interface page)."""
    if not _knows_third_party_pv(site):
        return refusal(404)
    return document(site.settings.third_party_pv.model_dump())


def third_party_pv_post(site: Site, request: Request) -> Answer:
    """Replace all of them."""
    if not _knows_third_party_pv(site):
        return refusal(404)
    return _written(site.settings.change_third_party_pv, third_party_pv, site, request)


def _written(
    change: Callable[[Mapping[str, object]], None],
    read: Callable[[Site, Request], Answer],
    site: Site,
    request: Request,
) -> Answer:
    try:
        change(object_in(request))
    except ValueError as error:
        return refusal(400, str(error))
    return read(site, request)


def _knows_third_party_pv(site: Site) -> bool:
    return site.truth.wiring.ensemble in generations.ENSEMBLES_WITH_THIRD_PARTY_PV


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/sc/pvlimit"): pv_limit,
    ("POST", "/ivp/sc/pvlimit"): pv_limit_post,
    ("GET", HIGH_BACKUP_SOC): high_backup_soc,
    ("POST", HIGH_BACKUP_SOC): high_backup_soc_post,
    ("GET", "/ivp/sc/setp_override"): set_point,
    ("POST", "/ivp/sc/setp_override"): set_point_post,
    ("GET", "/ivp/sc/third_party_pv"): third_party_pv,
    ("POST", "/ivp/sc/third_party_pv"): third_party_pv_post,
}
