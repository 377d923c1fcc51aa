"""One page about a run, for mail or chat: the verdict first, in words.

Made from what the run has left on the disk and nothing else, so that pytest, the keeper and
`hil report` write the same.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hil.evidence.allure_files import PROMISES_PAGE
from hil.files.durable import write_durably
from hil.qualification.account import Account
from hil.qualification.digest import Digest, read_digest
from hil.qualification.page import page
from hil.qualification.progress import Outcome, Verdict, never_began
from hil.qualification.promises import Exit, Kept, Qualification, settle
from hil.rig.health.check import Health, State, read_health
from hil.vocabulary.blame import Blame

MARKDOWN, HTML = "summary.md", "summary.html"
"""In the run's folder."""

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable of GitHub's runners, and of those that imitate them."""

FAILURES, REASONS, WAITS, DRIFT = 10, 8, 5, 30
"""Rows that are shown, so that it stays one page; of drift one for each view, nothing else has it."""

_WHOSE = {
    Blame.PRODUCT: "product",
    Blame.UNCONFIRMED: "unconfirmed",
    Blame.RIG: "rig",
    Blame.SUITE: "suite",
    Blame.ABORTED: "aborted",
    Blame.KNOWN: "known bug",
}
"""In the order in which somebody has to act."""


@dataclass(frozen=True)
class Rows:
    """The first rows of a table, and a word about the rest."""

    shown: Sequence[Any]
    more: str

    def __bool__(self) -> bool:
        return bool(self.shown)


@dataclass(frozen=True, slots=True)
class FailureRow:
    """What tests have failed of, for a reader who was not there."""

    whose: str
    promises: Sequence[str]
    tests: str
    what: str


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Tests that prove nothing for one and the same reason."""

    why: str
    count: int
    promises: str


def write_summary_pages(run_dir: Path, account: Account, found: Qualification) -> None:
    """Write the summary into the run's folder, as Markdown and as HTML.

    Raises:
        OSError: it cannot be written.
    """
    content = _content(account, found, read_digest(run_dir), read_health(run_dir))
    for name in (MARKDOWN, HTML):
        write_durably(run_dir / name, page(name, **content))


def show_in_ci(run_dir: Path, environment: Mapping[str, str]) -> None:
    """Append the summary to the page of the CI's step, where it names one (GITHUB_STEP_SUMMARY)."""
    if not (step := environment.get(STEP_SUMMARY)):
        return
    with suppress(OSError):  # that page is the CI's; the summary is in the run's folder
        text = (run_dir / MARKDOWN).read_text(encoding="utf-8")
        with Path(step).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")


def write_promises_page(folder: Path, account: Account) -> None:
    """Write the page that the links of the report's tests lead to. Raises OSError."""
    found = settle(account, status=account.status)
    content = {"title": f"Promises of HIL {account.plan.run}", "promises": found.promises}
    write_durably(folder / PROMISES_PAGE, page(PROMISES_PAGE, **content))


def in_words(account: Account, found: Qualification) -> str:
    """The verdict on a run, in one sentence."""
    if account.is_going_on:
        ended = sum(course.ended_ms is not None for course in account.courses)
        return f"NO VERDICT: the run still goes on, {ended} of {len(account.courses)} tests ended"
    promises = Counter(each.verdict for each in found.promises)
    tests = Counter(course.blame for course in account.courses if course.blame)
    not_run = sum(course.outcome is Outcome.NOT_RUN for course in account.courses)
    against = [
        _counted(promises[Kept.BROKEN], "promise broken (product)", "promises broken (product)"),
        _counted(promises[Kept.UNCONFIRMED], "promise unconfirmed", "promises unconfirmed"),
        _counted(tests[Blame.RIG], "test lost to the rig", "tests lost to the rig"),
        _counted(tests[Blame.SUITE], "test lost to the suite", "tests lost to the suite"),
        _counted(len(account.not_collected), "file not collected", "files not collected"),
        _counted(tests[Blame.ABORTED], "test aborted", "tests aborted"),
        _counted(not_run, "test not run", "tests not run"),
        _counted(len(account.unaccounted), "test unaccounted for", "tests unaccounted for"),
    ]
    if found.code == Exit.KNOWN_BUG_GONE:
        against.append(
            _counted(len(found.gone), "known bug did not show", "known bugs did not show")
        )
    if found.code == Exit.UNPROVEN:
        asked = [each for each in found.promises if each.promise.must_prove]
        lacking = sum(each.verdict is not Kept.KEPT for each in asked)
        must = "promise that must be proved is not", "promises that must be proved are not"
        against.append(_counted(lacking, *must))
    if found.code not in (*Exit, None):
        against.append(f"pytest ended with {found.code}")
    good = [
        _counted(promises[Kept.KEPT], "promise kept", "promises kept"),
        _counted(promises[Kept.UNPROVEN], "unproven", "unproven"),
    ]
    told = ", ".join(filter(None, against))
    is_green = found.code == Exit.KEPT and not told
    said = ", ".join(filter(None, good))
    if is_green:
        return f"GREEN: {said or 'no promise was tested'}"
    return f"NOT GREEN: {'; '.join(filter(None, (told or 'it did not come to its end', said)))}"


