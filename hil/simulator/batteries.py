"""All batteries of a site together: what they can give and take, and who carries how much of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hil.simulator.battery import HAIR_NJ, Battery


class Batteries:
    """By serial number; the ones whose power is cut take part in nothing."""

    def __init__(self, batteries: Sequence[Battery]) -> None:
        self.by_serial_number = {battery.serial_number: battery for battery in batteries}

    def __iter__(self) -> Iterator[Battery]:
        return iter(self.by_serial_number.values())

    def is_down_to(self, soc_pct: float) -> bool:
        """Whether those that have power hold no more than that together."""
        return self._above_nj(soc_pct) <= HAIR_NJ

    def is_up_to(self, soc_pct: float) -> bool:
        """Whether they hold as much as that together."""
        return any(each.is_on for each in self) and self._above_nj(soc_pct) >= -HAIR_NJ

    def reach_us(self, soc_pct: float) -> int | None:
        """Until they hold that much together, as they go on now."""
        cell_mw = sum(each.cell_mw for each in self if each.is_on)
        above_nj = self._above_nj(soc_pct)
        if cell_mw == 0 or abs(above_nj) <= HAIR_NJ or (above_nj > 0) != (cell_mw > 0):
            return None
        return (abs(above_nj) - HAIR_NJ // 2) // abs(cell_mw) + 1

    def _above_nj(self, soc_pct: float) -> int:
        return sum(each.stored_nj - each.threshold_nj(soc_pct) for each in self if each.is_on)

    def able_to_give(self, above_pct: float) -> list[Battery]:
        """Those with more charge than that."""
        return [each for each in self if each.is_on and each.is_above(above_pct)]

    def able_to_take(self) -> list[Battery]:
        """Those that are not full."""
        return [each for each in self if each.is_on and not each.is_full]

    def rest(self, *, dead_pct: float) -> None:
        """Nothing flows: each feeds itself, until it is too low even for that."""
        for each in self:
            each.stand_alone(feeds_itself=each.is_on and each.is_above(dead_pct))

    def carry(self, power_mw: int, able: Sequence[Battery], *, forms_island: bool) -> int:
        """Share `power_mw` among `able`, the others idle; the power of all.

        On the grid the idle ones are fed from there; in an island nothing else feeds them.
        """
        shares = spread(power_mw, able)
        for each in self:
            own_mw = shares.get(each.serial_number, 0)
            if own_mw:
                each.carry(own_mw)
            elif each.is_on and not forms_island:
                each.idle()
            else:
                each.stand_alone(feeds_itself=each.is_on)
        return sum(each.power_mw for each in self)


def rated_mw(batteries: Sequence[Battery]) -> int:
    """What they can carry together for good."""
    return sum(each.rated_mw for each in batteries)


def takes_mw(batteries: Sequence[Battery]) -> int:
    """What they can take in an island: their rating, or what a full one needs itself."""
    return sum(each.idle_mw if each.is_full else each.rated_mw for each in batteries)


def spread(power_mw: int, able: Sequence[Battery]) -> dict[str, int]:
    """By rating, in whole mW that sum up; a full one takes no more than it needs itself."""
    weights = {
        each.serial_number: each.idle_mw if each.is_full and power_mw < 0 else each.rated_mw
        for each in able
    }
    left_mw, left_weight = power_mw, sum(weights.values())
    shares: dict[str, int] = {}
    for serial, weight in weights.items():
        # Toward zero, so that no rounding lifts one above its limit; the last takes what is left.
        size_mw = -(-abs(left_mw) * weight // left_weight)
        shares[serial] = size_mw if left_mw > 0 else -size_mw
        left_mw, left_weight = left_mw - shares[serial], left_weight - weight
    return shares


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


def aggregate(listed: Sequence[tuple[Battery, bool]]) -> Aggregate:
    """Of the batteries in the inventory, and whether each is heard."""
    heard = [battery for battery, is_heard in listed if is_heard]
    capacity_wh = sum(battery.capacity_wh for battery in heard)
    percent_wh = sum(battery.capacity_wh * battery.reported_soc_pct for battery in heard)
    return Aggregate(
        commissioned_wh=sum(battery.capacity_wh for battery, _ in listed),
        capacity_wh=capacity_wh,
        available_wh=percent_wh // 100,
        soc_pct=percent_wh // capacity_wh if capacity_wh else 0,
        rated_power_w=sum(battery.rated_power_w for battery in heard),
    )
