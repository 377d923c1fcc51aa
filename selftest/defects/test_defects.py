"""A suite that cannot go red proves nothing: each deliberate firmware bug turns its own tests red.

Here each meets the tests of the promise that it breaks, until one is red, and no others; CI has one of a
promise and a rig. That the whole suite goes red there only, and that those tests are green without it on
rigs whose whole suite CI does not see, is proved by `make long`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from hil.qualification.defect_runs import Found, meet
from hil.qualification.suite_run import SuiteRun
from hil.qualification.warm_suite import WarmSuite
from hil.rig.loading import load_rig
from hil.rig.rig_file import SimulatedRigFile
from hil.simulator.defects import DEFECTS
from hil.simulator.site_file import SiteFile, load_site
from selftest.defect_table import ROW
from selftest.suite_runs import ROOT

DEVICES = (
    *("encharge ", "Enpower", "enpower ", "inverter ", "envoy "),
    *("gateway", "batteries", "meter "),
)
"""One of them stands in the first line of a failure."""


def each_defect() -> Iterator[object]:
    """Their names; CI meets the first of a promise and a rig, since the same tests meet the others in the
    same way: those have a mark, and are met by `make defects` alone.
    """
    met: set[tuple[str, str]] = set()
    for name, defect in DEFECTS.items():
        breaks = defect.promise, defect.shown_on
        yield pytest.param(name, marks=pytest.mark.more_of_the_same) if breaks in met else name
        met.add(breaks)


@pytest.mark.parametrize("name", list(each_defect()))
def test_a_defect_turns_its_own_tests_red(
    name: str,
    tests_of: Mapping[str, Sequence[str]],
    warm: WarmSuite,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    defect = DEFECTS[name]

    own_tests = tests_of[defect.promise]
    met = meet(defect, tmp_path / "run", root=ROOT, own_tests=own_tests, run_suite=warm.run)

    record_property(ROW, met.row)
    run = met.run
    assert met.found is Found.KILLED, run.printed
    first_line = run.failed_for(defect.promise)[0].message
    assert any(device in first_line for device in DEVICES), f"names no device: {first_line}"
    assert "‹secret " in (run.directory / "timeline.jsonl").read_text("utf-8"), "no key was said"
    simulated = load_rig(defect.rig, ROOT / "rigs")
    assert isinstance(simulated, SimulatedRigFile)
    assert leaked(run, load_site(simulated.site)) == []


def leaked(run: SuiteRun, truth: SiteFile) -> list[str]:
    """Where eight characters of a key stand, right or wrong, in anything that the run wrote."""
    keys = [key for node in truth.nodes for key in (node.link_key, node.link_key[::-1])]
    pieces = {key[start : start + 8] for key in keys for start in range(len(key) - 7)}
    found = ["the terminal"] if pieces & eights(run.printed) else []
    for path in run.directory.rglob("*"):
        if (
            path.is_file()
            and path.name != "other-firmware.yaml"
            and pieces & eights(path.read_text("utf-8", "replace"))
        ):
            found.append(str(path))
    return found


def eights(text: str) -> set[str]:
    """Every run of eight hexadecimal digits in `text`, overlapping ones too."""
    return {match.group(1) for match in re.finditer(r"(?=([0-9A-F]{8}))", text.upper())}
