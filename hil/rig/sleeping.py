"""Whether the microinverters sleep: they live on their sun, and nobody hears them without."""

from hil.envoy.client import Envoy
from hil.errors import NotAuthorized, NotOffered

DARK_W = 10.0
"""What live data may show of a roof that gives nothing: the noise of its meter."""


def is_dark(envoy: Envoy) -> bool:
    """Whether the roof gives nothing now. Where the gateway does not say, it is day."""
    try:
        return envoy.livedata.status().meters.pv.agg_p_mw / 1000 <= DARK_W
    except (NotAuthorized, NotOffered):
        return False