def _content(
    account: Account, found: Qualification, digest: Digest, before: Health | None
) -> dict[str, object]:
    verdict = in_words(account, found)
    broken = any(each.verdict is Kept.BROKEN for each in found.promises)
    return {
        "title": f"HIL {account.plan.run}",
        "verdict": verdict,
        "colour": "green" if verdict.startswith("GREEN") else "red" if broken else "yellow",
        "facts": _facts(account, found),
        "accounted": account.told(),
        "failures": _rows(_failures(account), FAILURES, "causes"),
        "not_run": _rows(_reasons(account), REASONS, "reasons"),
        "waits": digest.slowest(WAITS),
        "titles": {course.test.nodeid: course.test.result["name"] for course in account.courses},
        "drift": _rows(list(digest.drift), DRIFT, "news"),
        "rig": _health(account, digest, before),
    }


def _facts(account: Account, found: Qualification) -> list[str]:
    facts = account.facts
    began = min((course.began_ms for course in account.courses if course.began_ms), default=None)
    code = f"exit code {found.code:d}" if found.code is not None else "no exit code"
    told = [f"rig {account.plan.rig}"]
    told += [f"firmware {facts['firmware']}"] if "firmware" in facts else []
    told += [f"defects: {facts['defects']}"] if "defects" in facts else []
    told += [f"time {facts['time']}"] if "time" in facts else []
    if began is not None:
        when = datetime.fromtimestamp(began / 1000, UTC)
        told += [f"{when:%Y-%m-%d %H:%M} UTC", f"{(account.last_ms - began) / 1000:.0f} s"]
    return [*told, code]


def _failures(account: Account) -> list[FailureRow]:
    """Tests that failed of one and the same thing are one row, the widespread first."""
    promises = {course.test.nodeid: course.test.promise or "" for course in account.courses}
    alike: dict[tuple[Blame, str], list[Verdict]] = defaultdict(list)
    for verdict in account.verdicts:
        if not verdict.is_repeated:
            what = verdict.headline.removeprefix(f"{promises.get(verdict.nodeid)} · ")
            alike[verdict.blame, what].append(verdict)
    order = list(_WHOSE)
    rows = []
    for (whose, what), verdicts in sorted(
        alike.items(), key=lambda each: (order.index(each[0][0]), -len(each[1]))
    ):
        touched = dict.fromkeys(filter(None, (promises.get(each.nodeid) for each in verdicts)))
        more = len(verdicts) - 1
        tests = _where(verdicts[0]) + (f" and {more} more" if more else "")
        rows.append(FailureRow(_WHOSE[whose], list(touched), tests, what))
    return rows


def _where(verdict: Verdict) -> str:
    path, bracket, parameters = verdict.nodeid.partition("[")  # which may hold a slash
    phase = "" if verdict.phase in ("call", "collection") else f" ({verdict.phase})"
    return f"{path.rpartition('/')[2]}{bracket}{parameters}{phase}"


def _reasons(account: Account) -> list[ReasonRow]:
    found: dict[str, list[str]] = defaultdict(list)
    for course in account.courses:
        if course.outcome in (Outcome.NOT_RUN, Outcome.SKIPPED):
            why = course.why.removeprefix("skipped: ")
            found[f"{course.outcome}: {why}"].append(course.test.promise or "")
        elif never_began(course.verdicts):
            found["the rig was out"].append(course.test.promise or "")
    for test in account.plan.left_out:
        found[f"deselected: {test.why}"].append(test.promise or "")
    rows = [
        ReasonRow(why, len(promises), ", ".join(dict.fromkeys(filter(None, promises))))
        for why, promises in found.items()
    ]
    return sorted(rows, key=lambda row: -row.count)


def _health(account: Account, digest: Digest, before: Health | None) -> list[str]:
    told = [*_examined(before), *digest.told]
    if account.ended_by:
        told.insert(0, f"ended before its time: {account.ended_by}")
    counted: Counter[str] = Counter()
    for wire, counters in digest.consoles.items():
        wrong = {k: n for k, n in counters.items() if n and not k.startswith("bytes_")}
        counted.update(counters)
        if wrong:
            what = ", ".join(f"{name.replace('_', ' ')}: {n}" for name, n in wrong.items())
            told.append(f"{wire}: {what}")
    if digest.consoles:
        told.append(
            f"{len(digest.consoles)} consoles, {counted['bytes_in']:,} bytes recorded, "
            f"gaps: {counted['gaps']}, reconnects: {counted['reconnects']}"
        )
    told += [
        f"{wire}: {count} times trouble, that which tests cause included"
        for wire, count in digest.trouble.items()
    ]
    return told or ["nothing was noted: the rig was not opened"]


def _examined(before: Health | None) -> list[str]:
    """What `hil doctor`'s checks found before the first test."""
    if before is None:
        return []
    wrong = before.named(State.RED, State.WARN, State.UNSEEN)
    told = [
        f"{each.state}: {each.name}: {each.seen}" + (f"; {each.todo}" if each.todo else "")
        for each in wrong
    ]
    well = len(before.checks) - len(wrong)
    return [*told, f"before the first test: {well} of {len(before.checks)} checks well"]


def _rows(rows: Sequence[Any], count: int, what: str) -> Rows:
    more = len(rows) - count
    return Rows(rows[:count], f"… and {more} more {what}: in the report" if more > 0 else "")


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}" if count else ""
