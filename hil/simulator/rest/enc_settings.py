"""`/ivp/ss/enc_settings`: limits of the batteries as a whole. The keys are those that real clients read;
what they hold is assumed (docs/wires/envoy-rest.md).
"""

from collections.abc import Callable, Mapping

from hil.simulator.rest.messages import Answer, Request, document
from hil.simulator.site import Site


def enc_settings(site: Site, request: Request) -> Answer:
    """Whether there are any, and the breaker that they are behind."""
    return document(
        {
            "enc_settings": {
                "enable": bool(site.energy.listed),
                "country": "",
                "current_limit": site.settings.pcs.enchargeBreaker,
                "per_phase": False,
            }
        }
    )


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/ss/enc_settings"): enc_settings,
}
