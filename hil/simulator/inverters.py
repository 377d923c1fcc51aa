"""The microinverters: heard while they have AC and sun, and silent otherwise.

Power line communication is not modelled: one that has both is heard.
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
        """Whether it has AC."""
        self.power_mw = 0
        """Below 0 while it stands by."""
        self.produced_nj = self.used_nj = 0
        """Since the site was built."""

    def live(self, for_us: int) -> None:
        """Go on like that."""
        energy_nj = self.power_mw * for_us
        self.produced_nj += max(0, energy_nj)
        self.used_nj += max(0, -energy_nj)

    def power_off(self) -> None:
        """Cut its AC: it neither produces nor answers."""
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
        self._is_day = True
        self.sleep_at_night = False
        """Not while the site's past is lived, in which they took over its profile by day."""
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
        """Whether this one is heard now: by day, with AC."""
        is_up = self._is_day or not self.sleep_at_night
        return is_up and self.by_serial_number[serial_number].is_awake

    def power_mw(self, sun_mw: int) -> int:
        """What those that are awake make of the sun, none above its rating."""
        return sum(self._could_mw(sun_mw)) if self._kinds else sun_mw

    def capped_mw(self, could_mw: int, *, share: float) -> int:
        """What they give of what they could, when they may give this share of their ratings."""
        if share >= 1.0:
            return could_mw
        ratings_mw = sum(rated_mw for _, rated_mw, *_ in self._kinds) or could_mw
        return min(could_mw, int(ratings_mw * share))

    def share(self, pv_mw: int, sun_mw: int) -> None:
        """Have them give `pv_mw` together: each its part of what it could, or of the standby power."""
        self._is_day = sun_mw > 0
        could_mw = self._could_mw(sun_mw)
        if pv_mw < 0 or not sum(could_mw):
            could_mw = [int(inverter.is_awake) for inverter, *_ in self._kinds]
        left_mw, left = pv_mw, sum(could_mw)
        for (inverter, *_), part in zip(self._kinds, could_mw, strict=True):
            # Toward zero; the last takes what is left.
            size_mw = abs(left_mw) * part // left if part else 0
            inverter.power_mw = size_mw if left_mw > 0 else -size_mw
            left_mw, left = left_mw - inverter.power_mw, left - part

    def live(self, for_us: int) -> None:
        """Go on like that."""
        for inverter in self.by_serial_number.values():
            inverter.live(for_us)

    def _could_mw(self, sun_mw: int) -> list[int]:
        return [
            min(rated_mw, sun_mw * share_ppm // (PPM * size)) if inverter.is_awake else 0
            for inverter, rated_mw, share_ppm, size in self._kinds
        ]

    @property
    def awake(self) -> tuple[bool, ...]:
        """Whether each is."""
        return tuple(inverter.is_awake for inverter in self.by_serial_number.values())

    @property
    def share_awake(self) -> float:
        """Of the site's PV power; all of it where the site file names no inverter."""
        states = [inverter.is_awake for inverter in self.by_serial_number.values()]
        return sum(states) / len(states) if states else 1.0
