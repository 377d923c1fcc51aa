"""What is told about a test: the verdict on its failure, and its evidence in the report."""

import re
from collections.abc import Sequence
from contextlib import suppress

import pytest

from hil.errors import HilError, RigError, RigOut, Unreachable, WrongCertificate
from hil.evidence.allure_files import PROMISES_PAGE
from hil.evidence.allure_report import labelled, linked, told_step, told_wait
from hil.evidence.exchanges import CONSOLE, HTTP, attachments
from hil.evidence.measurement import summed_up
from hil.evidence.scrubbing import scrub_tree
from hil.evidence.timeline import FAILED, Event, Kind
from hil.evidence.timeline_page.page import Failure, timeline_page
from hil.plugin.blame import Phase, blame
from hil.plugin.first_screen import first_screen
from hil.plugin.markers import PRODUCT_TESTS, is_product_test, promise_id
from hil.plugin.qualification import Finer, finer
from hil.plugin.run import Run
from hil.plugin.seen import causes_first, first_cause, gone_together
from hil.qualification.progress import Verdict
from hil.vocabulary.blame import Blame
from hil.waiting import Wait

REPEATED = "repeats an earlier finding"
"""The property of a report that is no finding of its own."""

FORCED_LOSS = "forced loss: "
"""How a driver's steps of the forced-loss recipe begin on the timeline."""

_FAILED: dict[Phase, str] = {
    "setup": "the failed set-up",
    "call": "the failure",
    "teardown": "the failed clean-up",
}

LOOK_AROUND_S = 1.0
"""Rig seconds; a line that hangs up, or an adapter that is gone, is missed in less."""

_NAMES_A_DEVICE = re.compile(
    r"\d{12}|\b(envoy|gateway|enpower|encharge|inverter|node|power switch|ac source)\b", re.I
)


def as_words(name: str) -> str:
    """`test_forced_loss_is_seen` → `Forced loss is seen`."""
    return name.removeprefix("test_").replace("_", " ").strip().capitalize()


def title(item: pytest.Item) -> str:
    """The test's name as a sentence, with the id of its parameters."""
    name, bracket, parameters = item.name.partition("[")
    return as_words(name) + (f" [{parameters}" if bracket else "")


def label(item: pytest.Item, run: Run) -> None:
    """Place a collected product test in the report: folder, module, promise, rig."""
    if not is_product_test(item, root=run.root):
        return
    folders = item.path.relative_to(run.root / PRODUCT_TESTS).parent.parts
    promised = promise_id(item) or ""
    labels = {"feature": as_words(item.path.stem), "promise": promised, "rig": run.label}
    if folders:
        labels["epic"] = as_words(folders[0])
    sentence = ""
    if (promise := run.promises.get(promised)) is not None:
        sentence, labels["severity"] = promise.sentence, promise.severity or "normal"
        if promise.owner:
            labels["owner"] = promise.owner
        linked(item, name=promised, url=f"{PROMISES_PAGE}#{promised}")
    doc = getattr(getattr(item, "function", None), "__doc__", None) or ""
    description = "\n\n".join(text for text in (f"{promised}: {sentence}", doc.strip()) if text)
    labelled(item, description=description, **labels)


def judge(
    item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport, run: Run
) -> None:
    """Give a phase's report its verdict; no secret is left in the report afterwards."""
    phase = report.when
    found, message = Finer(Blame.SUITE), ""
    is_failure = report.failed
    failed_s = run.rig.clock.now() if run.rig is not None else 0.0
    error = call.excinfo.value if call.excinfo else None
    is_unopened = error is not None and error is run.unopened
    if is_failure and is_product_test(item, root=run.root):
        _look_around(first_cause(error), run)
    if is_failure:
        if error is not None:
            found = finer(blame(error, phase=phase), item, run)
        message = _message(call, report)
        if not is_unopened:
            message = _headed(message, item, run, phase=phase, who=found.blame, notes=found.notes)
        screen = ""
        if is_product_test(item, root=run.root):
            headline, _, rest = message.partition("\n")
            screen = _first_screen(error, phase, found.blame, item, run)
            message = "\n\n".join(filter(None, (headline, screen, rest.strip("\n"))))
        _put_first(report, message, screen)
        report.user_properties.append(("blame", found.blame.value))
        item.user_properties.append(("blame", found.blame.value))
        if found.blame is Blame.KNOWN:
            # As pytest has it for a failure that is expected: not red, in JUnit neither.
            report.outcome, report.wasxfail = "skipped", message.partition("\n")[0]
    elif report.skipped:
        run.skipped[report.nodeid] = run.scrub(_why_skipped(report))
    elif phase == "call":
        run.passed.add(report.nodeid)
    for part in ("longrepr", "sections", "user_properties", "wasxfail"):
        if hasattr(report, part):
            setattr(report, part, scrub_tree(getattr(report, part), run.scrub))
    if is_failure:
        message = run.scrub(message)
        headline = message.partition("\n")[0]
        is_repeated = isinstance(error, RigOut) or _is_told_already(
            report.nodeid, phase, found.blame, message, run
        )
        verdict = Verdict(report.nodeid, phase, found.blame, headline, is_repeated)
        run.verdicts.append(verdict)
        if run.rig is not None:
            said = f"{phase} failed: {verdict.headline}"
            run.rig.timeline.note("suite", Kind.TROUBLE, said, at_s=failed_s)
        if not is_repeated and is_product_test(item, root=run.root):
            attach_snapshot(first_cause(error), phase, run)
        if run.allure is not None:
            run.allure.verdict(
                product=found.blame is Blame.PRODUCT,
                blame=found.blame.value,
                message=message,
                trace=report.longreprtext,
                tracker=found.bug.tracker if found.bug else "",
            )
        if isinstance(first_cause(error), RigError) and is_product_test(item, root=run.root):
            report.longrepr = message  # the way through hil to it says nothing about the bench
        if is_repeated:
            report.user_properties.append((REPEATED, "yes"))


