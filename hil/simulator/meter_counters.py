"""What the meters of a site have counted, leg by leg. Whole nJ, as everything here.

They count from when the site was built, and also while the gateway is without power (assumed).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hil.simulator.flows import Flows
from hil.simulator.meters import LOAD, MADE, NET, STORED, USED, Meter
from hil.simulator.site_settings import SiteSettings
from hil.simulator.world import World


@dataclass(frozen=True, slots=True)
class Counted:
    """nJ on one leg."""

    delivered_nj: int = 0
    """By the inverters; at the mains, imported."""
    received_nj: int = 0
    """The other way."""

    @property
    def net_nj(self) -> int:
        return self.delivered_nj - self.received_nj

    @property
    def apparent_nj(self) -> int:
        """In either direction; nothing here has reactive power."""
        return self.delivered_nj + self.received_nj

    def after(self, power_mw: int, for_us: int) -> "Counted":
        """It, when that power has flowed for so long."""
        energy_nj = power_mw * for_us
        return Counted(self.delivered_nj + max(0, energy_nj), self.received_nj + max(0, -energy_nj))


Totals = Mapping[str, tuple[Counted, ...]]
"""By what is measured, leg by leg."""

_MEASURED: Mapping[str, Callable[[Flows], int]] = {
    MADE: lambda leg: leg.pv_mw,
    NET: lambda leg: leg.grid_mw,
    # Batteries that charge are a part of it (every capture of a site that has some).
    USED: lambda leg: leg.pv_mw + leg.grid_mw,
    STORED: lambda leg: leg.storage_mw,
    LOAD: lambda leg: leg.load_mw,
}


def measured_mw(measures: str, legs: Sequence[Flows]) -> tuple[int, ...]:
    """What a meter of that kind shows on each leg; nothing, where nobody here knows the kind."""
    told = _MEASURED.get(measures)
    return tuple(told(leg) if told else 0 for leg in legs)


class MeterCounters:
    """The counters of all kinds of meters, whether a site has one or not."""

    def __init__(
        self, world: World, legs: int, *, meters: Mapping[int, Meter], settings: SiteSettings
    ) -> None:
        self._world, self._meters, self._settings = world, meters, settings
        self._none = (Counted(),) * legs
        self.totals: Totals = dict.fromkeys(_MEASURED, self._none)

    def of(self, measures: str) -> tuple[Counted, ...]:
        """What was counted, leg by leg; nothing of a kind that nobody here knows."""
        return self.totals.get(measures, self._none)

    def is_off(self, measures: str) -> bool:
        """Whether the meters of that kind are switched off."""
        off = self._settings.disabled_meters
        return any(eid in off for eid, each in self._meters.items() if each.measures == measures)

    def live(self, legs: Sequence[Flows], for_us: int) -> None:
        """Go on like that; a meter that is switched off counts nothing."""
        if self._world.has_defect("counter-counts-double"):
            for_us *= 2
        self.totals = {
            kind: counted
            if self.is_off(kind)
            else tuple(
                each.after(power_mw, for_us)
                for each, power_mw in zip(counted, measured_mw(kind, legs), strict=True)
            )
            for kind, counted in self.totals.items()
        }
