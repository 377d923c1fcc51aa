"""What a site exports: how it is read off live data, and told."""

from collections.abc import Callable

from hil.envoy.livedata import LiveMeters

Meters = Callable[[], "LiveMeters"]

WORTH_LIMITING_W = 300
"""Less than this is within what a meter and a cloud do by themselves."""
RESPONSE_MS = 5000.0


def told(meters: LiveMeters) -> str:
    flows = {"PV": meters.pv, "storage": meters.storage, "grid": meters.grid}
    return ", ".join(f"{name} {flow.agg_p_mw / 1000:.0f} W" for name, flow in flows.items())


def export_w(meters: LiveMeters) -> float:
    return -meters.grid.agg_p_mw / 1000
