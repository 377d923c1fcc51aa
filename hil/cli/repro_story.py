"""What one run of a test tells: its events in order, how long each wait took, how it ended."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hil.evidence.measurement import Measurement, measurement_of
from hil.evidence.timeline import TEST_BEGINS
from hil.rig.baseline import GIVE_POWER, LOOKED_AT

LOOKS = (GIVE_POWER, LOOKED_AT)
PASSED, SKIPPED = "passed", "skipped"

_NUMBER = re.compile(r"(?<![\w.])\d{1,11}(?:\.\d+)?(?![\w.])")
"""Times, counts and values; a serial number has twelve digits and tells devices apart."""
_FINGERPRINT = re.compile(r"‹secret [0-9a-f]{6}›")
_REMEMBERED = 8
"""An event like one of so many before it is a look that saw nothing new."""
_SHOWN = 4
ENOUGH = 3
"""Runs that passed, from which on what was said only in the failed one is worth telling: chance
makes each of the first few runs say something new."""


@dataclass(frozen=True)
class Story:
    """One run of one test."""

    verdict: str
    """`passed`, `skipped`, or whose fault it looks like: `product`, `rig`, `suite`, …"""
    headline: str
    """The first line of the failure, or why it was skipped; empty when it passed."""
    took_s: float
    """Rig seconds."""
    measured: tuple[Measurement, ...]
    """How long it took for everything that was waited for, and what else was measured."""
    events: tuple[str, ...]
    """Who said what, without the numbers in it and without repeated looks."""


def read_story(run_dir: Path) -> Story:
    """What the run in `run_dir` left: its timeline and the result of its one test."""
    verdict, headline = _verdict(run_dir / "allure-results")
    noted = list(_noted(run_dir / "timeline.jsonl"))
    times = [float(str(event["rig_s"])) for event in noted]
    return Story(
        verdict=verdict,
        headline=headline,
        took_s=max(times) - min(times) if times else 0.0,
        measured=tuple(_measured(noted)),
        events=tuple(_changes(noted)),
    )


def differences(failed: Story, passed: Sequence[Story]) -> list[str]:
    """What the failed run did otherwise than every run that passed, as lines for a person.

    Waits and measured times are always compared; what was said only after `ENOUGH` runs.
    """
    if not passed:
        return ["nothing to compare with: no run passed before"]
    lines = list(_times(failed, passed))
    if len(passed) < ENOUGH:
        few = f"what was said is not compared: {len(passed)} passed, it takes {ENOUGH}"
        return [*(lines or ["no wait took longer than in the runs that passed"]), few]
    known = {event for story in passed for event in story.events}
    strange = [event for event in dict.fromkeys(failed.events) if event not in known]
    lines = [*_parting(failed, passed), *lines, *(f"only here: {event}" for event in strange)]
    return lines or ["nothing: it said and saw the same as the runs that passed"]


def _times(failed: Story, passed: Sequence[Story]) -> Iterator[str]:
    """Waits that were not met or took longer than ever before, and the whole of it."""
    elsewhere = moved(passed)
    held = [each.name for each in failed.measured if each.held]
    missed = [each.name for each in failed.measured if not each.held]
    for name, values in elsewhere.items():
        if name not in held and name in missed:
            yield f"not met: {name}; {_range(values)} in the runs that passed"
    for each in failed.measured:
        found = elsewhere.get(each.name, [])
        if each.held and found and each.value > found[-1].value:
            more = "slower" if each.unit == "s" else "more"
            yield (
                f"{more}: {each.name}: {each.value:.1f} {each.unit}; "
                f"{_range(found)} in the runs that passed"
            )
    took = sorted(story.took_s for story in passed)
    if failed.took_s > took[-1]:
        yield (
            f"longer: the whole test: {failed.took_s:.0f} s; "
            f"{took[0]:.0f} to {took[-1]:.0f} s in the runs that passed"
        )


def _parting(failed: Story, passed: Sequence[Story]) -> Iterator[str]:
    """Where it left the run that it was alike for longest."""
    alike, nearest = max(
        ((_common(failed.events, story.events), story) for story in passed),
        key=lambda found: found[0],
    )
    if failed.events == nearest.events:
        return
    yield f"alike for {alike} events; the last of them: " + (
        failed.events[alike - 1] if alike else "none"
    )
    for name, story in (("then here", failed), ("elsewhere", nearest)):
        for event in story.events[alike : alike + _SHOWN] or ("(nothing more)",):
            yield f"  {name}: {event}"


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _verdict(results: Path) -> tuple[str, str]:
    found = [json.loads(path.read_text("utf-8")) for path in results.glob("*-result.json")]
    if len(found) != 1:
        return "suite", f"{len(found)} results where one was expected"
    result = found[0]
    message = str(result.get("statusDetails", {}).get("message", ""))
    if result["status"] == PASSED:
        return PASSED, ""
    if result["status"] == SKIPPED:
        return SKIPPED, message.removeprefix("Skipped: ").partition("\n")[0]
    blame = [label["value"] for label in result["labels"] if label["name"] == "blame"]
    return (blame or ["suite"])[-1], message.partition("\n")[0]


def _noted(timeline: Path) -> Iterator[dict[str, object]]:
    """The events from the test's beginning on."""
    if not timeline.is_file():
        return
    has_begun = False
    for line in timeline.read_text("utf-8").splitlines():
        event = json.loads(line)
        has_begun = has_begun or event["text"].startswith(TEST_BEGINS)
        if has_begun:
            yield event


def _measured(noted: Sequence[dict[str, object]]) -> Iterator[Measurement]:
    for event in noted:
        data = event["data"]
        found = measurement_of(data) if isinstance(data, dict) else None
        if found is not None and found.name not in LOOKS:
            yield found


def _range(found: Sequence[Measurement]) -> str:
    return f"{found[0].value:.1f} to {found[-1].value:.1f} {found[0].unit}"


def _changes(noted: Sequence[dict[str, object]]) -> Iterator[str]:
    recent: list[str] = []
    # Line by line: how many of a console's lines an event has depends on when it was read.
    for event, line in ((each, line) for each in noted for line in _lines(each)):
        text = _FINGERPRINT.sub("‹secret›", _NUMBER.sub("#", line))
        told = f"{event['wire']} {event['kind']} {text}"
        if told not in recent:
            yield told
        recent = [*recent[-_REMEMBERED + 1 :], told]


def _lines(event: dict[str, object]) -> list[str]:
    return str(event["text"]).split("\n")


def moved(stories: Sequence[Story]) -> dict[str, list[Measurement]]:
    """What was measured in the stories and held, by name, each sorted by its value."""
    found: dict[str, list[Measurement]] = {}
    for story in stories:
        for each in story.measured:
            if each.held:
                found.setdefault(each.name, []).append(each)
    return {name: sorted(each, key=lambda one: one.value) for name, each in found.items()}
