"""What a run proves: a verdict on each promise, and with which code the run ends.

Why these codes: docs/decisions/0010-exit-codes-say-who-has-to-act.md.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path

import pytest

from hil.files.closed_yaml import did_you_mean
from hil.plugin.blame import Blame
from hil.plugin.known_bugs import KnownBug
from hil.plugin.markers import is_product_test, promise_id
from hil.plugin.run import Run
from hil.rig.rig_file import RigFile, SimulatorClockEntry


class Exit(IntEnum):
    """How a run of product tests ends; pytest's own 2 to 5 stay what they are."""

    KEPT = 0
    BROKEN = 1
    UNPROVEN = 10
    UNCONFIRMED = 11
    KNOWN_BUG_GONE = 12


class Kept(StrEnum):
    """What a run says of a promise, the worst first."""

    BROKEN = "broken"
    UNCONFIRMED = "unconfirmed"
    UNPROVEN = "unproven"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class PromiseVerdict:
    """One promise: `reason` is the first line of what speaks against it, empty when it is kept."""

    id: str
    sentence: str
    grade: str
    verdict: Kept
    reason: str
    tests: tuple[str, ...]
    """Node ids of its collected tests."""
    must_prove: bool


@dataclass(frozen=True, slots=True)
class Qualification:
    """What a whole run says."""

    promises: tuple[PromiseVerdict, ...]
    gone: tuple[str, ...]
    """Known bugs that did not show, a sentence each."""
    unproven: tuple[str, ...]
    """Promises without whose proof the run is not green, and tests that proved nothing."""
    code: int


@dataclass(frozen=True, slots=True)
class Finer:
    """The blame of a failure in the light of what is assumed and what is known."""

    blame: Blame
    notes: tuple[str, ...] = ()
    """What the first line says of it."""
    bug: KnownBug | None = None


def is_bench(run: Run) -> bool:
    """Whether the rig is not simulated by this run; one in virtual time counts as simulated."""
    described = run.description
    return isinstance(described, RigFile) and not isinstance(described.clock, SimulatorClockEntry)


def finer(who: Blame, item: pytest.Item, run: Run) -> Finer:
    """What is the product's by exception and phase may be known, or unconfirmed."""
    promised = promise_id(item)
    if who is not Blame.PRODUCT or promised is None or promised not in run.promises:
        return Finer(who)
    notes = []
    if run.known_bugs is not None:
        known, expired = run.known_bugs.of(promised, _name(item), run.firmware)
        if known is not None:
            return Finer(Blame.KNOWN, (f"known bug {known.tracker}: {known.summary}",), known)
        if expired is not None:
            notes = [f"known bug {expired.tracker} expired on {expired.expires}"]
    is_assumed = run.promises[promised].grade == "assumed"
    if is_assumed and is_bench(run) and promised not in _confirmed(run):
        notes.append(
            "unconfirmed: the promise rests on an assumption, not on a source; where the lab knows "
            f"it to be true, confirm it in the rig file (confirmed: [{promised}])"
        )
        return Finer(Blame.UNCONFIRMED, tuple(notes))
    return Finer(who, tuple(notes))


def check_promises_of_the_rig(run: Run, known: Iterable[str]) -> None:
    """Compare the rig file's `confirmed` and `must_prove` with `known`, all promises there are.

    Raises:
        pytest.UsageError: one is not there; names the nearest.
    """
    known = list(known)
    areas = list(dict.fromkeys(each.partition("-")[0] for each in known))
    for key, names, among in (
        ("confirmed", _confirmed(run), known),
        ("must_prove", _asked(run), [*known, *areas]),
    ):
        for name in names:
            if name not in among:
                # An area's name is close to each of its promises, so it is compared with areas only.
                hint = did_you_mean(name, known if "-" in name else areas)
                raise pytest.UsageError(
                    f"--rig {run.rig_name}: {key}: no promise {name!r} in docs/promises.yaml; {hint}"
                )


def settle(run: Run, items: Sequence[pytest.Item], *, status: int) -> Qualification:
    """What the run proves, once its last test has ended. `status` is what pytest would end with."""
    tests: dict[str, list[pytest.Item]] = defaultdict(list)
    left_out: dict[str, list[pytest.Item]] = defaultdict(list)
    for mapping, among in ((tests, items), (left_out, run.deselected)):
        for item in among:
            if is_product_test(item, root=run.root) and (promised := promise_id(item)):
                mapping[promised].append(item)
    asked = _expanded(_asked(run), run.promises)
    promises = tuple(
        _judged(promised, tests[promised], left_out[promised], run, must_prove=promised in asked)
        for promised in run.promises
        if tests[promised] or promised in asked
    )
    gone = tuple(_gone(run, tests, left_out)) if is_bench(run) else ()
    unproven = [
        f"{each.id} must be proved ({each.verdict}): {each.reason}"
        for each in promises
        if each.must_prove and each.verdict is not Kept.KEPT
    ]
    troubled = {
        each.nodeid
        for each in run.verdicts
        if each.blame not in (Blame.PRODUCT, Blame.UNCONFIRMED, Blame.KNOWN)
    }
    if troubled:
        unproven.append(f"trouble of the rig or the suite in {len(troubled)} tests")
    code = _code({each.blame for each in run.verdicts}, bool(unproven), bool(gone), status)
    return Qualification(promises, gone, tuple(unproven), code)


