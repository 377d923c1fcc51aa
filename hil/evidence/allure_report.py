"""The only door to Allure: what a run writes for its report, with every secret masked.

allure-pytest collects results by itself. This corrects them (whose fault, set-up and clean-up
included), adds what it does not know, and stands between it and the disk: nothing reaches
`allure-results` but through `_ScrubbedFiles`.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import allure
import allure_commons
import attr
import pytest
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import (
    ExecutableItem,
    Label,
    Link,
    Parameter,
    Status,
    StatusDetails,
    TestResult,
    TestResultContainer,
)
from allure_commons.utils import host_tag, md5, platform_label, represent, thread_tag
from allure_pytest.utils import (
    allure_description,
    allure_full_name,
    allure_labels,
    allure_links,
    allure_package,
    allure_suite_labels,
    allure_title_path,
    get_history_id,
    pytest_markers,
)

from hil.evidence.allure_files import AllureFiles, Document, ended_with
from hil.evidence.scrubbing import Scrub, scrub_tree
from hil.vocabulary.blame import Blame

if TYPE_CHECKING:
    from allure_pytest.listener import AllureListener

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


def linked(item: pytest.Item, *, name: str, url: str) -> None:
    """Give a collected test a link to what it holds the devices to."""
    item.add_marker(allure.link(url, link_type="tms", name=name))


def identified(item: pytest.Item, *, title: str, scrub: Scrub) -> Document:
    """The result that allure-pytest will write for a collected test, as far as that is known now:
    who it is, in Allure's history too, where it stands and what it is about.
    """
    result = scrub_tree(_identity(item, title), scrub, leave=_KEPT)
    return _as_document(result)


class AllureReport:
    """The Allure results of one run; every method does nothing where none are written."""

    def __init__(self, config: pytest.Config) -> None:
        self._listener: AllureListener | None = config.pluginmanager.get_plugin("allure_listener")
        folder: str | None = config.getoption("allure_report_dir")
        self._folder = Path(folder) if folder else None
        self._measured: dict[str, str] = {}
        """What goes below the description of a running test, by its uuid."""

    def scrub_with(self, scrub: Scrub, *, unwritten: Callable[[str], None]) -> Callable[[], None]:
        """From now on write nothing that `scrub` has not seen. Returns what ends that.

        `unwritten` is told why something could not be written.
        """
        plugins = allure_commons.plugin_manager
        if self._folder is None:
            return lambda: None
        originals = [each for each in plugins.get_plugins() if type(each) is AllureFileLogger]
        scrubbed = _ScrubbedFiles(self._folder, scrub, unwritten, self._measured)
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
        result.statusDetails = StatusDetails(message=ended_with(message, blame), trace=trace)
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

    def attach_page(self, name: str, page: str) -> None:
        """Attach an HTML page to the running test."""
        if self._running() is not None:
            allure.attach(page, name=name, attachment_type=allure.attachment_type.HTML)

    def measured(self, found: Mapping[str, str]) -> None:
        """Show what was measured with the running test: a table below its description.

        As parameters the names would be cut short, and be part of who the test is in other tools.
        """
        result = self._running()
        if result is not None and found:
            cells = ((_cell(name), _cell(words)) for name, words in found.items())
            rows = "\n".join(f"| {name} | {words} |" for name, words in cells)
            self._measured[result.uuid] = f"| measured | |\n|---|---|\n{rows}"

    def aborted(self, item: pytest.Item, *, title: str, message: str) -> None:
        """The run ends while this test is running; allure-pytest would call it passed."""
        if (result := self._running()) is None:
            return
        # What allure-pytest fills in only when a test has been torn down.
        known = _identity(item, title)
        labels = [label for label in known.labels if label not in result.labels]
        result.labels += labels
        result.links += [link for link in known.links if link not in result.links]
        for name in ("name", "fullName", "titlePath", "testCaseId", "historyId", "description"):
            setattr(result, name, getattr(known, name))
        result.parameters = known.parameters
        self.verdict(product=False, blame=Blame.ABORTED, message=message, trace="")

    @property
    def running(self) -> str:
        """The uuid of the running test's result; empty where none is written."""
        result = self._running()
        return str(result.uuid) if result is not None else ""

    def _running(self) -> TestResult | None:
        if self._listener is None:
            return None
        result: TestResult | None = self._listener.allure_logger.get_test(None)
        return result


