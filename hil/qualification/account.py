"""Every collected test accounted for: what was planned, what was run, what is in the report.

One piece for everybody: pytest at its own end, the keeper of a run that is gone, and `hil report`
where the keeper was killed with it. Doing it again changes nothing.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hil.evidence.allure_files import NOT_RUN, AllureFiles, Document, ended_with
from hil.evidence.exchanges import attachments
from hil.evidence.timeline_file import read_events
from hil.qualification.plan import Plan, PlannedTest, read_plan
from hil.qualification.progress import (
    Line,
    Outcome,
    Verdict,
    is_going_on,
    never_began,
    read_progress,
)
from hil.vocabulary.blame import Blame

NO_WORD = "the run ended without a word, and so did its keeper: both were killed, or the machine lost power"

GOES_ON = "the run still goes on"
FORGOTTEN = "the run came to its end without it"

STATUS = {
    Outcome.PASSED: ("passed",),
    Outcome.SKIPPED: ("skipped",),
    Outcome.FAILED: ("failed", "broken"),
    Outcome.ABORTED: ("broken",),
    Outcome.NOT_RUN: ("unknown",),
}
"""What Allure may call each."""


@dataclass(frozen=True, slots=True)
class Course:
    """What became of one planned test."""

    test: PlannedTest
    outcome: Outcome
    why: str
    """Why it was skipped, aborted or not run; empty otherwise."""
    verdicts: tuple[Verdict, ...]
    result: str
    """The uuid of its Allure result."""
    began_ms: int | None = None
    ended_ms: int | None = None
    process: str = ""

    @property
    def blame(self) -> Blame | None:
        """Who is to blame: the first finding stays."""
        return self.verdicts[0].blame if self.verdicts else None


@dataclass(frozen=True)
class Account:
    """A run by its own records: nothing of it is remembered, all of it was read."""

    plan: Plan
    courses: tuple[Course, ...]
    """In the order of the plan."""
    not_collected: tuple[Verdict, ...]
    facts: Mapping[str, str]
    """What describes the run."""
    ended_by: str
    """What ended it before its time; empty where nothing did."""
    status: int | None
    """pytest's exit code; None where pytest did not get as far."""
    last_ms: int
    """When it last gave a sign of life."""
    is_going_on: bool
    added: list[str] = field(default_factory=list)
    """Tests whose result pytest has not written, or not truthfully: it was written now."""
    unaccounted: list[str] = field(default_factory=list)
    """Tests that have no result in the report, a sentence each."""

    @property
    def verdicts(self) -> list[Verdict]:
        """Every failure, files that could not be collected too."""
        return [*self.not_collected, *(v for course in self.courses for v in course.verdicts)]

    def told(self) -> str:
        """The reconciliation in one line."""
        counts = Counter(
            Outcome.NOT_RUN if never_began(course.verdicts) else course.outcome
            for course in self.courses
        )
        run = sum(counts[each] for each in (Outcome.PASSED, Outcome.FAILED))
        parts = [f"{len(self.courses)} collected", f"{run} run"]
        parts += [
            f"{counts[each]} {each}"
            for each in (Outcome.SKIPPED, Outcome.ABORTED, Outcome.NOT_RUN)
            if counts[each]
        ]
        parts.append(f"{len(self.unaccounted)} unaccounted for")
        if self.not_collected:
            parts.append(f"{len(self.not_collected)} files not collected")
        if self.plan.left_out:
            parts.append(f"{len(self.plan.left_out)} deselected before")
        return ", ".join(parts)


def read_account(run_dir: Path) -> Account | None:
    """What a run's own records say; None where it made no plan. Writes nothing.

    Raises:
        SuiteError: the plan cannot be read.
    """
    if (plan := read_plan(run_dir)) is None:
        return None
    lines = read_progress(run_dir)
    over = next((line for line in reversed(lines) if line.what == "over"), None)
    facts = dict(plan.facts)
    for line in lines:
        if line.what == "opened":
            facts |= line.said["facts"]
    going_on = over is None and is_going_on(run_dir)
    reason = _Reasons(lines, GOES_ON if going_on else NO_WORD)
    return Account(
        plan=plan,
        courses=tuple(_courses(plan, lines, reason)),
        not_collected=tuple(
            _verdict(line.said["verdict"]) for line in lines if line.what == "not collected"
        ),
        facts=facts,
        ended_by=reason.of_the_run,
        status=over.said["status"] if over else None,
        last_ms=max((line.at_ms for line in lines), default=0),
        is_going_on=going_on,
    )


