"""Each deliberate firmware bug against every test there is: red where it must be, nowhere else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hil.qualification.defect_runs import AS_IT_MUST, meet
from hil.simulator.defects import DEFECTS
from selftest.defect_table import ROW
from selftest.suite_runs import ROOT


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_the_whole_suite_goes_red_where_it_must_and_nowhere_else(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    met = meet(DEFECTS[name], tmp_path, root=ROOT)

    record_property(ROW, met.row)
    assert met.found in AS_IT_MUST, met.run.printed
