"""What the gateway keeps of its meters every quarter of an hour, at whole quarters of UNIX time.

`/api/v1/production` and `/ivp/pdm` tell from these, not from the meters themselves (public captures:
the same numbers in both, each of the last whole quarter).
"""

from enum import StrEnum

from hil.simulator.days import DAY_S, Days
from hil.simulator.energy import Energy
from hil.simulator.meter_counters import Counted
from hil.simulator.meters import MADE
from hil.simulator.world import World

ACTOR = "interval records"
INTERVAL_S = 900
"""Source: public captures."""
_NJ_PER_WS = 1_000_000_000


class Kind(StrEnum):
    """What is kept of a meter's leg."""

    ENERGY = "energy"
    """Production as delivered; consumption less what was exported."""
    APPARENT = "apparent"


def _told_nj(kind: Kind, measures: str, counted: Counted) -> int:
    if kind is Kind.APPARENT:
        return counted.apparent_nj
    return counted.delivered_nj if measures == MADE else counted.net_nj


class IntervalRecords:
    """nJ and W by what is measured and by leg (from 0); of all legs where none is named."""

    def __init__(self, world: World, energy: Energy) -> None:
        self._world, self._energy = world, energy
        self.last = self._before = energy.counters.totals
        self.counting_since_unix = self.begun_unix = self.ended_unix = int(world.unix_time)
        self._legs = range(len(self.last[MADE]))
        every = [(kind, each, leg) for kind in Kind for each in self.last for leg in self._legs]
        self._days = {each: Days() for each in every}
        self._max_watts = {(each, leg): 0 for each in self.last for leg in self._legs}
        world.add(ACTOR, self)
        world.after(INTERVAL_S - world.unix_time % INTERVAL_S, ACTOR, "ended")

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A quarter has ended, and at midnight a day."""
        self._before, self.last = self.last, self._energy.counters.totals
        self.begun_unix, self.ended_unix = self.ended_unix, round(self._world.unix_time)
        for measures, leg in self._max_watts:
            self._max_watts[measures, leg] = max(
                self._max_watts[measures, leg], self.watts(measures, leg)
            )
        if self.ended_unix % DAY_S == 0:
            for (kind, measures, leg), days in self._days.items():
                days.midnight(_told_nj(kind, measures, self.last[measures][leg]))
        self._world.after(INTERVAL_S, ACTOR, "ended")

    def watts(self, measures: str, leg: int | None = None) -> int:
        """On average in the last quarter, cut to whole watts."""
        energy_nj = sum(
            _told_nj(Kind.ENERGY, measures, self.last[measures][each])
            - _told_nj(Kind.ENERGY, measures, self._before[measures][each])
            for each in self._of(leg)
        )
        return int(energy_nj / _NJ_PER_WS / max(1, self.ended_unix - self.begun_unix))

    def max_watts(self, measures: str, leg: int) -> int:
        """The most that any quarter had."""
        return self._max_watts[measures, leg]

    def lifetime_nj(self, measures: str, leg: int | None = None, kind: Kind = Kind.ENERGY) -> int:
        """Until the end of the last quarter."""
        return sum(_told_nj(kind, measures, self.last[measures][each]) for each in self._of(leg))

    def now_nj(self, measures: str, leg: int | None = None, kind: Kind = Kind.ENERGY) -> int:
        """Until now, as the meter itself has it."""
        counted = self._energy.counters.totals[measures]
        return sum(_told_nj(kind, measures, counted[each]) for each in self._of(leg))

    def today_nj(self, measures: str, leg: int | None = None, kind: Kind = Kind.ENERGY) -> int:
        """Until the end of the last quarter."""
        return sum(
            self._days[kind, measures, each].today(
                _told_nj(kind, measures, self.last[measures][each])
            )
            for each in self._of(leg)
        )

    def yesterday_nj(self, measures: str, leg: int | None = None) -> int:
        """The day before."""
        return sum(self._days[Kind.ENERGY, measures, each].yesterday for each in self._of(leg))

    def seven_days_nj(self, measures: str, leg: int | None = None) -> int:
        """The seven days before today."""
        return sum(self._days[Kind.ENERGY, measures, each].last_seven for each in self._of(leg))

    def _of(self, leg: int | None) -> range:
        return self._legs if leg is None else range(leg, leg + 1)
