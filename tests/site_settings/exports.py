"""What a site exports: how it is read off live data, told, and held to a limit."""

from collections.abc import Callable

from hil.envoy.livedata import LiveMeters
from hil.waiting import Waiting

Meters = Callable[[], "LiveMeters"]

WORTH_LIMITING_W = 300
"""Less than this is within what a meter and a cloud do by themselves."""
RESPONSE_MS = 5000.0


def told(meters: LiveMeters) -> str:
    flows = {"PV": meters.pv, "storage": meters.storage, "grid": meters.grid}
    return ", ".join(f"{name} {flow.agg_p_mw / 1000:.0f} W" for name, flow in flows.items())


def export_w(meters: LiveMeters) -> float:
    return -meters.grid.agg_p_mw / 1000


def is_kept(
    accept: Callable[[LiveMeters], bool],
    *,
    what: str,
    live: Meters,
    wait: Waiting,
    within_s: float,
    for_s: float,
    measures: str = "",
) -> None:
    """It comes to be so in time, and then stays so.

    Raises: as `Waiting.until` and `Waiting.stays`.
    """
    wait.until(live, accept, what=what, within_s=within_s, show=told, measures=measures)
    wait.stays(live, accept, what=f"{what}, and it stays so", for_s=for_s, show=told)
