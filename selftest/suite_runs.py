"""Running the product suite as a user does: a pytest of its own, its files looked at afterwards."""

import json
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hil.simulator.defect import Defect

ROOT = Path(__file__).parents[1]

LEAN = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
"""For a pytest inside a pytest: what only selftests use costs each a fifth of its start."""


OBEYING_PYTEST = (
    sys.executable,
    "-c",
    """
import signal, sys, pytest
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
sys.path.insert(0, "")
sys.exit(pytest.main())
""",
)
"""`python -m pytest` that obeys signals: whoever started us (a script's job in the background) may
have chosen to ignore them, and a run inherits that."""


@dataclass(frozen=True)
class Outcome:
    """One test of a run. `message` is the first line of its failure, empty when it passed."""

    area: str
    name: str
    passed: bool
    failed: bool
    """In any phase. A skipped test neither passed nor failed."""
    message: str


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

    def timeline(self) -> list[dict[str, object]]:
        """What was written as the run went on."""
        lines = (self.directory / "timeline.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


def run_suite(directory: Path, *options: str) -> SuiteRun:
    """Run `pytest` with `options` in a process of its own; logs and results go to `directory`."""
    junit = directory / "junit.xml"
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *LEAN, "-W", "error", "-q"),
            *(f"--run-dir={directory}", f"--junitxml={junit}", *options),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    printed = finished.stdout + finished.stderr
    assert junit.exists(), printed
    return SuiteRun(finished.returncode, printed, tuple(_outcomes(junit)), directory)


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


def failed_for(defect: Defect, run: SuiteRun) -> list[Outcome]:
    """The failures whose first line names the promise that `defect` breaks."""
    return [each for each in run.failed if each.message.startswith(f"{defect.promise} ")]


_COLLECT = """
import json, pathlib, sys
import pytest

class Teller:
    def pytest_collection_finish(self, session):
        marked = {item.nodeid: item.get_closest_marker("promise") for item in session.items}
        ids = {nodeid: marker.args[0] if marker else None for nodeid, marker in marked.items()}
        pathlib.Path(sys.argv[1]).write_text(json.dumps(ids))

sys.exit(pytest.main(["tests", "--collect-only", "-q", "-p", "no:cacheprovider"], [Teller()]))
"""


def promises_of_tests() -> dict[str, str | None]:
    """The promise of every product test, by node id."""
    with TemporaryDirectory() as folder:
        told = Path(folder) / "promises.json"
        listed = subprocess.run(
            [sys.executable, "-c", _COLLECT, str(told)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert listed.returncode == 0, listed.stdout + listed.stderr
        promised: dict[str, str | None] = json.loads(told.read_text())
    return promised


_MASKED = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"/dev/pts/\d+"), "/dev/pts/N"),
    (re.compile(r"‹secret [0-9a-f]{6}›"), "‹secret›"),  # salted by each process
    (re.compile(r"in \d+\.\d+ s of wall time"), "in T of wall time"),
)


def masked(event: dict[str, object]) -> str:
    """An event without what may differ between two runs alike: wall time, ports, nonces."""
    text = json.dumps(
        {key: value for key, value in event.items() if key != "wall"}, ensure_ascii=False
    )
    for pattern, instead in _MASKED:
        text = pattern.sub(instead, text)
    return text


@contextmanager
def simulator_process(rig_file: Path, *options: str) -> Iterator[None]:
    """`hil simulate split-phase` as a process that the suite did not start."""
    command = [sys.executable, "-m", "hil", "simulate", "split-phase", "--write-rig", str(rig_file)]
    process = subprocess.Popen(
        [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    too_long = threading.Timer(60, process.kill)
    too_long.start()
    try:
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("ready"):
                break
        else:
            raise AssertionError(f"the simulator did not start: {said}")
        too_long.cancel()
        yield
    finally:
        too_long.cancel()
        process.terminate()
        process.wait(10)
        process.stdout.close()
