"""The frequency of an island: how it tells its inverters to give less, and how far it may go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pytest

from hil.envoy.client import Envoy
from hil.envoy.livedata import LiveMeters
from hil.errors import NotOffered
from hil.plugin.promises import Promise
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains

pytestmark = pytest.mark.needs("enpower")

MADE = "production"
LOOK_EVERY_S = 2
"""Less than the shortest time for which an inverter rides through any of it."""


class Limit(NamedTuple):
    """What an inverter off the grid rides through for no longer than that; the higher, the shorter."""

    above_hz: float
    for_s: float


@dataclass
class OverFrequency:
    """For how long an island has been above each limit."""

    limits: Sequence[Limit]
    _above_since_s: dict[Limit, float] = field(default_factory=dict)

    def trips(self, at_s: float, frequency_hz: float) -> list[Limit]:
        """The limits at which an inverter has let go by now."""
        for limit in self.limits:
            if frequency_hz <= limit.above_hz:
                self._above_since_s.pop(limit, None)
            else:
                self._above_since_s.setdefault(limit, at_s)
        return [
            each for each, since_s in self._above_since_s.items() if at_s - since_s > each.for_s
        ]


@pytest.fixture
def frequency_hz(envoy: Envoy) -> Callable[[], float]:
    """What the meter of production measures, which an island feeds like everything else."""
    try:
        meter = envoy.meters.read().by_type.get(MADE)
        envoy.meters.readings()
    except NotOffered as absent:
        pytest.skip(str(absent))
    if meter is None or not meter.is_enabled:
        pytest.skip("no meter measures production here")
    return lambda: envoy.meters.readings().by_eid[meter.eid].frequency_hz


@pytest.mark.promise("EN-074")
def test_an_island_curtails_its_sun_by_a_frequency_that_no_inverter_trips_at(
    mains: "Mains",
    too_much_sun: LiveMeters,
    frequency_hz: Callable[[], float],
    envoy: Envoy,
    wait: Waiting,
    promise: Promise,
) -> None:
    nominal_hz = round(frequency_hz())
    island = OverFrequency(
        [
            Limit(nominal_hz + promise["slow_above_hz"], promise["slow_for_s"]),
            Limit(nominal_hz + promise["middle_above_hz"], promise["middle_for_s"]),
            Limit(nominal_hz + promise["fast_above_hz"], promise["fast_for_s"]),
        ]
    )

    mains.open()
    mains.is_open(within_s=promise["open_within_s"])

    wait.until(
        lambda: (frequency_hz(), envoy.livedata.status().meters),
        lambda seen: (
            seen[0] >= nominal_hz + promise["rises_hz"]
            and 0 < seen[1].load.agg_p_mw <= seen[1].pv.agg_p_mw < too_much_sun.pv.agg_p_mw
        ),
        what=f"{mains.name}: the frequency of the island rises, and its sun gives less",
        measures="time until the frequency curtails the sun",
        within_s=promise["sun_back_within_s"],
        show=lambda seen: f"{seen[0]:g} Hz, PV {seen[1].pv.agg_p_mw / 1000:.0f} W",
    )

    def seen() -> tuple[float, list[Limit], int]:
        hertz = frequency_hz()
        trips = island.trips(wait.clock.now(), hertz)
        return hertz, trips, envoy.livedata.status().meters.pv.agg_p_mw

    wait.stays(
        seen,
        lambda now: not now[1] and now[2] > 0,
        what=f"{mains.name}: the island stays below what its inverters let go at, and they give",
        for_s=promise["for_s"],
        every_s=LOOK_EVERY_S,
        show=lambda now: f"{now[0]:g} Hz, PV {now[2] / 1000:.0f} W, beyond {now[1]}",
    )
