"""The microinverters: awake while they have AC and sun, and silent otherwise.

Power line communication is not modelled: an inverter that is awake is heard.
"""

from collections.abc import Mapping, Sequence

from hil.simulator.site_file import InverterTruth
from hil.simulator.world import World

PPM = 1_000_000


class Inverter:
    """One microinverter."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.is_awake = True

    def power_off(self) -> None:
        """Cut its AC: it neither produces nor answers, as at night."""
        self.is_awake = False
        self._world.touch()

    def power_on(self) -> None:
        """Give it AC again; it answers at once (assumed: nothing here waits for seconds)."""
        self.is_awake = True
        self._world.touch()


class Inverters:
    """All of a site, by serial number. Each has its part of its array's share of the sun."""

    def __init__(
        self, world: World, truths: Sequence[InverterTruth], *, arrays: Mapping[str, float]
    ) -> None:
        self.by_serial_number = {truth.serial_number: Inverter(world) for truth in truths}
        sizes = {name: sum(truth.array == name for truth in truths) for name in arrays}
        self._kinds = [
            (
                self.by_serial_number[truth.serial_number],
                round(truth.rated_power_w * 1000),
                round(PPM * arrays[truth.array]),
                sizes[truth.array],
            )
            for truth in truths
        ]

    def answers(self, serial_number: str) -> bool:
        """Whether this one is heard now."""
        return self.by_serial_number[serial_number].is_awake

    def power_mw(self, sun_mw: int) -> int:
        """What those that are awake make of the sun, none above its rating."""
        if not self._kinds:
            return sun_mw
        return sum(
            min(rated_mw, sun_mw * share_ppm // (PPM * size))
            for inverter, rated_mw, share_ppm, size in self._kinds
            if inverter.is_awake
        )

    @property
    def share_awake(self) -> float:
        """Of the site's PV power; all of it where the site file names no inverter."""
        states = [inverter.is_awake for inverter in self.by_serial_number.values()]
        return sum(states) / len(states) if states else 1.0
