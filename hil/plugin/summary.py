"""The end of a run on the terminal: whose fault each failure is, and where everything lies."""

from collections import Counter

import pytest

from hil.errors import RigOut
from hil.plugin.run import Run
from hil.qualification.account import Account
from hil.qualification.progress import Outcome
from hil.qualification.promises import Exit, Kept, Qualification
from hil.vocabulary.blame import Blame

_SAID = {
    Blame.PRODUCT: "the product's",
    Blame.UNCONFIRMED: "unconfirmed",
    Blame.KNOWN: "known",
    Blame.RIG: "the rig's",
    Blame.SUITE: "the suite's",
    Blame.ABORTED: "aborted",
}


def write_summary(terminal: pytest.TerminalReporter, run: Run) -> None:
    """Write the section; nothing where nothing went wrong and no rig was open."""
    if run.qualification is not None:
        _write_promises(terminal, run.qualification, is_unopened=run.unopened is not None)
    courses = run.account.courses if run.account is not None else ()
    never_started = sum(course.outcome is Outcome.NOT_RUN for course in courses)
    if run.verdicts or never_started:
        counts = Counter(verdict.blame for verdict in run.verdicts)
        total = [f"{counts[who]} {_SAID[who]}" for who in Blame if counts[who]]
        total += [f"{never_started} never started"] if never_started else []
        terminal.section("Whose fault")
        terminal.write_line(", ".join(total))
        out = [verdict for verdict in run.verdicts if verdict.is_repeated]
        for who in Blame:
            for verdict in run.verdicts:
                if verdict.blame is who and verdict not in out:
                    where = "" if verdict.phase == "call" else f" ({verdict.phase})"
                    terminal.write_line(
                        f"{_SAID[who]:>14}  {verdict.nodeid}{where}: {verdict.headline}",
                        red=who is Blame.PRODUCT,
                        yellow=who is not Blame.PRODUCT,
                    )
        not_run = sum(verdict.phase == "setup" for verdict in out)
        if not_run < len(out):
            terminal.write_line(f"{_SAID[Blame.RIG]:>14}  it was not put back, either", yellow=True)
        if not_run:
            terminal.write_line(
                f"{_SAID[Blame.RIG]:>14}  {not_run} tests not run: the rig was out", yellow=True
            )
    if run.account is not None:
        _write_account(terminal, run.account)
    if run.rig is None:
        return
    for left in run.rig.left_by_an_earlier_run:
        terminal.write_line(f"left by an earlier run, put right first: {left}", yellow=True)
    for difference in run.rig.baseline.put_right:
        terminal.write_line(f"found at opening, put right: {difference}", yellow=True)
    for name, reason in run.rig.baseline.unwatched.items():
        terminal.write_line(f"not watched, not put back: {name}: {reason}", yellow=True)
    # News, not a failure: a firmware said something that nobody here knows yet.
    for path, news in sorted(run.rig.envoy.drift.items()):
        terminal.write_line(f"drift: {path}: {', '.join(sorted(news))}", yellow=True)
    terminal.write_line(f"logs, timeline and results: {run.directory}")


def _write_account(terminal: pytest.TerminalReporter, account: Account) -> None:
    terminal.write_line(account.told(), red=bool(account.unaccounted))
    for each in account.unaccounted:
        terminal.write_line(f"not in the report: {each}", red=True)


def _write_promises(
    terminal: pytest.TerminalReporter, found: Qualification, *, is_unopened: bool
) -> None:
    terminal.section("Promises")
    counts = Counter(each.verdict for each in found.promises)
    terminal.write_line(
        ", ".join(f"{counts[kept]} {kept}" for kept in reversed(Kept) if counts[kept])
    )
    for kept in Kept:
        if kept is Kept.KEPT:
            continue
        told: dict[str, list[str]] = {}
        for each in found.promises:
            if each.verdict is kept:
                reason = each.reason.removeprefix(f"{each.promise.id} · ")
                if reason.startswith(f"{RigOut.__name__}: "):
                    reason = "the rig was out"
                told.setdefault("the rig did not open" if is_unopened else reason, []).append(
                    each.promise.id
                )
        for reason, ids in told.items():
            terminal.write_line(
                f"{kept:>14}  {', '.join(ids)}: {reason}",
                red=kept is Kept.BROKEN,
                yellow=kept is not Kept.BROKEN,
            )
    for text in found.gone:
        terminal.write_line(text, yellow=True)
    if found.code == Exit.UNPROVEN:
        for text in found.unproven:
            terminal.write_line(f"not green: {text}", yellow=True)
