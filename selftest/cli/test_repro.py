"""`hil repro`: the loop for a field bug, on the real suite; and what it says about the runs."""

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hil.cli.repro_story import Story, differences
from hil.evidence.measurement import Measurement
from selftest.suite_runs import ROOT

NONSENSE = "tests/gateway/test_bad_input.py::test_nonsense_is_refused_and_changes_nothing"
LIMIT = "written[soft]"  # the quickest test on the rig: an export limit written and read back


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a run needs of the checkout, in a folder of its own: runs are written to it."""
    for name in ("tests", "docs", "rigs", "sites"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("pytest.ini", "conftest.py"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def repro(checkout: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "hil", "repro", *arguments],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_test_that_passes_is_repeated_each_time_with_another_seed(checkout: Path) -> None:
    said = repro(checkout, "commanded_open_the_relay", "--until-fail", "2", "--seed", "5")

    assert said.returncode == 0, said.stdout + said.stderr
    first, second, total, *waits = said.stdout.splitlines()
    assert re.match(r" +1 seed 5  passed, \d+ s of rig time, ", first)
    assert re.match(r" +2 seed 6  passed, ", second)
    assert re.search(r"time to open 2\d\.\d s", first)
    assert total == "2 passed"
    assert any("time to open: shortest / median / longest 2" in each for each in waits)
    assert not any("the instruments give power" in each for each in waits)


def test_a_test_whose_id_has_spaces_is_found(checkout: Path) -> None:
    said = repro(checkout, f"{NONSENSE}[POST /ivp/ss/pel_settings]", "--until-fail", "1")

    assert said.returncode == 0, said.stdout + said.stderr
    assert "1 passed" in said.stdout


def test_it_stops_at_the_first_failure_and_says_how_to_have_it_again(checkout: Path) -> None:
    said = repro(checkout, "commanded_open_the_relay", "--sim-defect", "relay-never-opens")

    assert said.returncode == 1, said.stdout + said.stderr
    assert "   1 seed 0  failed (product)" in said.stdout
    assert "   2 " not in said.stdout
    assert "EN-001 · NotInTime: enpower " in said.stdout
    assert "again: pytest tests/ensemble/test_mains_relay.py::" in said.stdout
    evidence = re.findall(r"evidence: (\S+)", said.stdout)[0]
    assert (checkout / evidence / "timeline.jsonl").is_file()


THIRD = """
from pathlib import Path
import pytest

@pytest.mark.promise("SS-001")
def test_fails_the_third_time(envoy):
    before = Path(__file__).with_name("before")
    tried = before.read_text() if before.exists() else ""
    before.write_text(tried + "x")
    envoy.info.read()
    assert len(tried) < 2
