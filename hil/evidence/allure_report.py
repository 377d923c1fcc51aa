"""The only door to Allure: what a run writes for its report, with every secret masked.

allure-pytest collects results by itself. This corrects them (whose fault, set-up and clean-up
included), adds what it does not know, and stands between it and the disk: nothing reaches
`allure-results` but through `_ScrubbedFiles`.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import allure
import allure_commons
import pytest
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import (
    ExecutableItem,
    Label,
    Link,
    Status,
    StatusDetails,
    TestResult,
    TestResultContainer,
)
from allure_commons.utils import md5, uuid4
from allure_pytest.utils import allure_full_name, allure_labels, allure_title_path

from hil.evidence.scrubbing import Scrub, scrub_tree

if TYPE_CHECKING:
    from allure_pytest.listener import AllureListener

PRODUCT, UNCONFIRMED, KNOWN = "product", "unconfirmed", "known"
RIG, SUITE, ABORTED, NOT_RUN = "rig", "suite", "aborted", "not run"

CATEGORIES = (
    # (name, statuses, the `blame` label; the message's last line says it too, for Allure 2)
    ("The product broke a promise", ("failed",), PRODUCT),
    ("Unconfirmed: the promise rests on an assumption", ("broken",), UNCONFIRMED),
    ("Known bugs of the product", ("broken",), KNOWN),
    ("The rig is in trouble", ("broken",), RIG),
    ("The suite is wrong", ("broken",), SUITE),
    ("Aborted while running", ("broken",), ABORTED),
    ("Never started", ("unknown",), NOT_RUN),
)
"""Also in report/allurerc.mjs: Allure 2 reads the file, Allure 3 only its configuration."""

# Names and hashes that mean something to Allure; a hash looks like a link key.
_KEPT = ("uuid", "historyId", "testCaseId", "fullName", "children", "source", "type", "status")

_INNER = "::<lambda>"
"""How allure-pytest calls a finalizer that pytest adds to tie fixtures together."""

_PICTURES = (".png", ".jpg", ".gif", ".bmp", ".tiff", ".mp4", ".ogg", ".webm", ".pdf", ".zip")


def step(title: str) -> AbstractContextManager[object]:
    """A step of the running test or fixture in the report; nested steps nest there too."""
    return allure.step(title)


def told_step(title: str) -> None:
    """Something that was done, as a step of the running test or fixture."""
    with allure.step(title):
        pass


def told_wait(title: str, *, met: bool) -> None:
    """A wait that has ended, as a step; one that was not met shows as failed."""
    shown = allure.step(title)
    shown.__enter__()
    error = None if met else AssertionError(title)
    shown.__exit__(type(error) if error else None, error, None)


def labelled(item: pytest.Item, *, description: str, **labels: str) -> None:
    """Give a collected test its labels (epic, feature, promise, rig …) and its description."""
    for name, value in labels.items():
        item.add_marker(allure.label(name, value))
    item.add_marker(allure.description(description))


class AllureReport:
    """The Allure results of one run; every method does nothing where none are written."""

    def __init__(self, config: pytest.Config) -> None:
        self._listener: AllureListener | None = config.pluginmanager.get_plugin("allure_listener")
        folder: str | None = config.getoption("allure_report_dir")
        self._folder = Path(folder) if folder else None

    def scrub_with(self, scrub: Scrub) -> Callable[[], None]:
        """From now on write nothing that `scrub` has not seen. Returns what ends that."""
        plugins = allure_commons.plugin_manager
        if self._folder is None:
            return lambda: None
        originals = [each for each in plugins.get_plugins() if type(each) is AllureFileLogger]
        scrubbed = _ScrubbedFiles(self._folder, scrub)
        for original in originals:
            plugins.unregister(original)
        plugins.register(scrubbed)

        def put_back() -> None:
            # allure-pytest wants to unregister its own logger at the end.
            plugins.unregister(scrubbed)
            for original in originals:
                plugins.register(original)

        return put_back

    def title(self, text: str) -> None:
        """What the running test is called in the report."""
        if (result := self._running()) is not None:
            result.name = text

    def verdict(
        self, *, product: bool, blame: str, message: str, trace: str, tracker: str = ""
    ) -> None:
        """Say whose fault the failure of the running test is; the first one of a test stays.

        `tracker` is the issue of a known bug: a link where it is a URL, else a label.
        """
        result = self._running()
        if result is None or any(label.name == "blame" for label in result.labels):
            return
        result.status = Status.FAILED if product else Status.BROKEN
        result.statusDetails = StatusDetails(message=_ended(message, blame), trace=trace)
        result.labels.append(Label(name="blame", value=blame))
        if tracker.startswith(("http://", "https://")):
            result.links.append(Link(type="issue", url=tracker, name=tracker))
        elif tracker:
            result.labels.append(Label(name="issue", value=tracker))
        if not product:
            _soften(result.steps)

    def attach(self, name: str, text: str) -> None:
        """Attach a text to the running test, unless it is empty."""
        if text and self._running() is not None:
            allure.attach(text, name=name, attachment_type=allure.attachment_type.TEXT)

    def aborted(self, item: pytest.Item, *, title: str, message: str) -> None:
        """The run ends while this test is running; allure-pytest would call it passed."""
        if (result := self._running()) is None:
            return
        _identify(result, item, title)
        self.verdict(product=False, blame=ABORTED, message=message, trace="")

    def never_started(self, item: pytest.Item, *, title: str, reason: str) -> None:
        """A collected test that the run did not come to: neither passed nor failed."""
        if self._listener is None:
            return
        now = int(time.time() * 1000)
        result = TestResult(uuid=uuid4(), start=now, stop=now, status=Status.UNKNOWN)
        _identify(result, item, title)
        result.statusDetails = StatusDetails(message=_ended(f"not run: {reason}", NOT_RUN))
        result.labels.append(Label(name="blame", value=NOT_RUN))
        allure_commons.plugin_manager.hook.report_result(result=result)

    def finish(self, *, environment: Mapping[str, str], run: str) -> None:
        """Write what describes the run as a whole; `--clean-alluredir` has deleted it before."""
        if self._folder is None or not self._folder.is_dir():
            return
        lines = [f"{key}={_property(value)}" for key, value in environment.items()]
        self._write("environment.properties", "\n".join(lines) + "\n")
        self._write("executor.json", json.dumps({"name": "hil", "type": "hil", "buildName": run}))
        categories = [
            {
                "name": name,
                "matchedStatuses": list(statuses),
                "messageRegex": rf"(?s).*\nblame: {blame}",
            }
            for name, statuses, blame in CATEGORIES
        ]
        self._write("categories.json", json.dumps(categories, indent=2))

    def _write(self, name: str, text: str) -> None:
        assert self._folder is not None
        (self._folder / name).write_text(text, encoding="utf-8")

    def _running(self) -> TestResult | None:
        if self._listener is None:
            return None
        result: TestResult | None = self._listener.allure_logger.get_test(None)
        return result


class _ScrubbedFiles:
    """Writes results as allure-pytest does, every text scrubbed first."""

    def __init__(self, folder: Path, scrub: Scrub) -> None:
        self._files = AllureFileLogger(folder)
        self._scrub = scrub

    @allure_commons.hookimpl
    def report_result(self, result: TestResult) -> None:
        self._files.report_result(scrub_tree(result, self._scrub, leave=_KEPT))

    @allure_commons.hookimpl
    def report_container(self, container: TestResultContainer) -> None:
        # pytest's own bookkeeping between fixtures is no clean-up that a person looks for.
        container.afters = [each for each in container.afters if not each.name.endswith(_INNER)]
        for stage in container.afters:
            stage.name = stage.name.partition("::")[0]
        # A fixture promises nothing, so it cannot fail: what stops it is the rig's or ours.
        _soften((*container.befores, *container.afters))
        self._files.report_container(scrub_tree(container, self._scrub, leave=_KEPT))

    @allure_commons.hookimpl
    def report_globals(self, globals_item: object) -> None:
        self._files.report_globals(scrub_tree(globals_item, self._scrub, leave=_KEPT))

    @allure_commons.hookimpl
    def report_attached_file(self, source: str, file_name: str) -> None:
        self.report_attached_data(Path(source).read_bytes(), file_name)

    @allure_commons.hookimpl
    def report_attached_data(self, body: str | bytes, file_name: str) -> None:
        if not file_name.endswith(_PICTURES):
            text = body if isinstance(body, str) else body.decode("utf-8", "surrogateescape")
            body = self._scrub(text).encode("utf-8", "surrogateescape")
        self._files.report_attached_data(body, file_name)


def _soften(stages: Iterable[ExecutableItem]) -> None:
    """Failed is the product's; in what is not the product's fault a step is broken."""
    for stage in stages:
        if stage.status == Status.FAILED:
            stage.status = Status.BROKEN
        _soften(stage.steps)


def _identify(result: TestResult, item: pytest.Item, title: str) -> None:
    """What allure-pytest fills in only when a test has been torn down."""
    full_name = allure_full_name(item)
    result.name, result.fullName = title, full_name
    result.titlePath = list(allure_title_path(item))
    result.testCaseId = md5(full_name)
    result.historyId = md5(full_name, *_parameters(item))
    known = {(label.name, label.value) for label in result.labels}
    result.labels += [
        Label(name=name, value=value)
        for name, value in sorted(allure_labels(item))
        if (name, value) not in known
    ]


def _parameters(item: pytest.Item) -> list[object]:
    callspec = getattr(item, "callspec", None)
    return [value for _, value in sorted(callspec.params.items())] if callspec else []


def _ended(message: str, blame: str) -> str:
    return f"{message}\nblame: {blame}"


def _property(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", " ")
