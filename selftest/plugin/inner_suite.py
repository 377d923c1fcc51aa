"""A suite inside a suite: product tests on a stand-in rig, run by a pytest of their own."""

import json
from pathlib import Path

import pytest

from selftest.suite_runs import LEAN

CHECKOUT = Path(__file__).parents[2]

KEY = "5C0FFEE1D2C3B4A5968778695A4B3C2D"
"""A link key of the stand-in rig; no real device has it."""

CONFTEST = f'''
from pathlib import Path
from types import SimpleNamespace

import pytest

from hil.clock import JumpingClock, LimitedClock
from hil.errors import RestoreFailed
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Kind, Timeline
from hil.plugin.run import RUN
from hil.vocabulary.secret import Secret

pytest_plugins = ["hil.plugin.hooks", "hil.plugin.fixtures"]


class Difference(str):
    """What a test says it changed."""

    @property
    def commanded(self):
        return not self.startswith("by itself: ")


class Baseline:
    """Put back what tests say they changed; `stuck` cannot be put back."""

    def __init__(self, timeline):
        self.changed, self.stuck, self.timeline = [], None, timeline
        self.unwatched, self.put_right = {{}}, []

    def restore(self):
        if self.stuck:
            raise RestoreFailed(self.stuck)
        put_back, self.changed = [Difference(each) for each in self.changed], []
        for each in put_back:
            self.timeline.note("suite", Kind.STEP, f"put back: {{each}}")
        return put_back


class StandIn:
    """As much of an open rig as the plugin itself needs."""

    def __init__(self, directory):
        self.description = SimpleNamespace(
            name="stand-in",
            capabilities=frozenset(),
            expected=SimpleNamespace(
                firmware="8.2.127", grid_profile=SimpleNamespace(name="made up", version="1.0.7")
            ),
        )
        self.clock = LimitedClock(JumpingClock())
        redactor = Redactor([Secret("{KEY}")])
        self.timeline = Timeline(
            directory / "timeline.jsonl", now=self.clock.now, redactor=redactor
        )
        self.baseline, self.out, self.out_since = Baseline(self.timeline), None, ""
        self.is_open, self.left_by_an_earlier_run, self.lost = True, [], None
        self.envoy = SimpleNamespace(drift={{"/ivp/made/up": {{"novel_key"}}}})

    def catch_up(self):
        pass

    def snapshot(self, asks, at):
        yield f"gateway at {{at}}, every view", "made up, with the key {KEY}"

    def take_out(self, why):
        self.out = self.timeline.redactor.scrub(why)
        noted = self.timeline.note("suite", Kind.TROUBLE, "the rig is out: " + self.out)
        self.out_since = noted.when

    def set_limit(self, duration_s, what=""):
        self.clock.limit(duration_s, what=what)


@pytest.fixture(scope="session")
def rig(pytestconfig):
    stand_in = StandIn(pytestconfig.stash[RUN].directory)
    with stand_in.timeline:
        yield stand_in
'''

PROMISES = """
promises:
  - id: ZB-001
    sentence: The right key pairs.
    bounds: {paired_within_s: 300}
    source: made up
    grade: seed
  - id: EN-001
    sentence: The relay opens.
    source: made up
    grade: public
"""


def inner_suite(pytester: pytest.Pytester, **modules: str) -> None:
    """Write a checkout; `zigbee__test_forced_loss="…"` is tests/zigbee/test_forced_loss.py."""
    root = pytester.path
    (root / "pytest.ini").write_text((CHECKOUT / "pytest.ini").read_text())
    (root / "conftest.py").write_text(CONFTEST)
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs" / "promises.yaml").write_text(PROMISES)
    (root / "rigs").mkdir(exist_ok=True)
    (root / "rigs" / "sim-split-phase.yaml").write_text(
        "name: sim-split-phase\nsimulate: ../sites/none.yaml\n"
    )
    for name, text in modules.items():
        path = root / "tests" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import pytest\nfrom hil.errors import *\n" + text)


def run_inner(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run the inner suite in a process of its own, into the folder `run`."""
    return pytester.runpytest_subprocess("--run-dir", "run", *LEAN, *arguments)


def results(pytester: pytest.Pytester) -> dict[str, dict[str, object]]:
    """The Allure results of the run, by title."""
    folder = pytester.path / "run" / "allure-results"
    found = [json.loads(path.read_text()) for path in folder.glob("*-result.json")]
    return {result["name"]: result for result in found}


def labels(result: dict[str, object]) -> dict[str, str]:
    """The labels of an Allure result; of a repeated one the last."""
    listed = result["labels"]
    assert isinstance(listed, list)
    return {label["name"]: label["value"] for label in listed}
