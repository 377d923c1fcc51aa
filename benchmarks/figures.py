"""Figures and how they are shown."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """Several takings of one figure."""

    low: float
    middle: float
    high: float
    count: int

    def __format__(self, spec: str) -> str:
        if self.count == 1:
            return f"{self.middle:{spec}}"
        return f"{self.middle:{spec}} ({self.low:{spec}}–{self.high:{spec}})"


def spread(values: Sequence[float]) -> Spread:
    """Least, median, most."""
    return Spread(min(values), median(values), max(values), len(values))


def ratios(values: Sequence[float], raw: Sequence[float]) -> Spread:
    """Each taking by that of `raw` in the same round."""
    return spread([value / beside for value, beside in zip(values, raw, strict=True)])


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Target:
    """What hil wants of one figure, and what it was."""

    what: str
    bound: float
    found: float
    unit: str = " × raw"

    @property
    def verdict(self) -> str:
        """Met, or by how much it was missed."""
        if self.found <= self.bound:
            return "met"
        return f"missed: {self.found / self.bound:.1f} × the target" if self.bound else "missed"

    def row(self) -> Sequence[str]:
        """For the table of them."""
        return [
            self.what,
            f"{self.bound:g}{self.unit}",
            f"{self.found:.3g}{self.unit}",
            self.verdict,
        ]


def verdicts(targets: Sequence[Target]) -> "Table":
    """Every target, and whether it was met."""
    columns = ["target", "at most", "found", ""]
    return Table("What hil wants, and what it is", columns, [each.row() for each in targets])


@dataclass
class Table:
    """One measurement, for people."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def markdown(self) -> str:
        """As it stands in docs/figures.md."""
        lines = [f"## {self.title}", ""]
        lines += [_row(self.columns), _row(["---"] * len(self.columns))]
        lines += [_row(row) for row in self.rows]
        if self.notes:
            lines += ["", *self.notes]
        return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def circumstances() -> str:
    """When this was, on what machine, and how busy that was."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}, {platform.system()}; load average {load}"
    )
