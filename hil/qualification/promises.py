"""What a run proves: a verdict on each promise, and with which code the run ends.

Computed from what the run has left on the disk, so pytest, the keeper and `hil report` say the same.
Why these codes: docs/decisions/0010-exit-codes-say-who-has-to-act.md.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path

from hil.files.durable import write_durably
from hil.qualification.account import Account, Course
from hil.qualification.plan import Promised
from hil.qualification.progress import Outcome
from hil.vocabulary.blame import Blame

FILE = "promises.json"
"""In the run's folder."""

OK, TESTS_FAILED = 0, 1
"""pytest's codes of a run that came to its end."""


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

    promise: Promised
    verdict: Kept
    reason: str
    tests: tuple[str, ...]
    """Node ids of its collected tests."""


@dataclass(frozen=True, slots=True)
class Qualification:
    """What a whole run says."""

    promises: tuple[PromiseVerdict, ...]
    gone: tuple[str, ...]
    """Known bugs that did not show, a sentence each."""
    unproven: tuple[str, ...]
    """Promises without whose proof the run is not green, and tests that proved nothing."""
    code: int | None
    """What the run ends with; None where it ended without a code."""


def settle(account: Account, *, status: int | None) -> Qualification:
    """What the run proves. `status` is what pytest would end with, None where nobody knows."""
    tests: dict[str | None, list[Course]] = defaultdict(list)
    for course in account.courses:
        tests[course.test.promise].append(course)
    promises = tuple(
        _judged(promised, tests[promised.id], account) for promised in account.plan.promises
    )
    gone = tuple(_gone(account))
    unproven = [
        f"{each.promise.id} must be proved ({each.verdict}): {each.reason}"
        for each in promises
        if each.promise.must_prove and each.verdict is not Kept.KEPT
    ]
    verdicts = account.verdicts
    products = (Blame.PRODUCT, Blame.UNCONFIRMED, Blame.KNOWN)
    if troubled := {each.nodeid for each in verdicts if each.blame not in products}:
        unproven.append(f"trouble of the rig or the suite in {len(troubled)} tests")
    code = _code({each.blame for each in verdicts}, bool(unproven), bool(gone), status)
    return Qualification(promises, gone, tuple(unproven), code)


def write_promises(run_dir: Path, account: Account, found: Qualification) -> None:
    """Write `promises.json` into the run's folder.

    Raises:
        OSError: it cannot be written.
    """
    content = {
        "rig": account.plan.rig,
        "firmware": account.facts.get("firmware", account.plan.firmware),
        "exit_code": found.code,
        "ended_by": account.ended_by,
        "accounted_for": account.told(),
        "promises": [
            {
                "id": each.promise.id,
                "sentence": each.promise.sentence,
                "grade": each.promise.grade,
                "owner": each.promise.owner,
                "verdict": each.verdict.value,
                "reason": each.reason,
                "tests": list(each.tests),
                "must_prove": each.promise.must_prove,
            }
            for each in found.promises
        ],
        "known_bugs_gone": list(found.gone),
    }
    write_durably(run_dir / FILE, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _code(
    blames: set[Blame], is_unproven: bool, is_a_bug_gone: bool, status: int | None
) -> int | None:
    if status not in (OK, TESTS_FAILED):
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


def _judged(promised: Promised, courses: list[Course], account: Account) -> PromiseVerdict:
    found = [_of_test(course) for course in courses]
    found += [
        (Kept.UNPROVEN, each.told) for each in account.plan.left_out if each.promise == promised.id
    ]
    if not found:
        found = [(Kept.UNPROVEN, "no test of it was collected")]
    verdict, reason = min(found, key=lambda each: list(Kept).index(each[0]))
    return PromiseVerdict(
        promised, verdict, reason, tuple(course.test.nodeid for course in courses)
    )


def _of_test(course: Course) -> tuple[Kept, str]:
    for blame, kept in ((Blame.PRODUCT, Kept.BROKEN), (Blame.UNCONFIRMED, Kept.UNCONFIRMED)):
        for each in course.verdicts:
            if each.blame is blame:
                return kept, each.headline
    if course.verdicts:
        return Kept.UNPROVEN, course.verdicts[0].headline
    match course.outcome:
        case Outcome.PASSED:
            return Kept.KEPT, ""
        case Outcome.NOT_RUN:
            return Kept.UNPROVEN, f"never started: {course.why}"
    return Kept.UNPROVEN, course.why or "it did not come to an end"


def _gone(account: Account) -> Iterable[str]:
    """Known bugs all of whose tests ran and passed; of one that was not tried nothing is known."""
    for bug in account.plan.expected_bugs:
        if all(_of_test(account.courses[place])[0] is Kept.KEPT for place in bug.tests):
            yield bug.told