class _ScrubbedFiles:
    """Writes results as allure-pytest does, every text scrubbed first, and by their uuid.

    A disk that is full ends no test: `unwritten` tells why something could not be written.
    """

    def __init__(
        self,
        folder: Path,
        scrub: Scrub,
        unwritten: Callable[[str], None],
        measured: dict[str, str],
    ) -> None:
        self._files = AllureFileLogger(folder)
        self._results = AllureFiles(folder)
        self._scrub, self._unwritten = scrub, unwritten
        self._measured = measured

    @allure_commons.hookimpl
    def report_result(self, result: TestResult) -> None:
        # allure-pytest fills the description in when the test has been torn down, not before.
        parts = (result.description, self._measured.pop(result.uuid, ""))
        result.description = "\n\n".join(filter(None, parts)) or None
        clean = scrub_tree(result, self._scrub, leave=_KEPT)
        self._try(lambda: self._results.write_result(_as_document(clean)))

    @allure_commons.hookimpl
    def report_container(self, container: TestResultContainer) -> None:
        # pytest's own bookkeeping between fixtures is no clean-up that a person looks for.
        container.afters = [each for each in container.afters if not each.name.endswith(_INNER)]
        for stage in container.afters:
            stage.name = stage.name.partition("::")[0]
        # A fixture promises nothing, so it cannot fail: what stops it is the rig's or ours.
        _soften((*container.befores, *container.afters))
        clean = scrub_tree(container, self._scrub, leave=_KEPT)
        self._try(lambda: self._files.report_container(clean))

    @allure_commons.hookimpl
    def report_globals(self, globals_item: object) -> None:
        clean = scrub_tree(globals_item, self._scrub, leave=_KEPT)
        self._try(lambda: self._files.report_globals(clean))

    @allure_commons.hookimpl
    def report_attached_file(self, source: str, file_name: str) -> None:
        self.report_attached_data(Path(source).read_bytes(), file_name)

    @allure_commons.hookimpl
    def report_attached_data(self, body: str | bytes, file_name: str) -> None:
        if not file_name.endswith(_PICTURES):
            text = body if isinstance(body, str) else body.decode("utf-8", "surrogateescape")
            body = self._scrub(text).encode("utf-8", "surrogateescape")
        self._try(lambda: self._files.report_attached_data(body, file_name))

    def _try(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            self._unwritten(f"cannot write the results of the tests: {error}")


def _cell(text: str) -> str:
    """`text` in a table of Markdown."""
    return text.replace("|", "\\|").replace("\n", " ")


def _soften(stages: Iterable[ExecutableItem]) -> None:
    """Failed is the product's; in what is not the product's fault a step is broken."""
    for stage in stages:
        if stage.status == Status.FAILED:
            stage.status = Status.BROKEN
        _soften(stage.steps)


def _identity(item: pytest.Item, title: str) -> TestResult:
    """Put together as in allure_pytest.listener; a selftest compares the two."""
    parameters = getattr(item, "callspec", None)
    values = dict(parameters.params) if parameters else {}
    full_name = allure_full_name(item)
    result = TestResult(
        name=title,
        fullName=full_name,
        titlePath=list(allure_title_path(item)),
        testCaseId=md5(full_name),
        description=allure_description(item),
        parameters=[Parameter(name=name, value=represent(value)) for name, value in values.items()],
        links=[Link(kind, url, name) for kind, url, name in allure_links(item)],
    )
    result.historyId = get_history_id(full_name, result.parameters, original_values=values)
    labels = [*sorted(allure_labels(item)), *(("tag", name) for name in pytest_markers(item))]
    labels += allure_suite_labels(item)
    labels += [
        ("host", host_tag()),
        ("thread", thread_tag()),
        ("framework", "pytest"),
        ("language", platform_label()),
        ("package", allure_package(item)),
    ]
    result.labels = [Label(name=name, value=value) for name, value in labels]
    return result


def _as_document(item: object) -> Document:
    document: Document = attr.asdict(item, filter=lambda _, value: value or value is False)  # type: ignore[arg-type]
    return document
