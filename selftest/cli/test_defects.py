"""`hil defects`: the list, and the verdict on a suite that meets one."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from hil.qualification.defect_runs import DefectRun, Found, table, tally
from hil.qualification.suite_run import Outcome, SuiteRun
from hil.simulator.defects import DEFECTS
from selftest.suite_runs import ROOT

DEFECT = DEFECTS["any-key-accepted"]


def hil_defects(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hil", "defects", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_list_has_name_promise_rig_and_sentence() -> None:
    listed = hil_defects()
    assert listed.returncode == 0
    assert f"{DEFECT.name}  {DEFECT.promise}  on {DEFECT.rig}\n    {DEFECT.sentence}\n" in (
        listed.stdout
    )
    assert "ZB-017  on sim-split-phase with firmware 6.0.50" in listed.stdout
    assert listed.stdout.endswith(f"{len(DEFECTS)} defects\n")


def test_one_that_there_is_not_is_refused() -> None:
    refused = hil_defects("any-key-acepted")
    assert refused.returncode == 1
    assert "no defect 'any-key-acepted'; did you mean 'any-key-accepted'?" in refused.stderr


def test_a_defect_is_met_by_its_own_tests_and_the_table_says_so(tmp_path: Path) -> None:
    met = hil_defects("--run", DEFECT.name, "--run-dir", str(tmp_path))
    assert met.returncode == 0, met.stdout + met.stderr
    assert f"{DEFECT.name}  {DEFECT.promise}  killed  1 of its own\n1 killed; " in met.stdout
    assert (tmp_path / DEFECT.name / "timeline.jsonl").exists()


def test_tests_that_are_red_without_a_defect_prove_nothing() -> None:
    red = SuiteRun(1, "", (outcome("zigbee", "test_0", f"{DEFECT.promise} · taken"),), Path())
    met = DefectRun(DEFECT, red, is_whole=False, healthy=red)
    assert met.found is Found.ALWAYS_RED


def test_a_rig_that_cannot_show_it_is_no_proof(tmp_path: Path) -> None:
    met = hil_defects(
        *("--run", "lost-enpower-reads-open", "--rig", "sim-battery-only"),
        *("--run-dir", str(tmp_path)),
    )
    assert met.returncode == 1
    assert "1 not met; " in met.stdout


OUT = 'failed on setup with "{} · RigOut: the rig is out of use since 5483.71 s'


def outcome(area: str, name: str, message: str | None) -> Outcome:
    return Outcome(area, name, message is None, message is not None, message or "")


@pytest.mark.parametrize(
    ("outcomes", "returncode", "found"),
    [
        ([("zigbee", None)], 0, Found.SURVIVED),
        ([], 5, Found.NOT_MET),
        ([("zigbee", "ZB-036 · taken")], 1, Found.KILLED),
        ([("zigbee", "ZB-036 · taken"), ("zigbee", "ZB-001 · not paired")], 1, Found.KILLED),
        ([("zigbee", "ZB-036 · taken"), ("ensemble", "EN-001 · shut")], 1, Found.WRONG_TEST),
        ([("zigbee", "ZB-001 · not paired")], 1, Found.WRONG_TEST),
        ([("zigbee", "ZB-036 · taken")], 3, Found.WRONG_TEST),
        ([("zigbee", 'failed on teardown with "ZB-036 · RestoreFailed: …"')], 1, Found.KILLED),
        ([("zigbee", "ZB-036 · taken"), ("ensemble", OUT.format("EN-001"))], 1, Found.KILLED),
        ([("zigbee", "ZB-001 · not paired"), ("zigbee", OUT.format("ZB-036"))], 1, Found.RIG_OUT),
        (
            [("zigbee", "ZB-001 · not paired"), ("gateway", OUT.format("GW-001"))],
            1,
            Found.WRONG_TEST,
        ),
        ([("ensemble", "EN-001 · shut"), ("zigbee", OUT.format("ZB-036"))], 1, Found.WRONG_TEST),
    ],
)
def test_the_verdict(
    outcomes: Sequence[tuple[str, str | None]], returncode: int, found: Found
) -> None:
    run = SuiteRun(
        returncode,
        "",
        tuple(outcome(area, f"test_{n}", said) for n, (area, said) in enumerate(outcomes)),
        Path(),
    )
    met = DefectRun(DEFECT, run, is_whole=True)
    assert met.found is found
    assert next(iter(table([met.row]))).startswith(f"{DEFECT.name}  {DEFECT.promise}  {found}")
    assert tally([met.row]) == f"1 {found}"
