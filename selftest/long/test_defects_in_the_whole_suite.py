"""Each deliberate firmware bug against every test there is: red where it must be, nowhere else."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from hil.simulator.defect import Defect
from hil.simulator.defects import DEFECTS
from selftest.defects.test_defects import DEFAULT_SITE, ON_ANOTHER_RIG, SITE_OF
from selftest.suite_runs import SuiteRun, failed_for, run_suite

AREA_OF = {
    "ZB": "zigbee",
    "EN": "ensemble",
    "GP": "ensemble",
    "MT": "ensemble",
    "SS": "site_settings",
}
FORCED_LOSS = frozenset({"ensemble"})
ALSO_MET_BY: Mapping[str, frozenset[str]] = {
    "join-ignores-dj": FORCED_LOSS,
    "lost-node-communicates": FORCED_LOSS,
}
"""Areas beside its own that have to meet a defect: they force a device out of the network too."""
NAMED = 6
"""So many other red tests are named in the table."""


class Found(StrEnum):
    """What the suite made of a defect."""

    KILLED = "killed"
    """Its own tests went red, and of the others only some of the same area."""
    SURVIVED = "survived"
    WRONG_TEST = "wrong test"
    """Only tests of other promises noticed it, or some of another area went red too."""


def found(defect: Defect, run: SuiteRun) -> Found:
    if not run.failed:
        return Found.SURVIVED
    areas = {outcome.area for outcome in run.failed}
    expected = {AREA_OF[defect.promise[:2]]} | ALSO_MET_BY.get(defect.name, frozenset())
    if failed_for(defect, run) and areas == expected:
        return Found.KILLED
    return Found.WRONG_TEST


@pytest.mark.parametrize("name", [name for name in DEFECTS if name not in ON_ANOTHER_RIG])
def test_the_whole_suite_goes_red_where_it_must_and_nowhere_else(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    defect = DEFECTS[name]

    run = run_suite(tmp_path, f"--rig=sim-{SITE_OF.get(name, DEFAULT_SITE)}", "--sim-defect", name)

    verdict = found(defect, run)
    own = {outcome.name for outcome in failed_for(defect, run)}
    others = sorted({outcome.name for outcome in run.failed} - own)
    named = ", ".join(others[:NAMED]) + (
        f" and {len(others) - NAMED} more" if others[NAMED:] else ""
    )
    red = f"{len(own)} of its own" + (f"; also {named}" if others else "")
    record_property("defect", (name, defect.promise, verdict.value, red))
    assert verdict is Found.KILLED, run.printed
    assert run.returncode == 1, run.printed
