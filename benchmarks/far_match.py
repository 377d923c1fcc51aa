"""A pattern that comes after much output."""

import math
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from benchmarks.device_process import devices
from benchmarks.figures import Table, Target, ratios, spread
from benchmarks.worker_process import ENTRIES, OURS, RAW, Entry, JobFailed, Worker, worker

SIZES_MB = (1, 10, 50)
PATTERN_COUNTS = (1, 30)
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """So much output, so many patterns."""

    patterns: int
    size_mb: int

    def __str__(self) -> str:
        return f"{self.size_mb} MB, {self.patterns} pattern{'s' if self.patterns > 1 else ''}"


CASES = tuple(Case(patterns, size) for patterns in PATTERN_COUNTS for size in SIZES_MB)


@dataclass
class Takings:
    """What one contestant did in one case."""

    took_s: list[float] = field(default_factory=list)
    trouble: str | None = None


class Seat:
    """A contestant with a device of its own, replaced by fresh ones after it gave up."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._stack = ExitStack()
        self._worker: Worker | None = None

    def take(self, case: Case, cap_s: float) -> float | None:
        """Seconds; None where it gave up.

        Raises:
            JobFailed: it failed otherwise.
        """
        if self._worker is None:
            device = self._stack.enter_context(devices(1))
            self._worker = self._stack.enter_context(worker(self._entry, *device.ports))
        done: float | None = None
        try:
            done = self._worker.do(
                "flood",
                count=case.size_mb * MB,
                pattern_count=case.patterns,
                within_s=cap_s,
            )["took_s"]
        finally:
            if done is None:
                self.close()
        return done

    def close(self) -> None:
        """Let go."""
        self._worker = None
        self._stack.close()


def measure(rounds: int, cap_s: float) -> list[Table]:
    """Every contestant in every case, in turns; who took too long is not asked for more."""
    entries = [entry for entry in ENTRIES if entry.knows_patterns]
    takings = {(entry, case): Takings() for entry in entries for case in CASES}
    seats = {entry: Seat(entry) for entry in entries}
    for _ in range(rounds):
        for case in CASES:
            for entry in entries:
                _take(takings, seats[entry], entry, case, cap_s)
    for seat in seats.values():
        seat.close()
    return [_table(takings, entries, cap_s)]


def _take(
    takings: dict[tuple[Entry, Case], Takings], seat: Seat, entry: Entry, case: Case, cap_s: float
) -> None:
    taken = takings[entry, case]
    smaller = [takings[entry, c] for c in CASES if c.patterns == case.patterns]
    if taken.trouble is not None:
        return
    if any(each.trouble for each in smaller[: SIZES_MB.index(case.size_mb)]):
        taken.trouble = "not tried"
        return
    try:
        took_s = seat.take(case, cap_s)
    except JobFailed as error:
        taken.trouble = f"failed: {str(error)[:200]}"
        return
    if took_s is None:
        taken.trouble = f"over {cap_s:g} s"
    else:
        taken.took_s.append(took_s)


def _table(takings: dict[tuple[Entry, Case], Takings], entries: list[Entry], cap_s: float) -> Table:
    table = Table(
        "A pattern after much output, × raw",
        ["", *(str(case) for case in CASES), "growth, 1 / 30 patterns"],
        notes=[
            f"Who took more than {cap_s:g} s was "
            "ended there, and larger sizes were not tried. Growth is the exponent between the two largest sizes "
            "taken. MB/s of raw: "
            + ", ".join(
                f"{case} {case.size_mb / spread(takings[RAW, case].took_s).middle:.0f}"
                for case in CASES
                if takings[RAW, case].took_s
            )
            + ".",
        ],
    )
    for entry in entries:
        cells = [_cell(takings[entry, case], takings[RAW, case]) for case in CASES]
        growth = " / ".join(_growth(takings, entry, count) for count in PATTERN_COUNTS)
        table.rows.append([entry.called, *cells, growth])
    case = CASES[-1]
    ours, raw = takings[OURS, case], takings[RAW, case]
    if ours.took_s and raw.took_s:
        found = ratios(ours.took_s, raw.took_s).middle
        table.targets.append(Target(f"a pattern behind {case}", 2.5, found))
    for count in PATTERN_COUNTS:
        exponent = _exponent(takings, OURS, count)
        if exponent is not None:
            said = f"the exponent by which that grows, patterns: {count}"
            table.targets.append(Target(said, 1.1, exponent, ""))
    return table


def _cell(taken: Takings, raw: Takings) -> str:
    if taken.trouble or not raw.took_s:
        return taken.trouble or "raw was not taken"
    return f"{ratios(taken.took_s, raw.took_s):.1f}"


def _growth(takings: dict[tuple[Entry, Case], Takings], entry: Entry, patterns: int) -> str:
    exponent = _exponent(takings, entry, patterns)
    return "–" if exponent is None else f"{exponent:.1f}"


def _exponent(
    takings: dict[tuple[Entry, Case], Takings], entry: Entry, patterns: int
) -> float | None:
    taken = [
        (case.size_mb, median(takings[entry, case].took_s))
        for case in CASES
        if case.patterns == patterns and not takings[entry, case].trouble
    ]
    if len(taken) < 2:
        return None
    (small, took_small), (large, took_large) = taken[-2:]
    return math.log(took_large / took_small) / math.log(large / small)
