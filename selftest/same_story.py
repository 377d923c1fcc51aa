"""Two runs of the suite with one seed and order, compared event by event."""

from itertools import zip_longest
from pathlib import Path

from selftest.suite_runs import masked, run_suite

ALIKE = ("--sim-seed=7", "--random-order", "--random-order-seed=7")


def differ_first(folder: Path, *options: str) -> tuple[str, ...] | None:
    """The first event in which the timelines of two such runs differ."""
    stories = []
    for night in ("first", "second"):
        run = run_suite(folder / night, *ALIKE, *options)
        assert run.returncode == 0, run.printed
        stories.append([masked(event) for event in run.timeline()])
    assert len(stories[0]) > 1000
    return next((pair for pair in zip_longest(*stories) if pair[0] != pair[1]), None)
