"""pytest hooks: markers, verdicts, evidence. Options and fixtures are in modules of their names."""

import re
import warnings
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from hil.errors import RigFileError
from hil.evidence.allure_report import AllureReport
from hil.evidence.scrubbing import scrub_tree
from hil.files.closed_yaml import did_you_mean
from hil.plugin.accounting import Accounting, settle_run
from hil.plugin.known_bugs import FILE as KNOWN_BUGS
from hil.plugin.known_bugs import load_known_bugs
from hil.plugin.limits import backstop_s, limit_s
from hil.plugin.markers import PRODUCT_TESTS, check_markers, is_product_test, promise_id
from hil.plugin.planning import facts_of_the_rig
from hil.plugin.promises import load_promises
from hil.plugin.qualification import check_promises_of_the_rig
from hil.plugin.reporting import (
    REPEATED,
    abort,
    attach_evidence,
    judge,
    label,
    tell_measured,
    title,
)
from hil.plugin.run import RUN, Run
from hil.plugin.spans import FixtureSpans, told_span
from hil.plugin.summary import write_summary
from hil.plugin.within import Within
from hil.qualification.progress import Verdict
from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile, SimulatedRigFile
from hil.simulator.defects import DEFECTS
from hil.vocabulary.blame import Blame

TEST_PASSED = pytest.StashKey[bool]()
"""Whether the body of a test passed; not there before it has run."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    run = config.stash[RUN] = Run.of(config)
    if _asks_for_product_tests(config) and (there := _already_there(run.directory)):
        raise pytest.UsageError(
            f"--run-dir {run.directory}: {there}; a run has a folder of its own"
        )
    if _asks_for_product_tests(config):
        _check_one_process_each(config, run)
    if config.getoption("allure_report_dir") is None and _asks_for_product_tests(config):
        config.option.allure_report_dir = str(run.results)
    if (
        _asks_for_product_tests(config)
        and not run.is_worker
        and config.pluginmanager.hasplugin("junitxml")
    ):
        config.option.xmlpath = config.option.xmlpath or str(run.directory / "junit.xml")
    config.pluginmanager.register(_OtherTexts(run), "hil-other-texts")
    config.pluginmanager.register(Accounting(run), "hil-accounting")
    config.pluginmanager.register(FixtureSpans(run), "hil-fixture-spans")
    within = Within(run, config, described=lambda: _described(config, run))
    config.pluginmanager.register(within, "hil-within")
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_Workers(run), "hil-workers")


def pytest_report_header(config: pytest.Config) -> list[str]:
    if not _asks_for_product_tests(config):
        return []
    run = config.stash[RUN]
    defects = f", defects: {', '.join(run.defects)}" if run.defects else ""
    return [f"rig: {run.rig_name}, seed {run.seed}{defects}", f"run: {run.directory}"]


def pytest_sessionstart(session: pytest.Session) -> None:
    run = session.config.stash[RUN]
    run.allure = AllureReport(session.config)
    if _asks_for_product_tests(session.config):
        run.ending.listen()
    put_back = run.allure.scrub_with(run.scrub, unwritten=run.unrecorded)
    session.config.add_cleanup(put_back)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    run = config.stash[RUN]
    if any(item.get_closest_marker("promise") for item in items):
        try:
            run.promises = load_promises(config.rootpath / "docs" / "promises.yaml")
        except RigFileError as error:
            raise pytest.UsageError(str(error)) from error
    check_markers(items, promises=run.promises, root=run.root, scrub=run.scrub)
    for item in items:
        label(item, run)
    if _asks_for_product_tests(config) and any(is_product_test(i, root=run.root) for i in items):
        run.description = _described(config, run)
        _check_what_is_simulated(config, run)
        check_promises_of_the_rig(run, run.promises)
        try:
            run.known_bugs = load_known_bugs(
                config.rootpath / KNOWN_BUGS, promises=run.promises, today=run.today
            )
        except RigFileError as error:
            raise pytest.UsageError(str(error)) from error
        run.is_checked = True


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    for item in items:
        item.config.stash[RUN].deselected.append(item)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    run = collector.config.stash[RUN]
    report.longrepr = scrub_tree(report.longrepr, run.scrub)  # type: ignore[assignment]
    if report.failed:
        run.verdicts.append(Verdict(report.nodeid, "collection", Blame.SUITE, _reason(report)))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    session.config.stash[RUN].ending.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    run = item.config.stash[RUN]
    run.begin(item.nodeid)
    try:
        done = yield
    except BaseException as error:
        abort(item, error, run)
        raise
    finally:
        run.end(item.nodeid)
    try:
        run.ending.obey()  # told to stop when the test had nothing left to do
    except KeyboardInterrupt as told:
        run.ended_by = run.scrub(f"KeyboardInterrupt: {told}")
        raise
    return done


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    __tracebackhide__ = True
    run = request.config.stash[RUN]
    value = yield
    if fixturedef.argname == "rig" and fixturedef.scope == "session":
        # Whoever makes the rig: from here on the hooks know which secrets to mask.
        run.rig = value  # type: ignore[assignment]
        if run.progress is not None:
            run.progress.opened(facts_of_the_rig(run))
    return value


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    __tracebackhide__ = True  # a traceback begins where the test's own files do
    run = item.config.stash[RUN]
    try:
        with run.ending.in_test(), told_span(run, "set-up", of="phase"):
            yield
    finally:
        if is_product_test(item, root=run.root) and run.allure is not None:
            run.allure.title(title(item))
    if run.rig is not None:
        # The rig's clock enforces the limit; this is for what does not go through the clock. For
        # the body only: it must never fire inside a restore.
        wall_s = backstop_s(limit_s(item), speed=run.rig.clock.speed)
        item.add_marker(pytest.mark.timeout(wall_s, func_only=True))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    __tracebackhide__ = True
    run = item.config.stash[RUN]
    run.measuring.begin(test=item.nodeid, promise=promise_id(item) or "")
    try:
        with run.ending.in_test(), told_span(run, "test", of="phase"):
            result = yield
    finally:
        run.measuring.end()
    with run.ending.in_test():
        if run.rig is not None and "rig" in getattr(item, "fixturenames", ()):
            # A device may have died since the test's last look: one to read it, one to see it.
            run.rig.clock.settle()
            run.rig.clock.settle()
        return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    __tracebackhide__ = True
    run = item.config.stash[RUN]
    if run.rig is not None:
        run.rig.set_limit(None)  # a test that used up its time may still be cleaned up
    with told_span(run, "clean-up", of="phase"):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield  # outermost: after this nobody changes the report, before it nobody writes it
    run = item.config.stash[RUN]
    judge(item, call, report, run)
    if report.when == "call":
        tell_measured(item, run)
        item.stash[TEST_PASSED] = report.passed
    if report.when == "teardown":
        attach_evidence(item, run)
    if run.rig is not None and run.rig.lost is not None:
        item.session.shouldstop = run.scrub(run.rig.lost)
    elif run.lost_evidence:
        item.session.shouldstop = run.scrub(run.lost_evidence)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None]:
    run = session.config.stash[RUN]
    run.ended_by = run.ended_by or str(session.shouldfail or session.shouldstop or "")
    settle_run(session, run, status=int(exitstatus))
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Keep what repeats an earlier finding out of pytest's list of errors: one message is enough."""
    if (REPEATED, "yes") in getattr(report, "user_properties", ()):
        return "rig out", "o", "RIG OUT"
    return None


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    write_summary(terminalreporter, config.stash[RUN])
    # What follows is pytest's list of failures, a line each; in CI it prints all of a message there.
    for report in (*terminalreporter.getreports("failed"), *terminalreporter.getreports("error")):
        crash = getattr(report.longrepr, "reprcrash", None)
        if crash is not None:
            crash.message = _in_one_line(crash.message)
        elif isinstance(report.longrepr, str):
            report.longrepr = _in_one_line(report.longrepr)


