"""A power over the day: from points at times of day, along straight lines, in steps.

Within a step it does not change, so whatever is made of it can be integrated exactly.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

DAY_S = 86_400


class DayProfile:
    """Whole mW, the same every day; time is the site's, UNIX seconds."""

    def __init__(self, points: float | Mapping[str, float], *, step_s: int) -> None:
        """`points`: W at times of day ("06:30"), or always the same."""
        self._step_s = step_s
        if not isinstance(points, Mapping):
            self._values: tuple[int, ...] = (round(points * 1000),)
            self._holds: tuple[int, ...] = (0,)
            return
        known = sorted((seconds_of(time), power_w) for time, power_w in points.items())
        values = tuple(_on_the_lines(known, step_s))
        self._values = values if len(set(values)) > 1 else values[:1]
        self._holds = _holds(self._values)

    def at(self, unix_s: float) -> int:
        """The power at that moment, mW."""
        return self._values[self._step(unix_s)]

    def changes_in_s(self, unix_s: float) -> float | None:
        """Seconds until it has another value; None when it never has."""
        if len(self._values) == 1:
            return None
        begun_s = unix_s // self._step_s * self._step_s
        return begun_s + self._holds[self._step(unix_s)] * self._step_s - unix_s

    def _step(self, unix_s: float) -> int:
        return int(unix_s // self._step_s) % len(self._values) if len(self._values) > 1 else 0


def _holds(values: tuple[int, ...]) -> tuple[int, ...]:
    """For each step, how many steps from its beginning its value holds; 0 where it always does."""
    held = [0] * len(values)
    if len(values) == 1:
        return (0,)
    for step in range(2 * len(values) - 1, -1, -1):  # twice round, for those across midnight
        here, after = step % len(values), (step + 1) % len(values)
        held[here] = held[after] + 1 if values[here] == values[after] else 1
    return tuple(held)


def seconds_of(time: str) -> int:
    """Seconds since midnight.

    Raises:
        ValueError: it is no time of day such as "06:30".
    """
    hours, colon, minutes = time.partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        raise ValueError(f'{time!r} is no time of day such as "06:30"')
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError(f"{time!r} is not within a day")
    return int(hours) * 3600 + int(minutes) * 60


def _on_the_lines(known: list[tuple[int, float]], step_s: int) -> Iterator[int]:
    """mW at the beginning of each step, between the points before and after, across midnight too."""
    (first_s, first_w), (last_s, last_w) = known[0], known[-1]
    around = [(last_s - DAY_S, last_w), *known, (first_s + DAY_S, first_w)]
    for (from_s, from_w), (to_s, to_w) in pairwise(around):
        begins, ends = (-(-min(max(0, at_s), DAY_S) // step_s) for at_s in (from_s, to_s))
        for step in range(begins, ends):
            share = (step * step_s - from_s) / (to_s - from_s)
            yield round((from_w + share * (to_w - from_w)) * 1000)
