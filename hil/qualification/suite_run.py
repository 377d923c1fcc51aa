"""Running the product suite in a process of its own, and what its JUnit file says became of it."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hil.errors import RigOut, SuiteError

LEAN = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
"""Without what only selftests use, which costs each a fifth of its start."""


@dataclass(frozen=True)
class Outcome:
    """One test of a run. `message` is the first line of its failure, empty when it passed."""

    area: str
    name: str
    passed: bool
    failed: bool
    """In any phase. A skipped test neither passed nor failed."""
    message: str

    @property
    def promise(self) -> str:
        """The one that a failure names, `ZB-012`; empty where it names none."""
        named = _NAMED.match(self.message)
        return named["promise"] if named else ""

    @property
    def rig_was_out(self) -> bool:
        """Whether it had no turn, since the rig was out."""
        named = _NAMED.match(self.message)
        return bool(named and named["error"] == RigOut.__name__)


_NAMED = re.compile(
    r'(failed on (setup|teardown) with ")?(?P<promise>[A-Z]{2}-\d+) · (?P<error>\w*)'
)


@dataclass(frozen=True)
class SuiteRun:
    """A finished run of the product suite."""

    returncode: int
    printed: str
    outcomes: tuple[Outcome, ...]
    directory: Path

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.failed]

    def failed_for(self, promise: str) -> list[Outcome]:
        """The failures whose first line names that promise; not of tests that had no turn."""
        return [each for each in self.failed if each.promise == promise and not each.rig_was_out]

    def timeline(self) -> list[dict[str, object]]:
        """What was written as the run went on."""
        lines = (self.directory / "timeline.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


def run_suite(root: Path, directory: Path, *options: str) -> SuiteRun:
    """Run `pytest` with `options` in the checkout `root`; logs and results go to `directory`.

    Raises:
        SuiteError: it wrote no results; with what it printed.
    """
    junit = directory / "junit.xml"
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *LEAN, "-W", "error", "-q"),
            *(f"--run-dir={directory}", f"--junitxml={junit}", *options),
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    return results_of(directory, finished.returncode, finished.stdout + finished.stderr)


def results_of(directory: Path, returncode: int, printed: str) -> SuiteRun:
    """A run that has ended. Raises as `run_suite`."""
    junit = directory / "junit.xml"
    if not junit.exists():
        raise SuiteError(f"pytest has written no results:\n{printed}")
    return SuiteRun(returncode, printed, tuple(_outcomes(junit)), directory)


def _outcomes(junit: Path) -> Iterator[Outcome]:
    for case in ET.parse(junit).getroot().iter("testcase"):
        trouble = [part for part in case if part.tag in ("failure", "error")]
        yield Outcome(
            area=case.attrib["classname"].split(".")[1],
            name=case.attrib["name"],
            passed=not trouble and case.find("skipped") is None,
            failed=bool(trouble),
            message=trouble[0].attrib["message"].splitlines()[0] if trouble else "",
        )


_COLLECT = """
import json, pathlib, sys
import pytest

class Teller:
    def pytest_collection_finish(self, session):
        marked = {item.nodeid: item.get_closest_marker("promise") for item in session.items}
        ids = {nodeid: marker.args[0] if marker else None for nodeid, marker in marked.items()}
        pathlib.Path(sys.argv[1]).write_text(json.dumps(ids))

what = sys.argv[2:]
sys.exit(pytest.main([*what, "--collect-only", "-q", "-p", "no:cacheprovider"], [Teller()]))
"""


def promises_of_tests(root: Path, *what: str) -> dict[str, str | None]:
    """The promise of every product test in the checkout `root`, by node id; of those that are meant.

    `what` is what pytest takes, `-k relay` or a node id.

    Raises:
        SuiteError: the tests cannot be collected; with what pytest printed.
    """
    with TemporaryDirectory() as folder:
        told = Path(folder) / "promises.json"
        listed = subprocess.run(
            [sys.executable, "-c", _COLLECT, str(told), *(what or ("tests",))],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        if listed.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            raise SuiteError(f"the tests cannot be collected:\n{listed.stdout}{listed.stderr}")
        promised: dict[str, str | None] = json.loads(told.read_text())
    return promised


def tests_by_promise(promised: Mapping[str, str | None]) -> Mapping[str, Sequence[str]]:
    """The node ids of each promise's tests."""
    found: dict[str, list[str]] = {}
    for nodeid, promise in promised.items():
        found.setdefault(str(promise), []).append(nodeid)
    return found