def _in_one_line(message: str) -> str:
    """The headline, without what to suspect or to do: that has been said twice above."""
    return re.split(r"; (?:suspect|install)\b", message.partition("\n")[0])[0]


class _Workers:
    """Several processes at once (pytest-xdist): each has a rig of its own, one starts the others."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @pytest.hookimpl
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["run_directory"] = str(self._run.directory)


class _OtherTexts:
    """Masks secrets in what pytest prints besides reports; its hooks are not told the config."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        _scrub_error(warning_message.message, self._run)

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: object) -> None:
        scrub_tree(excrepr, self._run.scrub)

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        _scrub_error(excinfo.value, self._run)


def _scrub_error(error: BaseException | str, run: Run) -> None:
    if isinstance(error, BaseException):
        error.args = tuple(scrub_tree(part, run.scrub) for part in error.args)
        scrub_tree(error, run.scrub)


def _reason(report: pytest.CollectReport) -> str:
    """Why a file could not be collected, in one line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return str(crash.message).partition("\n")[0]
    lines = report.longreprtext.strip().splitlines() or [""]
    raised = [line[1:].strip() for line in lines if line.startswith("E  ")]
    return (raised or lines)[-1]


def _check_what_is_simulated(config: pytest.Config, run: Run) -> None:
    """Refuse a seed or a defect that this run has no way to bring about."""
    if unknown := sorted(set(run.defects) - set(DEFECTS)):
        raise pytest.UsageError(
            f"--sim-defect {unknown[0]}: no such defect; {did_you_mean(unknown[0], sorted(DEFECTS))}"
        )
    given = [name for name in ("--sim-seed", "--sim-defect") if config.getoption(name)]
    if given and isinstance(run.description, RigFile):
        raise pytest.UsageError(
            f"{given[0]}: {run.rig_name} is not simulated by this run; where it is a simulator of its "
            "own, give it to `hil simulate`"
        )


def _check_one_process_each(config: pytest.Config, run: Run) -> None:
    """Refuse to spread the tests of one bench: only a simulated rig is started for each process."""
    count = config.getoption("numprocesses", None) or 0
    if count and config.getoption("--within"):
        raise pytest.UsageError(
            f"--within plans for tests one after the other; leave -n {count} out"
        )
    if count > 1 and isinstance(_described(config, run), RigFile):
        raise pytest.UsageError(
            f"-n {count}: {run.rig_name} is one bench, and its tests run one after the other; leave it out"
        )


def _described(config: pytest.Config, run: Run) -> RigFile | SimulatedRigFile:
    try:
        return load_rig(run.rig_name, config.rootpath / "rigs")
    except RigFileError as error:
        raise pytest.UsageError(f"--rig {run.rig_name}: {error}") from error


def _already_there(directory: Path) -> str | None:
    """Why a run may not write into `directory`."""
    if directory.is_dir():
        return "holds another run" if any(directory.iterdir()) else None
    return "is a file" if directory.exists() else None


def _asks_for_product_tests(config: pytest.Config) -> bool:
    """Whether this run is about the devices: no results and no folder for selftests."""
    if config.option.collectonly:
        return False
    here = config.invocation_params.dir
    paths = [(here / argument.partition("::")[0]).resolve() for argument in config.args]
    tests = config.rootpath / PRODUCT_TESTS
    return any(path.is_relative_to(tests) or tests.is_relative_to(path) for path in paths)