def reconcile(
    run_dir: Path, account: Account, *, scrub: Callable[[str], str] = lambda text: text
) -> None:
    """Bring the Allure results into line with `account`: nothing missing, nothing untrue.

    What cannot be written is unaccounted for, and never an error: it may be the disk that is full.
    """
    files = AllureFiles(run_dir / account.plan.results)
    account.added.clear()
    account.unaccounted.clear()
    for place, course in enumerate(account.courses):
        try:
            if course.outcome is not Outcome.NOT_RUN:
                files.remove_result(_unborn(account.plan, place))
            found = files.result(course.result)
            if found is None or found["status"] not in STATUS[course.outcome]:
                document = _document(course, found, account, scrub)
                if course.outcome is Outcome.ABORTED:
                    for name, text in _evidence(run_dir, course):
                        files.attach(document, name, scrub(text))
                files.write_result(document)
                account.added.append(course.test.nodeid)
        except OSError as error:
            account.unaccounted.append(f"{course.test.nodeid}: {error}")
    try:
        files.describe(environment=account.facts, run=account.plan.run)
    except OSError:
        return  # an empty disk would have had it; nothing of a test is lost


def _courses(plan: Plan, lines: Sequence[Line], reason: "_Reasons") -> Iterable[Course]:
    began = {line.said["test"]: line for line in lines if line.what == "began"}
    ended = {line.said["test"]: line for line in lines if line.what == "ended"}
    for place, test in enumerate(plan.tests):
        begin, end = began.get(place), ended.get(place)
        if begin is None:
            name = _unborn(plan, place)
            yield Course(test, Outcome.NOT_RUN, reason.of_the_run or FORGOTTEN, (), name)
        elif end is None:
            why = reason.of_process(begin.process)
            headline = f"{test.promise or test.nodeid} · aborted: {why}"
            verdict = Verdict(test.nodeid, "call", Blame.ABORTED, headline)
            name = begin.said["uuid"] or _unborn(plan, place)
            yield Course(
                test, Outcome.ABORTED, why, (verdict,), name, begin.at_ms, None, begin.process
            )
        else:
            yield Course(
                test,
                Outcome(end.said["outcome"]),
                end.said["why"],
                tuple(_verdict(each) for each in end.said["verdicts"]),
                begin.said["uuid"] or _unborn(plan, place),
                begin.at_ms,
                end.at_ms,
                begin.process,
            )


class _Reasons:
    """Why a run, or one of its processes, is no more."""

    def __init__(self, lines: Sequence[Line], otherwise: str) -> None:
        """`otherwise` is the reason where nobody has said one."""
        self._otherwise = otherwise
        self._over = {line.process: line for line in lines if line.what == "over"}
        self._lost = {line.process: line.said["why"] for line in lines if line.what == "lost"}
        self._names = {line.process for line in lines}

    @property
    def of_the_run(self) -> str:
        """Empty where nothing ended it before its time."""
        if "" in self._over:
            return str(self._over[""].said["why"])
        if "" in self._lost:
            return str(self._lost[""])
        others = [self.of_process(name) for name in sorted(self._names - {""})]
        return others[0] if others else self._otherwise

    def of_process(self, name: str) -> str:
        if name in self._lost:
            return str(self._lost[name])
        if name in self._over:
            line = self._over[name].said
            return str(line["why"]) or f"pytest ended with {line['status']} in the middle of it"
        if name and "" in self._over:
            return f"worker {name} is gone without a word"
        return self._otherwise


def _document(
    course: Course, found: Document | None, account: Account, scrub: Callable[[str], str]
) -> Document:
    """The result of a test whose own is missing or untrue."""
    began = course.began_ms if course.began_ms is not None else account.last_ms
    document: Document = {
        **course.test.result,
        **(found or {}),
        "uuid": course.result,
        "status": _status(course),
        "start": began,
        "stop": max(began, course.ended_ms or account.last_ms),
    }
    lost = "its own result is lost; this is what progress.jsonl tells"
    match course.outcome:
        case Outcome.NOT_RUN:
            message, blame = f"not run: {course.why}", NOT_RUN
        case Outcome.SKIPPED:
            message, blame = f"{course.why}\n{lost}", ""
        case Outcome.PASSED:
            message, blame = lost, ""
        case _:
            first = course.verdicts[0] if course.verdicts else None
            message = first.headline if first else course.why
            message += "" if course.outcome is Outcome.ABORTED else f"\n{lost}"
            blame = (first.blame if first else Blame.SUITE).value
    labels: list[Mapping[str, Any]] = [
        label for label in document.get("labels", []) if label["name"] != "blame"
    ]
    if blame:
        labels.append({"name": "blame", "value": blame})
        message = ended_with(message, blame)
    document["labels"], document["statusDetails"] = labels, {"message": scrub(message)}
    return document


def _status(course: Course) -> str:
    product = course.outcome is Outcome.FAILED and course.blame is Blame.PRODUCT
    return "failed" if product else STATUS[course.outcome][-1]


def _evidence(run_dir: Path, course: Course) -> Iterable[tuple[str, str]]:
    """What was said from the test's beginning to the end of the run."""
    timeline = run_dir / course.process / "timeline.jsonl"
    yield from attachments(list(read_events(timeline, since=(course.began_ms or 0) / 1000)))


def _verdict(said: Mapping[str, Any]) -> Verdict:
    return Verdict(**{**said, "blame": Blame(said["blame"])})


def _unborn(plan: Plan, place: int) -> str:
    """The uuid of a result that pytest has not even begun: always the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{plan.run}/{place}/{plan.tests[place].nodeid}"))