def write_promises(run: Run, found: Qualification) -> None:
    """Write `promises.json` into the run's folder."""
    run.directory.mkdir(parents=True, exist_ok=True)
    content = {
        "rig": run.label,
        "firmware": str(run.firmware) if run.firmware else None,
        "exit_code": found.code,
        "promises": [
            {
                "id": each.id,
                "sentence": each.sentence,
                "grade": each.grade,
                "verdict": each.verdict.value,
                "reason": each.reason,
                "tests": list(each.tests),
                "must_prove": each.must_prove,
            }
            for each in found.promises
        ],
        "known_bugs_gone": list(found.gone),
    }
    path: Path = run.directory / "promises.json"
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _code(blames: set[Blame], is_unproven: bool, is_a_bug_gone: bool, status: int) -> int:
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return status
    if Blame.PRODUCT in blames:
        return Exit.BROKEN
    if Blame.UNCONFIRMED in blames:
        return Exit.UNCONFIRMED
    if is_unproven:
        return Exit.UNPROVEN
    if is_a_bug_gone:
        return Exit.KNOWN_BUG_GONE
    return status


def _judged(
    promised: str,
    tests: Sequence[pytest.Item],
    left_out: Sequence[pytest.Item],
    run: Run,
    *,
    must_prove: bool,
) -> PromiseVerdict:
    promise = run.promises[promised]
    found = [_of_test(item.nodeid, run) for item in tests]
    found += [(Kept.UNPROVEN, f"deselected: {run.scrub(item.name)}") for item in left_out]
    if not found:
        found = [(Kept.UNPROVEN, "no test of it was collected")]
    verdict, reason = min(found, key=lambda each: list(Kept).index(each[0]))
    nodeids = tuple(run.scrub(item.nodeid) for item in tests)
    return PromiseVerdict(
        promise.id, promise.sentence, promise.grade, verdict, reason, nodeids, must_prove
    )


def _of_test(nodeid: str, run: Run) -> tuple[Kept, str]:
    verdicts = [each for each in run.verdicts if each.nodeid == nodeid]
    for blame, kept in ((Blame.PRODUCT, Kept.BROKEN), (Blame.UNCONFIRMED, Kept.UNCONFIRMED)):
        for each in verdicts:
            if each.blame is blame:
                return kept, each.headline
    if verdicts:
        return Kept.UNPROVEN, verdicts[0].headline
    if nodeid in run.skipped:
        return Kept.UNPROVEN, run.skipped[nodeid]
    if nodeid not in run.started:
        return Kept.UNPROVEN, run.scrub(f"never started: {run.ended_by or 'the run ended before'}")
    if nodeid not in run.passed:
        return Kept.UNPROVEN, "it did not come to an end"
    return Kept.KEPT, ""


def _gone(
    run: Run, tests: dict[str, list[pytest.Item]], left_out: dict[str, list[pytest.Item]]
) -> Iterable[str]:
    """Known bugs all of whose tests ran and passed; of one that was not tried nothing is known."""
    if run.known_bugs is None:
        return
    for bug in run.known_bugs.bugs:
        if run.known_bugs.has_expired(bug):
            continue
        here, elsewhere = (
            [i for i in items[bug.promise] if bug.concerns(bug.promise, _name(i), run.firmware)]
            for items in (tests, left_out)
        )
        if here and not elsewhere and all(_of_test(i.nodeid, run)[0] is Kept.KEPT for i in here):
            yield (
                f"known bug {bug.tracker} did not show: {bug.promise} was kept on firmware "
                f"{run.firmware} ({bug.summary}); take it out of known-bugs.yaml or correct its range"
            )


def _confirmed(run: Run) -> tuple[str, ...]:
    return run.description.confirmed if isinstance(run.description, RigFile) else ()


def _asked(run: Run) -> tuple[str, ...]:
    return run.description.must_prove if isinstance(run.description, RigFile) else ()


def _expanded(names: Iterable[str], known: Iterable[str]) -> set[str]:
    asked = set(names)
    return {each for each in known if asked & {each, each.partition("-")[0]}}


def _name(item: pytest.Item) -> str:
    return str(getattr(item, "originalname", None) or item.name)
