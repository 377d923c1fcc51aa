"""What the gateway last knew of each battery's power; it is as old as `power_refresh_s` at most."""

from dataclasses import dataclass

from hil.simulator.energy import Energy
from hil.simulator.network import Network
from hil.simulator.world import World


@dataclass(frozen=True, slots=True)
class BatteryPower:
    """Positive is out of the battery."""

    serial_number: str
    power_mw: int
    soc_pct: int


class PowerReport:
    """The powers of all batteries in the inventory."""

    def __init__(self, world: World, *, network: Network, energy: Energy) -> None:
        self._world, self._network, self._energy = world, network, energy
        self._round: int | None = None
        self._told: tuple[BatteryPower, ...] = ()

    def read(self) -> tuple[BatteryPower, ...]:
        """The batteries; together they carry the storage power, in whole watts but for the last."""
        current = int(self._world.now_s // self._world.assumptions.gateway.power_refresh_s)
        if current != self._round:
            self._round, self._told = current, self._measured()
        return self._told

    def _measured(self) -> tuple[BatteryPower, ...]:
        batteries = [
            self._energy.batteries[serial]
            for serial in self._network.inventory
            if serial in self._energy.batteries
        ]
        left_mw = self._energy.flows.storage_mw
        left_w = sum(battery.rated_power_w for battery in batteries)
        found = []
        for battery in batteries:
            is_last = battery is batteries[-1]
            share_mw = left_mw * battery.rated_power_w / left_w
            power_mw = left_mw if is_last else round(share_mw / 1000) * 1000
            found.append(BatteryPower(battery.serial_number, power_mw, battery.reported_soc_pct))
            left_mw, left_w = left_mw - power_mw, left_w - battery.rated_power_w
        return tuple(found[:-1] if self._world.has_defect("power-missing-a-battery") else found)