def _look_around(error: BaseException | None, run: Run) -> None:
    """Let what else is lost show itself before it is said whose fault it was: all of a bench goes at
    once, but its lines are missed one by one.
    """
    rig = run.rig
    if isinstance(error, RigError) and not isinstance(error, RigOut) and rig and rig.is_open:
        rig.set_limit(None)
        with suppress(HilError):
            rig.clock.sleep(LOOK_AROUND_S)


def _is_told_already(nodeid: str, phase: Phase, who: Blame, message: str, run: Run) -> bool:
    """Whether the rig cannot be put back for what has ended the test already: most of the bench is
    gone, or the same device or instrument, which the finding names first."""
    before = [each for each in run.verdicts if each.nodeid == nodeid and each.blame is Blame.RIG]
    if phase != "teardown" or who is not Blame.RIG or not before:
        return False
    if gone_together(run.events()):
        return True
    names = (each.headline.rpartition(" · ")[2].partition(": ")[2] for each in before)
    return any(name and name.partition(": ")[0] in message for name in names)


def attach_evidence(item: pytest.Item, run: Run) -> None:
    """What was said while the test was set up, ran and was cleaned up, as attachments."""
    events = run.events()
    if run.allure is None or not events:
        return
    run.allure.attach_page("timeline", _page(item, events, run))
    for name, text in attachments(events):
        run.allure.attach(name, text)


def _page(item: pytest.Item, events: list[Event], run: Run) -> str:
    failed = next((each for each in run.verdicts if each.nodeid == item.nodeid), None)
    failure = None
    if failed is not None:
        # Of a rig that did not open nobody notes it: nobody has its timeline.
        ended_s = max(event.rig_s for event in events)
        at_s = (event.rig_s for event in events if event.text.startswith(FAILED))
        failure = Failure(next(at_s, ended_s), failed.headline)
    return timeline_page(
        events,
        title=" · ".join(filter(None, (promise_id(item), title(item)))),
        subtitle=f"{item.nodeid} on {run.label}, seed {run.seed}",
        failure=failure,
        before=run.known.values(),
    )


def attach_snapshot(error: BaseException | None, phase: Phase, run: Run) -> None:
    """How the rig was right after a failure, also of a set-up or a clean-up. Asks the gateway once for each view, types nothing."""
    rig = run.rig
    if run.allure is None or rig is None or rig.lost is not None or isinstance(error, RigOut):
        return
    rig.set_limit(None)  # a test that used up its time may still be looked at
    with suppress(HilError):
        asks = not isinstance(error, Unreachable | WrongCertificate)
        for name, text in rig.snapshot(asks=asks, at=_FAILED[phase]):
            run.allure.attach(name, text)


def tell_measured(item: pytest.Item, run: Run) -> None:
    """What the test has measured, with its limits: in the report and in JUnit's."""
    found = summed_up(run.measuring.taken)
    item.user_properties.extend((f"measured: {name}", words) for name, words in found.items())
    if run.allure is not None:
        run.allure.measured(found)


def abort(item: pytest.Item, error: BaseException, run: Run) -> None:
    """The run ends while `item` is running."""
    run.ended_by = run.scrub(f"{type(error).__name__}: {error}".removesuffix(": "))
    message = run.scrub(f"{promise_id(item) or item.name} · aborted by {run.ended_by}")
    run.verdicts.append(Verdict(item.nodeid, "call", Blame.ABORTED, message))
    if run.allure is not None:
        attach_evidence(item, run)
        run.allure.aborted(item, title=title(item), message=message)


