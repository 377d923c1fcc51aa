"""Which tests a night has time for, the most valuable first. Pure.

Valuable is what is likely to say something new: what failed last time, what has changed since it
was last run, what was never proven, and then whatever was proven longest ago.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from statistics import median

FIRST_GUESS_RIG_S = 300.0
"""What a test is taken to last while nothing at all is known, in rig seconds."""

OVERRUN = 0.02
"""By how much of its time a night may end late, rather than leave a test out for a second."""

_PARTS = re.compile(r"(\d+(?:\.\d+)?)(h|min|s)")
_UNITS = {"h": 3600.0, "min": 60.0, "s": 1.0}


class Worth(IntEnum):
    """Why a test stands where it does, the most valuable first."""

    FAILED = 0
    CHANGED = 1
    NEVER_PROVEN = 2
    PROVEN = 3
    SKIPPED = 4
    """This rig skipped it last time: it costs nothing, and proves nothing."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A collected test, and what is known of it from earlier runs on this rig."""

    nodeid: str
    worth: Worth
    why: str
    """For people: `failed last time`."""
    proven_at: str = ""
    """UTC; empty where it never was."""
    lasted_s: float | None = None
    """Wall seconds it took last time; None where it has not been run to its end."""
    limit_s: float | None = None
    """Wall seconds of its `limit` marker, where it has one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A test with the time it is given."""

    nodeid: str
    why: str
    wall_s: float
    is_guess: bool


@dataclass(frozen=True, slots=True)
class Night:
    """What fits, in the order in which it is run, and what does not."""

    within_s: float
    aside_s: float
    """Wall seconds for opening the rig and putting it back at the end."""
    fits: tuple[Entry, ...]
    left_out: tuple[Entry, ...]

    @property
    def planned_s(self) -> float:
        """Wall seconds of all that fits."""
        return self.aside_s + sum(entry.wall_s for entry in self.fits)

    def has_time_for(self, entry: Entry, left_s: float) -> bool:
        """Whether a test may still begin when so many wall seconds are left."""
        return entry.wall_s <= left_s + OVERRUN * self.within_s

    @property
    def why_not(self) -> str:
        """Why the rest is not run."""
        return f"did not fit in {spelled(self.within_s)}"


def night(
    candidates: Sequence[Candidate], *, within_s: float, aside_s: float, rig_speed: float
) -> Night:
    """Plan a night. `rig_speed` is in rig seconds per wall second.

    A test that does not fit leaves room for less valuable ones that do.
    """
    given = _times(candidates, FIRST_GUESS_RIG_S / min(rig_speed, FIRST_GUESS_RIG_S))
    order = sorted(candidates, key=lambda each: (each.worth, each.proven_at))
    left_s = within_s - aside_s
    fits: list[Entry] = []
    left_out: list[Entry] = []
    for each in order:
        wall_s, is_guess = given[each.nodeid]
        entry = Entry(each.nodeid, each.why, wall_s, is_guess)
        if wall_s <= left_s:
            left_s -= wall_s
            fits.append(entry)
        else:
            left_out.append(entry)
    return Night(within_s, aside_s, tuple(fits), tuple(left_out))


def _times(candidates: Sequence[Candidate], first_guess_s: float) -> dict[str, tuple[float, bool]]:
    """Wall seconds of each test, and whether that is a guess: the median of its file, else of all,
    and no more than its limit.
    """
    known = [each for each in candidates if each.lasted_s is not None and _counts(each)]
    of_all = [each.lasted_s for each in known if each.lasted_s is not None]
    of_file: dict[str, list[float]] = {}
    for each in known:
        if each.lasted_s is not None:
            of_file.setdefault(_file(each), []).append(each.lasted_s)
    given: dict[str, tuple[float, bool]] = {}
    for each in candidates:
        if each.lasted_s is not None:
            given[each.nodeid] = (each.lasted_s, False)
            continue
        alike = of_file.get(_file(each)) or of_all
        guess_s = median(alike) if alike else each.limit_s or first_guess_s
        given[each.nodeid] = (min(guess_s, each.limit_s or guess_s), True)
    return given


def _counts(candidate: Candidate) -> bool:
    """Whether its time says something of other tests: one that was skipped took none."""
    return candidate.worth is not Worth.SKIPPED


def _file(candidate: Candidate) -> str:
    return candidate.nodeid.partition("::")[0]


def seconds_of(text: str) -> float:
    """`6h`, `90min`, `45s`, `1h30min` in seconds. Raises ValueError, with the right form."""
    parts = _PARTS.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no time; write 6h, 90min, 45s or 1h30min")
    total_s: float = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not total_s:
        raise ValueError(f"{text!r} is no time at all")
    return total_s


def spelled(seconds: float) -> str:
    """A time for people: `5 h 12 min`, `12 min`, `4 s`."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 1 or not seconds else "under 1 s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
