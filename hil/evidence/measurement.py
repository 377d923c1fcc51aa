"""Named measurements: what a device took or gave, in a unit, with its limits and whether they were held.

Every wait for something to be so is one, in rig seconds, by its field name where it has one (`time
to rejoin`); other values a test measures by the fixture
`measured`. They stand on the timeline, so whatever reads a run afterwards takes them from there by
`measurement_of`; measurements.jsonl has those of the tests' own, one a line, for other programs.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, Self


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value. Of a wait that was not met the value is how long it was waited."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    held: bool = True
    """Whether it was within its limits."""

    @classmethod
    def limited(
        cls,
        name: str,
        value: float,
        unit: str,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> Self:
        """With the verdict that its limits give."""
        is_enough = at_least is None or value >= at_least
        return cls(
            name,
            value,
            unit,
            at_least,
            at_most,
            is_enough and (at_most is None or value <= at_most),
        )

    @property
    def limits(self) -> str:
        """`at most 90 s`; empty where it has none."""
        named = (("at least", self.at_least), ("at most", self.at_most))
        return ", ".join(
            f"{word} {limit:g} {self.unit}" for word, limit in named if limit is not None
        )

    def in_words(self) -> str:
        """`26.63 s, at most 90 s`: all of it but its name."""
        verdict = "" if self.held else "NOT HELD"
        return ", ".join(filter(None, (f"{self.value:.2f} {self.unit}", self.limits, verdict)))


class Measure(Protocol):
    """Take a named value down, with its limits: on the timeline, in the report, for other programs."""

    def __call__(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> Measurement: ...


def measurement_of(data: Mapping[str, object]) -> Measurement | None:
    """What an event of the timeline has measured, by its data."""
    if "measured" in data:
        at_least, at_most = (_number(data.get(name)) for name in ("at_least", "at_most"))
        value = float(str(data["value"]))
        return Measurement(
            str(data["measured"]), value, str(data["unit"]), at_least, at_most, bool(data["held"])
        )
    limit_s = _number(data.get("limit_s"))
    name = str(data.get("measures") or data.get("wait"))
    match data.get("ended"):
        case "met":
            return Measurement(name, float(str(data["after_s"])), "s", at_most=limit_s)
        case "not in time":
            took_s = float(str(data["took_s"]))
            return Measurement(name, took_s, "s", at_most=limit_s, held=False)
    return None


def summed_up(measurements: Iterable[Measurement]) -> dict[str, str]:
    """For people: each name once; of one that was measured several times how often, and its range."""
    by_name: dict[str, list[Measurement]] = defaultdict(list)
    for each in measurements:
        by_name[each.name].append(each)
    return {name: _of_one(found) for name, found in by_name.items()}


def _of_one(found: list[Measurement]) -> str:
    last = found[-1]
    if len(found) == 1:
        return last.in_words()
    values = [each.value for each in found]
    missed = sum(not each.held for each in found)
    told = (
        f"{len(found)} times, {min(values):.2f} … {max(values):.2f} {last.unit}",
        last.limits,
        f"{missed} NOT HELD" if missed else "",
    )
    return ", ".join(filter(None, told))


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