class WaitTeller:
    """Listens to waits: each goes onto the timeline and into the report as a step."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __call__(self, wait: Wait) -> None:
        saw = " → ".join(f"{value} ({at_s:.0f} s)" for at_s, value in wait.history) or "nothing"
        text = self._run.scrub(f"wait for {wait.what}: {wait.ended}; saw {saw}")
        if self._run.rig is not None:
            told = self._run.rig.timeline.note(
                "suite",
                Kind.STEP,
                text,
                wait=wait.what,
                ended=wait.ended,
                after_s=round(wait.after_s, 3),
                took_s=round(wait.took_s, 3),
                limit_s=wait.limit_s,
                measures=wait.measures,
            )
            self._run.measured(told)
        told_wait(text, met=wait.is_well)


def tell_action(event: Event) -> None:
    """A step of the report for what the suite does to the rig; what it only asks is no step."""
    if event.kind is Kind.SENT and event.wire.endswith(HTTP):
        if not event.text.startswith("GET "):
            body = str(event.data.get("body") or "")
            told_step(f"{event.text} {body}".strip())
    elif event.kind is Kind.STEP and event.text.startswith(FORCED_LOSS):
        told_step(f"{event.wire.removesuffix(CONSOLE)}: {event.text}")


def _message(call: pytest.CallInfo[None], report: pytest.TestReport) -> str:
    """All of what was raised, as text; the first line says it."""
    if call.excinfo is None:
        return str(report.longrepr)
    error = call.excinfo.value
    if isinstance(error, BaseExceptionGroup):
        # A rig that is lost says so twice: where a world is undone, and where the rig is put back.
        told = (_named(each).partition("\n")[0] for each in causes_first(error))
        members = list(dict.fromkeys(told))
        count = f"{len(members)} errors: " if len(members) > 1 else ""
        return count + "; ".join(members)
    if isinstance(error, HilError):
        return _named(error)
    return call.excinfo.exconly(tryshort=True).removeprefix("AssertionError: ")


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _why_skipped(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return f"expected to fail: {report.wasxfail}".removesuffix(": ")
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return f"skipped: {reason.removeprefix('Skipped: ')}"


def _headed(
    message: str, item: pytest.Item, run: Run, *, phase: Phase, who: Blame, notes: tuple[str, ...]
) -> str:
    """`message` with what a person needs first: which promise, and which device."""
    first, newline, rest = message.partition("\n")
    heads = [promise_id(item) or "", *notes]
    if who is Blame.RIG and gone_together(run.events()):
        heads.append("most of the bench went at once")
    if phase == "call" and not _NAMES_A_DEVICE.search(first):
        # A bare assert does not say which device it is about; who spoke last is the best hint.
        heard = [event.wire for event in run.events() if event.kind is Kind.HEARD]
        heads.append(f"last heard: {heard[-1]}" if heard else "")
    return " · ".join([*filter(None, heads), first]) + newline + rest


def _first_screen(
    error: BaseException | None, phase: Phase, who: Blame, item: pytest.Item, run: Run
) -> str:
    return first_screen(
        error,
        phase=phase,
        blame=who,
        promise=run.promises.get(promise_id(item) or ""),
        events=run.events(),
        rig=run.rig_name,
        first=_took_out(run.verdicts),
    )


def _took_out(verdicts: Sequence[Verdict]) -> Verdict | None:
    """What the test that the rig was out after had ended with; None where it is not out."""
    failed = (each.nodeid for each in reversed(verdicts) if each.phase == "teardown")
    nodeid = next(failed, None)
    return next((each for each in verdicts if each.nodeid == nodeid), None)


def _put_first(report: pytest.TestReport, message: str, screen: str) -> None:
    """Make `message` what pytest and JUnit show first; its first line and `screen` below a traceback."""
    longrepr = report.longrepr
    if isinstance(longrepr, str):
        report.longrepr = message
        return
    crash = getattr(longrepr, "reprcrash", None)
    if crash is not None:
        crash.message = message
    entries = getattr(getattr(longrepr, "reprtraceback", None), "reprentries", [])
    lines = getattr(entries[-1], "lines", []) if entries else []
    for number, line in enumerate(lines):
        if line.startswith("E"):
            indent = len(line[1:]) - len(line[1:].lstrip())
            said = [message.partition("\n")[0], *screen.splitlines()]
            lines[number : number + 1] = [f"E{' ' * indent}{each}" for each in said]
            break
