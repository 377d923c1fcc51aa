"""A suite that cannot go red proves nothing: each deliberate firmware bug turns its own tests red.

Here each meets the tests of the promise that it breaks, and no others. That the whole suite goes red
there only is proved by `make long` (selftest/long/test_defects_in_the_whole_suite.py).
"""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from hil.simulator.defects import DEFECTS
from hil.simulator.site_file import SiteFile, load_site
from selftest.suite_runs import ROOT, SuiteRun, failed_for, promises_of_tests, run_suite

DEFAULT_SITE, WITH_GENERATOR = "split-phase", "split-phase-generator"
SUNNY, HEAVY, LOW = "sunny", "heavy-load", "low-charge"
SITE_OF = {
    "gen-config-partly-stored": WITH_GENERATOR,
    "gen-mode-forgotten": WITH_GENERATOR,
    "gen-schedule-swaps-hours": WITH_GENERATOR,
    "generator-view-ignores-settings": WITH_GENERATOR,
    "generator-holds-on": WITH_GENERATOR,
    "generator-mode-unsaid": WITH_GENERATOR,
    "generator-never-stops": WITH_GENERATOR,
    "island-sun-not-curtailed": SUNNY,
    "soft-limit-never-acts": SUNNY,
    "export-limit-starves-the-load": SUNNY,
    "hard-limit-never-trips": SUNNY,
    "overload-stays-dark": HEAVY,
    "opens-without-charge": LOW,
    "island-empties-its-batteries": LOW,
    "discharges-below-reserve": "battery-only",
}
"""Defects that the default site has nothing to show."""


@pytest.fixture(scope="module")
def tests_of() -> Mapping[str, list[str]]:
    """The node ids of each promise's tests."""
    found: dict[str, list[str]] = {}
    for nodeid, promised in promises_of_tests().items():
        found.setdefault(str(promised), []).append(nodeid)
    return found


ON_ANOTHER_RIG = {"old-release-deletes-a-list"}
"""Met on a gateway before 6.0.92 only: `selftest/defects/test_older_gateway.py`."""


def test_what_is_met_elsewhere_is_a_defect() -> None:
    assert SITE_OF.keys() | ON_ANOTHER_RIG <= DEFECTS.keys()


@pytest.mark.parametrize("name", [name for name in DEFECTS if name not in ON_ANOTHER_RIG])
def test_a_defect_turns_its_own_tests_red(
    name: str, tests_of: Mapping[str, list[str]], tmp_path: Path
) -> None:
    defect = DEFECTS[name]

    site = SITE_OF.get(name, DEFAULT_SITE)

    run = run_suite(
        tmp_path, *tests_of[defect.promise], f"--rig=sim-{site}", "--sim-defect", name, "-l"
    )

    assert run.returncode == 1, run.printed
    own = failed_for(defect, run)
    assert own, [outcome.message for outcome in run.failed]
    assert any(
        device in own[0].message
        for device in (
            "encharge ",
            "Enpower",
            "enpower ",
            "inverter ",
            "envoy ",
            "gateway",
            "batteries",
            "meter ",
        )
    ), f"the first line names no device: {own[0].message}"
    assert "‹secret " in (run.directory / "timeline.jsonl").read_text("utf-8"), "no key was said"
    assert leaked(run, load_site(ROOT / "sites" / f"{site}.yaml")) == []


def leaked(run: SuiteRun, truth: SiteFile) -> list[str]:
    """Where eight characters of a key stand, right or wrong, in anything that the run wrote."""
    keys = [key for node in truth.nodes for key in (node.link_key, node.link_key[::-1])]
    pieces = {key[start : start + 8] for key in keys for start in range(len(key) - 7)}
    found = ["the terminal"] if pieces & eights(run.printed) else []
    for path in run.directory.rglob("*"):
        if path.is_file() and pieces & eights(path.read_text("utf-8", "replace")):
            found.append(str(path))
    return found


def eights(text: str) -> set[str]:
    """Every run of eight hexadecimal digits in `text`, overlapping ones too."""
    return {match.group(1) for match in re.finditer(r"(?=([0-9A-F]{8}))", text.upper())}
