"""A battery: what it holds, gives and takes. Whole mW, µs and nJ, so nothing is lost in sums."""

from collections.abc import Sequence
from dataclasses import dataclass

PPM = 1_000_000
NJ_PER_WH = 3_600_000_000_000

HAIR_NJ = 1_000_000_000
"""1 J. A threshold that is so near counts as reached: time has microseconds, not less."""


@dataclass
class Battery:
    """An Encharge. `power_mw` is at its terminals, positive when it discharges; `cell_mw` is what
    leaves its cells meanwhile. What it reports is rounded, and as old as its last report.
    """

    serial_number: str
    capacity_wh: int
    rated_power_w: int
    phase: int
    stored_nj: int
    one_way_ppm: int
    """Of the power into or out of the cells, what gets through."""
    idle_mw: int
    recharge_pct: int
    """A full one is charged again from here on."""
    is_on: bool = True
    is_full: bool = False
    power_mw: int = 0
    cell_mw: int = 0
    lost_nj: int = 0
    """In conversion and while idle, since the site was built."""
    reported_soc_pct: int = 0
    reported_mw: int = 0

    @property
    def capacity_nj(self) -> int:
        return self.capacity_wh * NJ_PER_WH

    @property
    def rated_mw(self) -> int:
        return self.rated_power_w * 1000

    @property
    def soc_pct(self) -> float:
        """State of charge as it is, not as it is reported."""
        return 100 * self.stored_nj / self.capacity_nj

    @soc_pct.setter
    def soc_pct(self, soc_pct: float) -> None:
        self.stored_nj = round(self.capacity_nj * soc_pct / 100)
        self.note_fullness()

    def is_above(self, soc_pct: float) -> bool:
        """Whether its charge is more than a hair above."""
        return self.stored_nj > self.threshold_nj(soc_pct) + HAIR_NJ

    def threshold_nj(self, soc_pct: float) -> int:
        """What it holds at that state of charge."""
        return round(self.capacity_nj * soc_pct / 100)

    def report(self) -> None:
        """Tell the gateway charge and power as they are now."""
        self.reported_soc_pct = (self.stored_nj + HAIR_NJ) * 100 // self.capacity_nj
        self.reported_mw = self.power_mw if self.cell_mw else 0

    def carry(self, power_mw: int) -> None:
        """Give (positive) or take (negative) from now on."""
        self.power_mw = power_mw
        if power_mw > 0:
            self.cell_mw = -(-power_mw * PPM // self.one_way_ppm)
        elif self.is_full:
            self.cell_mw = 0  # it is what it needs itself
        else:
            self.cell_mw = -(-power_mw * self.one_way_ppm // PPM)

    def idle(self) -> None:
        """Give and take nothing; what it needs itself comes from the AC side."""
        self.power_mw, self.cell_mw = -self.idle_mw, 0

    def stand_alone(self, *, feeds_itself: bool) -> None:
        """Give and take nothing; what it needs itself comes from its cells."""
        is_fed = feeds_itself and self.is_above(0)
        self.power_mw, self.cell_mw = 0, self.idle_mw if is_fed else 0

    def live(self, for_us: int) -> None:
        """Go on like that."""
        self.stored_nj -= self.cell_mw * for_us
        self.lost_nj += (self.cell_mw - self.power_mw) * for_us
        self.note_fullness()

    def note_fullness(self) -> None:
        """Full is full until enough of it is gone, so that it is not charged for every sip."""
        if self.stored_nj >= self.capacity_nj - HAIR_NJ:
            self.is_full = True
        elif self.stored_nj <= self.threshold_nj(self.recharge_pct) + HAIR_NJ:
            self.is_full = False

    def next_threshold_us(self, thresholds_pct: Sequence[float]) -> int | None:
        """Until it reaches the next of these, or is full, as it goes on now."""
        if self.cell_mw == 0:
            return None
        marks = [self.threshold_nj(soc_pct) for soc_pct in (*thresholds_pct, self.recharge_pct)]
        ways = [
            self.stored_nj - mark if self.cell_mw > 0 else mark - self.stored_nj
            for mark in (*marks, 0, self.capacity_nj)
        ]
        ahead = [way for way in ways if way > HAIR_NJ]
        return (min(ahead) - HAIR_NJ // 2) // abs(self.cell_mw) + 1 if ahead else None
