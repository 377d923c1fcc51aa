"""What turns red with a deliberate bug is green without it, on the rigs that CI does not see whole."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from hil.qualification.defect_runs import meet_none
from hil.qualification.warm_suite import WarmSuite
from hil.simulator.defect import Defect
from hil.simulator.defects import DEFECTS
from selftest.suite_runs import ROOT

USUAL = Defect.__dataclass_fields__["rig"].default
ELSEWHERE = list(
    {
        (defect.shown_on, defect.promise): name
        for name, defect in DEFECTS.items()
        if defect.shown_on != USUAL
    }.values()
)
"""On other rigs than that on which CI sees the whole suite green; one for each rig and promise."""


@pytest.mark.parametrize("name", ELSEWHERE)
def test_its_own_tests_are_green_there_without_it(
    name: str, tests_of: Mapping[str, Sequence[str]], warm: WarmSuite, tmp_path: Path
) -> None:
    defect = DEFECTS[name]

    own_tests = tests_of[defect.promise]
    run = meet_none(defect, tmp_path / "run", root=ROOT, own_tests=own_tests, run_suite=warm.run)

    assert run.returncode == 0, run.printed
    assert any(outcome.passed for outcome in run.outcomes), f"none is tried there: {run.printed}"
