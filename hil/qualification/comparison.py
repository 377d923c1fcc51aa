"""Runs beside each other, as a rule of two firmware versions: what changed, for each promise."""

import re
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from hil.errors import SuiteError
from hil.qualification.account import Account, read_account
from hil.qualification.digest import read_digest
from hil.qualification.page import page
from hil.qualification.plan import Promised
from hil.qualification.promises import Kept, PromiseVerdict, settle
from hil.qualification.summary import in_words

MOVED_S, MOVED_SHARE = 2.0, 0.2
"""A measured time has moved when it has by more than both: so many rig seconds, and that share."""

_SERIAL = re.compile(r"\d{12}")


class Change(StrEnum):
    """What became of a promise from the first run to the last, the worst first."""

    WORSE = "worse"
    """Broken or unconfirmed, and was not."""
    LOST = "no longer proven"
    """Unproven, and was kept."""
    BETTER = "better"
    """Kept, and was not; or no longer broken."""
    NEW = "new"
    """In the last run only."""
    GONE = "gone"
    """In the first run only."""
    SAME = "same"


@dataclass(frozen=True)
class ComparedRun:
    """One of the runs."""

    name: str
    account: Account
    verdict: str
    """In words."""
    promises: Mapping[str, PromiseVerdict]
    measured: Mapping[tuple[str, str], float]
    """The median rig seconds that a promise's tests waited for something, by promise and what for."""

    @property
    def firmware(self) -> str:
        """The gateway's; a dash where the rig did not open."""
        return self.account.facts.get("firmware", "–")

    def told_of(self, promise: str) -> str:
        """The verdict on a promise; a dash where the run had no test of it."""
        return self.promises[promise].verdict.value if promise in self.promises else "–"


@dataclass(frozen=True, slots=True)
class ComparedPromise:
    """One promise in all runs. `reason` speaks against it in the last run, else in the first."""

    promise: Promised
    verdicts: tuple[str, ...]
    change: Change
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A time that was measured in the first run and the last, and is not the same."""

    promise: str
    what: str
    times_s: tuple[float | None, ...]
    share: float
    """By how much of the first, with its sign."""


@dataclass(frozen=True)
class Comparison:
    """All of it."""

    runs: Sequence[ComparedRun]
    promises: Sequence[ComparedPromise]
    moved: Sequence[Moved]
    tests: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Tests that only the first or only the last run had, by which."""

    @property
    def headings(self) -> list[str]:
        """What tells the runs apart: their firmware, else their names."""
        firmware = [run.firmware for run in self.runs]
        return firmware if len(set(firmware)) == len(firmware) else [run.name for run in self.runs]

    def of(self, change: Change) -> list[ComparedPromise]:
        """The promises that changed so."""
        return [each for each in self.promises if each.change is change]

    @property
    def changed(self) -> list[ComparedPromise]:
        """The promises that changed, the worst first."""
        return [each for change in Change if change is not Change.SAME for each in self.of(change)]

    def told(self) -> str:
        """All of it in one sentence."""
        counts = [f"{len(self.of(change))} {change}" for change in Change if self.of(change)]
        moved = f", {len(self.moved)} measured times moved" if self.moved else ""
        return f"promises: {', '.join(counts)}{moved}"


def compare(run_dirs: Sequence[Path]) -> Comparison:
    """Compare runs, given in their order.

    Raises:
        SuiteError: one of them has no plan, so it is no run of this hil.
    """
    # Where the rigs differ, a wait for "node 122000000131" is not one for another device.
    plans = [_account(run_dir) for run_dir in run_dirs]
    is_one_rig = len({account.plan.rig for account in plans}) == 1
    runs = [
        _run(run_dir, account, is_one_rig=is_one_rig)
        for run_dir, account in zip(run_dirs, plans, strict=True)
    ]
    first, last = runs[0], runs[-1]
    known = {name: each.promise for run in runs for name, each in run.promises.items()}
    tests = [{course.test.nodeid for course in run.account.courses} for run in (first, last)]
    only = {
        f"only in {first.name}": sorted(tests[0] - tests[1]),
        f"only in {last.name}": sorted(tests[1] - tests[0]),
    }
    return Comparison(
        runs,
        [_promise(promised, runs) for _, promised in sorted(known.items())],
        list(_moved(runs)),
        {which: names for which, names in only.items() if names},
    )


def comparison_page(found: Comparison, template: str) -> str:
    """The comparison as `comparison.md` or `comparison.html`."""
    names = " and ".join(f"{run.name} ({run.firmware})" for run in found.runs)
    worse = found.of(Change.WORSE)
    lost = found.of(Change.LOST)
    return page(
        template,
        title=f"HIL: {names} compared",
        verdict=found.told(),
        colour="red" if worse else "yellow" if lost else "green",
        found=found,
        same=found.of(Change.SAME),
    )


def _account(run_dir: Path) -> Account:
    account = read_account(run_dir)
    if account is None:
        raise SuiteError(f"{run_dir} has no plan.json: no run of product tests, or an older hil's")
    return account


def _run(run_dir: Path, account: Account, *, is_one_rig: bool) -> ComparedRun:
    found = settle(account, status=account.status)
    promised = {course.test.nodeid: course.test.promise for course in account.courses}
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for test, measured in read_digest(run_dir).measured().items():
        for what, taken in measured.items():
            named = what if is_one_rig else _SERIAL.sub("‹serial›", what)
            times[promised.get(test) or "", named] += taken
    return ComparedRun(
        name=account.plan.run,
        account=account,
        verdict=in_words(account, found),
        promises={each.promise.id: each for each in found.promises},
        measured={key: statistics.median(taken) for key, taken in times.items()},
    )


def _promise(promised: Promised, runs: Sequence[ComparedRun]) -> ComparedPromise:
    first, last = (run.promises.get(promised.id) for run in (runs[0], runs[-1]))
    reasons = [each.reason for each in (last, first) if each is not None and each.reason]
    return ComparedPromise(
        promised,
        tuple(run.told_of(promised.id) for run in runs),
        _change(first.verdict if first else None, last.verdict if last else None),
        reasons[0].removeprefix(f"{promised.id} · ") if reasons else "",
    )


def _change(first: Kept | None, last: Kept | None) -> Change:
    if first is last:
        return Change.SAME
    if last is None:
        return Change.GONE
    bad = (Kept.BROKEN, Kept.UNCONFIRMED)
    if last in bad and first not in bad:
        return Change.WORSE
    if first is None:
        return Change.NEW
    order = list(Kept)
    if first is Kept.KEPT:
        return Change.LOST
    return Change.BETTER if order.index(last) > order.index(first) else Change.WORSE


def _moved(runs: Sequence[ComparedRun]) -> Iterator[Moved]:
    # What is measured on the way to a failure says nothing about the device that is not said yet.
    first, last = runs[0].measured, runs[-1].measured
    kept = [promise for promise in runs[0].promises if _is_kept(promise, runs)]
    found = []
    for promise, what in sorted(first.keys() & last.keys()):
        if promise not in kept:
            continue
        before, after = first[promise, what], last[promise, what]
        by = abs(after - before)
        if by > MOVED_S and by > MOVED_SHARE * before:
            times = tuple(run.measured.get((promise, what)) for run in runs)
            share = (after - before) / before if before else float("inf")
            found.append((by, Moved(promise, what, times, share)))
    yield from (moved for _, moved in sorted(found, key=lambda each: -each[0]))


def _is_kept(promise: str, runs: Sequence[ComparedRun]) -> bool:
    return all(runs[end].told_of(promise) == Kept.KEPT for end in (0, -1))
