"""Which tests a night has time for, and in which order."""

import pytest

from hil.qualification.budget import (
    Candidate,
    Entry,
    Night,
    Worth,
    night,
    seconds_of,
    spelled,
)

HOUR = 3600.0


def candidate(
    name: str,
    worth: Worth = Worth.PROVEN,
    *,
    file: str = "test_a.py",
    lasted_s: float | None = HOUR,
    proven_at: str = "",
    limit_s: float | None = None,
) -> Candidate:
    return Candidate(f"{file}::{name}", worth, worth.name, proven_at, lasted_s, limit_s)


def planned(*candidates: Candidate, within_s: float, aside_s: float = 0.0) -> Night:
    return night(candidates, within_s=within_s, aside_s=aside_s, rig_speed=1.0)


def names(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.nodeid.partition("::")[2] for entry in entries]


def test_the_most_valuable_come_first_and_among_equals_the_longest_unproven() -> None:
    found = planned(
        candidate("proven_lately", proven_at="2026-03-02"),
        candidate("skipped", Worth.SKIPPED, lasted_s=0.0),
        candidate("proven_long_ago", proven_at="2025-03-02"),
        candidate("new", Worth.NEVER_PROVEN),
        candidate("changed", Worth.CHANGED, proven_at="2026-03-02"),
        candidate("failed", Worth.FAILED, proven_at="2026-03-01"),
        candidate("failed_always", Worth.FAILED),
        within_s=24 * HOUR,
    )

    assert names(found.fits) == [
        "failed_always",
        "failed",
        "changed",
        "new",
        "proven_long_ago",
        "proven_lately",
        "skipped",
    ]
    assert found.left_out == ()
    assert found.planned_s == 6 * HOUR


def test_what_does_not_fit_leaves_room_for_less_valuable_ones_that_do() -> None:
    found = planned(
        candidate("failed", Worth.FAILED, lasted_s=2 * HOUR),
        candidate("changed", Worth.CHANGED, lasted_s=5 * HOUR),
        candidate("new", Worth.NEVER_PROVEN, lasted_s=3 * HOUR),
        candidate("proven", lasted_s=0.5 * HOUR),
        candidate("skipped", Worth.SKIPPED, lasted_s=0.0),
        within_s=6 * HOUR,
        aside_s=0.5 * HOUR,
    )

    assert names(found.fits) == ["failed", "new", "proven", "skipped"]
    assert names(found.left_out) == ["changed"]
    assert found.planned_s == 6 * HOUR
    assert found.why_not == "did not fit in 6 h"


def test_a_time_that_nobody_knows_is_guessed_and_said_to_be() -> None:
    found = planned(
        candidate("known", lasted_s=100.0),
        candidate("slow", lasted_s=300.0),
        candidate("slower", lasted_s=200.0),
        candidate("skipped", Worth.SKIPPED, lasted_s=0.0),
        candidate("new", lasted_s=None),
        candidate("limited", lasted_s=None, limit_s=60.0),
        candidate("elsewhere", lasted_s=None, file="test_b.py"),
        candidate("known_elsewhere", lasted_s=20.0, file="test_c.py"),
        within_s=24 * HOUR,
    )
    given = {entry.nodeid: (entry.wall_s, entry.is_guess) for entry in found.fits}

    assert given["test_a.py::known"] == (100.0, False)
    assert given["test_a.py::new"] == (200.0, True), "the median of its file, skipped ones left out"
    assert given["test_a.py::limited"] == (60.0, True), "no more than its limit"
    assert given["test_b.py::elsewhere"] == (150.0, True), "the median of all"


@pytest.mark.parametrize(
    ("speed", "guess_s"),
    [(1.0, 300.0), (10.0, 30.0), (float("inf"), 1.0)],
    ids=["a bench", "paced", "virtual"],
)
def test_on_the_first_night_everything_is_a_guess(speed: float, guess_s: float) -> None:
    found = night(
        [candidate("new", lasted_s=None), candidate("limited", lasted_s=None, limit_s=HOUR)],
        within_s=24 * HOUR,
        aside_s=0.0,
        rig_speed=speed,
    )

    assert [(entry.wall_s, entry.is_guess) for entry in found.fits] == [
        (guess_s, True),
        (HOUR, True),
    ]


def test_the_same_night_is_planned_alike() -> None:
    tests = [candidate(f"test_{number}", lasted_s=number % 7 * HOUR) for number in range(40)]

    assert planned(*tests, within_s=9 * HOUR) == planned(*tests, within_s=9 * HOUR)


def test_a_night_may_end_a_little_late_but_not_more() -> None:
    found = planned(candidate("last", lasted_s=HOUR), within_s=10 * HOUR)
    (last,) = found.fits

    assert found.has_time_for(last, HOUR)
    assert found.has_time_for(last, 0.81 * HOUR)
    assert not found.has_time_for(last, 0.79 * HOUR)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6h", 21600), ("90min", 5400), ("45s", 45), ("1h30min", 5400), ("0.5h", 1800)],
)
def test_a_time_is_understood(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "6", "h", "6 h", "6hours", "-6h", "0h"])
def test_what_is_no_time_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.3, "under 1 s"), (59, "59 s"), (600, "10 min"), (18720, "5 h 12 min")],
)
def test_a_time_is_spelled_for_people(seconds: float, text: str) -> None:
    assert spelled(seconds) == text
