"""Where the site's power comes from and goes to, and what that does to the batteries.

Signs as livedata has them: PV and load positive, storage positive when it discharges, grid
positive when it is imported. On the grid storage idles; in an island it carries the difference.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hil.simulator.inverters import Inverters
from hil.simulator.network import Network
from hil.simulator.polling import NodeView
from hil.simulator.relay import MainsRelay
from hil.simulator.site_file import EnchargeTruth, EnergyTruth
from hil.simulator.world import World

ACTOR = "energy"


@dataclass(frozen=True, slots=True)
class Flows:
    """Powers in mW, whole numbers, so that load is exactly the sum of the others."""

    pv_mw: int
    storage_mw: int
    grid_mw: int

    @property
    def load_mw(self) -> int:
        """Computed, not measured: as the gateway does it."""
        return self.pv_mw + self.storage_mw + self.grid_mw

    def legs(self, count: int) -> tuple["Flows", ...]:
        """The same on `count` legs alike; they sum to the whole exactly."""
        each = Flows(self.pv_mw // count, self.storage_mw // count, self.grid_mw // count)
        last = Flows(
            self.pv_mw - (count - 1) * each.pv_mw,
            self.storage_mw - (count - 1) * each.storage_mw,
            self.grid_mw - (count - 1) * each.grid_mw,
        )
        return (*[each] * (count - 1), last)


def on_grid(*, pv_w: float, load_w: float) -> Flows:
    """The grid takes what is too much and gives what is missing."""
    pv_mw = _mw(pv_w)
    return Flows(pv_mw, 0, _mw(load_w) - pv_mw)


def islanded(*, pv_w: float, load_w: float, discharge_w: float, charge_w: float) -> Flows:
    """The batteries carry the difference, within what they can give and take (both positive).

    Too much PV is curtailed; where the batteries cannot carry the load, the island is dark.
    """
    pv_mw, load_mw = _mw(pv_w), _mw(load_w)
    storage_mw = load_mw - pv_mw
    if storage_mw > _mw(discharge_w):
        return Flows(0, 0, 0)
    if storage_mw < -_mw(charge_w):
        storage_mw = -_mw(charge_w)
        pv_mw = load_mw - storage_mw
    return Flows(pv_mw, storage_mw, 0)


@dataclass
class Battery:
    """An Encharge. What it reports is rounded, and as old as its last report."""

    serial_number: str
    capacity_wh: int
    rated_power_w: int
    soc_pct: float
    reported_soc_pct: int
    reported_unix: int = 0

    def give(self, power_w: float, *, for_s: float, eta_round_trip: float) -> None:
        """Discharge with `power_w` (negative: charge) for `for_s`; SOC stays within 0 and 100."""
        one_way = math.sqrt(eta_round_trip)
        from_cells_w = power_w / one_way if power_w > 0 else power_w * one_way
        used_pct = 100 * from_cells_w * for_s / 3600 / self.capacity_wh
        self.soc_pct = min(100.0, max(0.0, self.soc_pct - used_pct))


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The batteries that communicate, as the gateway adds them up from their reports.

    Source of the rounding: public captures; truncated toward zero.
    """

    commissioned_wh: int
    """Of all batteries in the inventory, whether they communicate or not."""
    capacity_wh: int
    available_wh: int
    soc_pct: int
    rated_power_w: int


class Energy:
    """The powers of a site, and the charge of its batteries, stepped every `step_s`."""

    def __init__(
        self,
        world: World,
        *,
        network: Network,
        relay: MainsRelay,
        encharges: Sequence[EnchargeTruth],
        inverters: Inverters,
        truth: EnergyTruth,
    ) -> None:
        self._world, self._network, self._relay = world, network, relay
        self._inverters = inverters
        self.pv_w, self.load_w, self.reserve_pct = truth.pv_w, truth.load_w, truth.reserve_pct
        self.batteries = {
            encharge.serial_number: Battery(
                encharge.serial_number,
                encharge.capacity_wh,
                encharge.rated_power_w,
                encharge.soc_pct,
                int(encharge.soc_pct),
            )
            for encharge in encharges
        }
        world.add(ACTOR, self)
        world.after(world.assumptions.physics.step_s, ACTOR, "step")

    @property
    def flows(self) -> Flows:
        """The powers at this moment."""
        if not self._relay.is_open:
            return on_grid(pv_w=self._pv_now_w(), load_w=self.load_w)
        if not any(battery.soc_pct > 0 for battery in self.batteries.values()):
            return Flows(0, 0, 0)  # nothing forms the island's grid: it is dark
        return islanded(
            pv_w=self._pv_now_w(),
            load_w=self.load_w,
            discharge_w=sum(b.rated_power_w for b in self.batteries.values() if b.soc_pct > 0),
            charge_w=sum(b.rated_power_w for b in self.batteries.values() if b.soc_pct < 100),
        )

    @property
    def aggregate(self) -> Aggregate:
        """What the gateway says of all batteries together."""
        listed = self._listed()
        heard = [battery for battery, view in listed if view.communicating]
        capacity_wh = sum(battery.capacity_wh for battery in heard)
        percent_wh = sum(battery.capacity_wh * battery.reported_soc_pct for battery in heard)
        return Aggregate(
            commissioned_wh=sum(battery.capacity_wh for battery, _ in listed),
            capacity_wh=capacity_wh,
            available_wh=percent_wh // 100,
            soc_pct=percent_wh // capacity_wh if capacity_wh else 0,
            rated_power_w=sum(battery.rated_power_w for battery in heard),
        )

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """One step."""
        physics = self._world.assumptions.physics
        storage_w = self.flows.storage_mw / 1000
        able = [
            battery
            for battery in self.batteries.values()
            if (storage_w > 0 and battery.soc_pct > 0) or (storage_w < 0 and battery.soc_pct < 100)
        ]
        rated_w = sum(battery.rated_power_w for battery in able)
        for battery in able:
            share_w = storage_w * battery.rated_power_w / rated_w
            battery.give(share_w, for_s=physics.step_s, eta_round_trip=physics.eta_round_trip)
        self._take_reports()
        self._world.after(physics.step_s, ACTOR, "step")

    def _take_reports(self) -> None:
        for battery, view in self._listed():
            # 0 is a gateway that has heard nothing since it booted.
            if view.last_report_unix not in (0, battery.reported_unix):
                battery.reported_unix = view.last_report_unix
                battery.reported_soc_pct = int(battery.soc_pct)

    def _listed(self) -> list[tuple[Battery, NodeView]]:
        """The batteries that the gateway has in its inventory, as it sees them."""
        return [
            (self.batteries[serial], self._network.view(serial))
            for serial in self._network.inventory
            if serial in self.batteries
        ]

    def _pv_now_w(self) -> float:
        """PV goes to standby when the contactor moves, and is back some time later."""
        assumed = self._world.assumptions
        pause_s = assumed.relay.pv_resume_s if self._relay.is_open else assumed.relay.pv_back_s
        is_back = self._relay.since_moved_s >= pause_s
        full_w = self.pv_w if is_back else assumed.physics.pv_standby_w
        return full_w * self._inverters.share_awake


def _mw(power_w: float) -> int:
    return round(power_w * 1000)
