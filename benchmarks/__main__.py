"""`python -m benchmarks`: every measurement, or those that are named; prints the tables."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    capture,
    evidence,
    far_match,
    idle_consoles,
    round_trips,
    simulated_site,
    soak,
    thousand_tests,
    wake_up,
)
from benchmarks.figures import Table, Target, circumstances, verdicts

INTRODUCTION = """\
# Figures

Serial consoles on pseudo-terminals, this suite and others in the same run, in turns. "raw" is the smallest loop on the
descriptor itself. Absolute times drift with the machine by a factor of two; the ratios within a run are what
counts. `make benchmarks` takes them anew and writes this file; `benchmarks/` says how. Where hil's time goes, and why
what is missed is missed: `docs/decisions/0024-what-the-keeper-costs.md`.
"""


def measurements(*, short: bool) -> dict[str, Callable[[], list[Table]]]:
    """By name, in the order of the table; `short` is for whoever changes the benchmarks."""
    return {
        "round-trips": lambda: round_trips.measure(1 if short else 15),
        "far-match": lambda: far_match.measure(1 if short else 3, 5.0 if short else 20.0),
        "wake-up": lambda: wake_up.measure(1 if short else 7),
        "capture": lambda: capture.measure(3.0, (1, 4)) if short else capture.measure(20.0),
        "idle": lambda: idle_consoles.measure(3.0 if short else 20.0),
        "soak": lambda: soak.measure(8 if short else 64),
        "evidence": lambda: evidence.measure(
            200 if short else 2000, 50 if short else 300, 1 if short else 5
        ),
        "site": lambda: simulated_site.measure(1 if short else 5, 100 if short else 1000),
        "report": lambda: thousand_tests.measure(1000, 1 if short else 5),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("only", nargs="*", help="names of measurements; all, where none is given")
    parser.add_argument("--short", action="store_true", help="to see whether it works at all")
    parser.add_argument("--write", type=Path, help="the file that the tables go to as well")
    given = parser.parse_args()
    known = measurements(short=given.short)
    if unknown := [each for each in given.only if each not in known]:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(known)}")
    parts: list[str] = []
    targets: list[Target] = []
    for name in given.only or known:
        before = circumstances()
        taken = known[name]()
        tables = "\n".join(table.markdown() for table in taken)
        targets += [target for table in taken for target in table.targets]
        parts.append(f"{tables}\nBegun {before}; ended {circumstances()}.\n")
        sys.stdout.write(parts[-1] + "\n")
        sys.stdout.flush()
    summary = verdicts(targets).markdown()
    sys.stdout.write(summary)
    if given.write is not None:
        given.write.write_text("\n".join([INTRODUCTION, summary, *parts]), encoding="utf-8")


if __name__ == "__main__":
    main()
