"""What sun or house was asked for over a day, worked out anew: nothing here is the simulator's."""

from collections.abc import Callable, Mapping
from functools import cache

DAY_S = 86_400
STEP_S = 60
"""Sun and house hold for a minute (`physics.profile_step_s`)."""
MICROSECONDS = 1_000_000
NEAR_US = 2
"""The simulator may take a step so much too early or too late: its time has microseconds."""

Points = float | Mapping[str, float]
"""W: always the same, or at times of day, with straight lines between them."""


class AskedDay:
    """Whole mW at each minute of every day."""

    def __init__(self, points: Points) -> None:
        self._at_minute: Callable[[int], int] | None = None
        if isinstance(points, Mapping):
            known = sorted((_seconds(time), power_w) for time, power_w in points.items())
            self._at_minute = cache(lambda minute: _on_the_line(known, minute * STEP_S))
        else:
            self._always = round(points * 1000)

    def over(
        self, from_us: int, until_us: int, of: Callable[[int], int] = lambda mw: mw
    ) -> tuple[int, int]:
        """The energy, nJ, of what `of` makes of it; and by how much the simulator may be beside it.

        Times are UNIX microseconds.
        """
        if self._at_minute is None:
            return of(self._always) * (until_us - from_us), 0
        minute_us = STEP_S * MICROSECONDS
        energy_nj = slack_nj = 0
        first, last = (from_us - NEAR_US) // minute_us, (until_us + NEAR_US) // minute_us
        before_mw: int | None = None
        for minute in range(first, last + 1):
            power_mw = of(self._at_minute(minute % (DAY_S // STEP_S)))
            begins_us, ends_us = minute * minute_us, (minute + 1) * minute_us
            energy_nj += power_mw * max(0, min(ends_us, until_us) - max(begins_us, from_us))
            if before_mw is not None:
                slack_nj += NEAR_US * abs(power_mw - before_mw)
            before_mw = power_mw
        return energy_nj, slack_nj


def _on_the_line(known: list[tuple[int, float]], at_s: int) -> int:
    around = [
        (s + shift, w) for shift in (-DAY_S, 0, DAY_S) for s, w in known
    ]  # yesterday's last and tomorrow's first point are neighbours as well
    earlier_s, earlier_w = max(point for point in around if point[0] <= at_s)
    later_s, later_w = min(point for point in around if point[0] > at_s)
    share = (at_s - earlier_s) / (later_s - earlier_s)
    return round((earlier_w + share * (later_w - earlier_w)) * 1000)


def _seconds(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 3600 + int(minutes) * 60