"""


def test_it_says_on_how_many_runs_the_difference_rests(checkout: Path) -> None:
    (checkout / "tests" / "site_settings" / "test_third.py").write_text(THIRD)

    said = repro(checkout, "fails_the_third_time")

    assert said.returncode == 1, said.stdout + said.stderr
    assert re.findall(r"^ +(\d) seed (\d)  (\w+)", said.stdout, re.M) == [
        ("1", "0", "passed"),
        ("2", "1", "passed"),
        ("3", "2", "failed"),
    ]
    assert "what differed from the 2 runs that passed:" in said.stdout
    assert "  what was said is not compared: 2 passed, it takes 3" in said.stdout
    assert "only here" not in said.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["relay"], "'relay' means "),
        (["no_such_test"], "no test is meant by 'no_such_test'"),
        ([LIMIT, "--rig", "bench-example", "--seed", "3"], "--seed and --sim-defect are for"),
        ([LIMIT, "--rig", "bench-7"], "--rig bench-7: no rig file rigs/bench-7.yaml"),
        (
            [LIMIT, "--sim-defect", "relay-never-open"],
            "--sim-defect relay-never-open: no such defect; did you mean 'relay-never-opens'?",
        ),
    ],
)
def test_what_cannot_be_run_is_said_at_once(
    arguments: list[str], told: str, checkout: Path
) -> None:
    said = repro(checkout, *arguments)
    assert said.returncode == 4, said.stderr
    assert said.stdout.startswith(told)
    assert not (checkout / "runs").exists()


def test_what_pytest_refuses_is_said_once_and_is_no_failure(checkout: Path) -> None:
    (checkout / "known-bugs.yaml").write_text("bugs: [{promise: SS-999}]\n")

    said = repro(checkout, LIMIT, "--until-fail", "3")

    assert said.returncode == 4, said.stdout + said.stderr
    assert "pytest did not begin:" in said.stdout
    assert "known-bugs.yaml" in said.stdout
    assert "passed" not in said.stdout


def test_a_test_that_this_rig_cannot_run_ends_the_loop_with_the_reason(checkout: Path) -> None:
    nowhere = ("--rig", "sim-battery-only", "--until-fail", "9")
    said = repro(checkout, "commanded_open_the_relay", *nowhere)

    assert said.returncode == 13, said.stdout + said.stderr
    first, reason, total = said.stdout.splitlines()
    assert re.match(r" +1 seed 0  skipped, ", first)
    assert re.fullmatch(r"tests/\S+ is not run here: rig \S+ cannot do: \w+", reason)
    assert total == "0 passed"


def test_ctrl_c_is_handed_on_and_the_run_puts_the_rig_back(checkout: Path) -> None:
    loop = subprocess.Popen(
        [sys.executable, "-m", "hil", "repro", "commanded_open_the_relay", "--until-fail", "50"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert loop.stdout is not None
    first = loop.stdout.readline()
    loop.send_signal(signal.SIGINT)
    said = first + loop.stdout.read()
    loop.stdout.close()

    assert loop.wait() == 2, said
    assert "stopped by SIGINT; a run that was going on put the rig back" in said
    assert " passed\n" in said


def story(*events: str, waits: dict[str, float] | None = None) -> Story:
    found = tuple(Measurement(what, after_s, "s") for what, after_s in (waits or {}).items())
    return Story("passed", "", 10.0, found, events)


def test_the_difference_is_where_a_run_left_the_one_it_was_alike_for_longest() -> None:
    good = story("asks", "opens", "closes", waits={"opens": 27.0})
    other = story("asks", "is busy", "opens", "closes", waits={"opens": 29.0})
    bad = story("asks", "is busy", "panics", "closes", waits={"opens": 41.5})

    assert differences(bad, [good, other, good]) == [
        "alike for 2 events; the last of them: is busy",
        "  then here: panics",
        "  then here: closes",
        "  elsewhere: opens",
        "  elsewhere: closes",
        "slower: opens: 41.5 s; 27.0 to 29.0 s in the runs that passed",
        "only here: panics",
    ]


def test_after_few_runs_only_waits_and_times_are_compared() -> None:
    good = story("asks", "opens", waits={"opens": 27.0, "closes": 5.0})
    slow = story("asks", "panics", waits={"opens": 41.5})
    missed = Measurement("closes", 90.0, "s", at_most=90.0, held=False)
    slow = replace(slow, measured=(*slow.measured, missed), took_s=95.0)

    assert differences(slow, [good, good]) == [
        "not met: closes; 5.0 to 5.0 s in the runs that passed",
        "slower: opens: 41.5 s; 27.0 to 27.0 s in the runs that passed",
        "longer: the whole test: 95 s; 10 to 10 s in the runs that passed",
        "what was said is not compared: 2 passed, it takes 3",
    ]
    assert differences(story("panics"), [story("asks")]) == [
        "no wait took longer than in the runs that passed",
        "what was said is not compared: 1 passed, it takes 3",
    ]


def test_a_failure_that_looks_like_every_other_run_says_so() -> None:
    assert differences(story("asks"), [story("asks")] * 3) == [
        "nothing: it said and saw the same as the runs that passed"
    ]
    assert differences(story("asks"), []) == ["nothing to compare with: no run passed before"]
