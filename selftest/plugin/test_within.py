"""`--within`: the night is planned by what the run before has told, and held to its time."""

import json
from pathlib import Path
from typing import Any

import pytest

from hil.rig.rig_folder import STATE_VARIABLE
from selftest.plugin.inner_suite import PROMISES, inner_suite, run_inner

pytest_plugins = ["pytester"]

SUITE = """
@pytest.mark.promise("ZB-001")
def test_passes(rig):
    rig.clock.sleep(40)

@pytest.mark.promise("ZB-001")
def test_fails(rig):
    raise NotInTime("paired", within_s=300, history=[])

@pytest.mark.promise("EN-001")
def test_of_the_relay(rig):
    pass

@pytest.mark.promise("EN-001")
@pytest.mark.needs("power_switch")
def test_of_what_this_rig_cannot_do(rig):
    pass
"""

NEW = """
@pytest.mark.promise("ZB-001")
@pytest.mark.limit(600)
def test_is_new(rig):
    pass
"""

HOURS = {"test_passes": 2, "test_fails": 1, "test_of_the_relay": 1.5}

FILE = "tests/zigbee/test_night.py"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    return tmp_path / "state" / "simulated" / "sim-split-phase.tests.json"


def known(state: Path) -> dict[str, Any]:
    tests: dict[str, Any] = json.loads(state.read_text())["tests"]
    return {nodeid.partition("::")[2]: told for nodeid, told in tests.items()}


def after_a_first_night(pytester: pytest.Pytester, state: Path) -> None:
    """A run, and its durations made those of a bench."""
    inner_suite(pytester, zigbee__test_night=SUITE)
    run_inner(pytester)
    document = json.loads(state.read_text())
    for nodeid, told in document["tests"].items():
        if (hours := HOURS.get(nodeid.partition("::")[2])) is not None:
            told["wall_s"] = hours * 3600
    document |= {"opening_s": 60.0, "closing_s": 0.0}
    state.write_text(json.dumps(document))


def lines(result: pytest.RunResult, word: str) -> list[str]:
    return [" ".join(line.split()) for line in result.outlines if word in line]


def test_a_run_tells_what_the_next_is_planned_by(pytester: pytest.Pytester, state: Path) -> None:
    inner_suite(pytester, zigbee__test_night=SUITE)

    run_inner(pytester)

    told = known(state)
    assert {name: each["outcome"] for name, each in told.items()} == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_of_the_relay": "passed",
        "test_of_what_this_rig_cannot_do": "skipped",
    }
    assert told["test_passes"]["rig_s"] == 40.0
    assert 0 < told["test_passes"]["wall_s"] < 60
    assert told["test_passes"]["proven_at"] == told["test_passes"]["ran_at"]
    assert told["test_fails"]["proven_at"] == ""


def test_a_night_is_planned_shown_and_run(pytester: pytest.Pytester, state: Path) -> None:
    after_a_first_night(pytester, state)
    inner_suite(pytester, zigbee__test_night=SUITE, zigbee__test_other=NEW)
    promises = pytester.path / "docs" / "promises.yaml"
    promises.write_text(PROMISES.replace("The relay opens.", "The relay opens at once."))
    before = state.read_text()

    shown = pytester.runpytest_subprocess("--within", "4h", "--collect-only", "-q")

    assert lines(shown, "within 4 h") == [
        "within 4 h: 4 of 5 tests fit, 3 h 46 min, 60 s of it for the rig; 1 of the times guessed (?)"
    ]
    at = [line.strip() for line in shown.outlines].index("did not fit, and is not run:")
    plan = [" ".join(line.split()) for line in shown.outlines]
    assert plan[at - 4 : at] == [
        f"1. 1 h failed last time {FILE}::test_fails",
        f"2. under 1 s EN-001 has changed since {FILE}::test_of_what_this_rig_cannot_do",
        f"3. 1 h 30 min EN-001 has changed since {FILE}::test_of_the_relay",
        "4. 1 h 15 min ? never run here tests/zigbee/test_other.py::test_is_new",
    ]
    assert plan[at + 1].startswith("2 h proven 20")
    assert plan[at + 1].endswith(f"{FILE}::test_passes")
    assert state.read_text() == before
    assert not (pytester.path / "run2").exists()

    run = pytester.runpytest_subprocess(
        "--run-dir", "run2", "--within", "4h", "-v", "--random-order"
    )

    ran = [
        line.split()[0].partition("::")[2] for line in run.outlines if "[" in line and "::" in line
    ]
    assert ran == [
        "test_fails",
        "test_of_what_this_rig_cannot_do",
        "test_of_the_relay",
        "test_is_new",
    ], run.outlines
    assert "test_passes" in lines(run, "proven 20")[0]
    verdicts = json.loads((pytester.path / "run2" / "promises.json").read_text())["promises"]
    reasons = {each["id"]: (each["verdict"], each["reason"]) for each in verdicts}
    assert reasons["ZB-001"][0] == "broken"
    planned = json.loads((pytester.path / "run2" / "plan.json").read_text())
    assert planned["left_out"] == [
        {"nodeid": f"{FILE}::test_passes", "promise": "ZB-001", "why": "did not fit in 4 h"}
    ]
    told = known(state)
    assert told["test_passes"] == json.loads(before)["tests"][f"{FILE}::test_passes"]
    assert told["test_is_new"]["outcome"] == "passed"


LATE = """
@pytest.mark.promise("ZB-001")
def test_fails(rig, pytestconfig):
    within = pytestconfig.pluginmanager.get_plugin("hil-within")
    late_s = within.now() + 7000
    within.now = lambda: late_s

@pytest.mark.promise("EN-001")
def test_of_the_relay(rig):
    pass
"""


def test_a_night_that_takes_longer_than_planned_ends_in_time(
    pytester: pytest.Pytester, state: Path
) -> None:
    after_a_first_night(pytester, state)
    inner_suite(pytester, zigbee__test_night=LATE)
    before = known(state)["test_of_the_relay"]

    run = pytester.runpytest_subprocess("--run-dir", "late", "--within", "3h", "-rs")

    assert run.ret == 0
    run.assert_outcomes(passed=1, skipped=1)
    (why,) = lines(run, "SKIPPED")
    assert "not run: the time of --within is used up: it was planned with 1 h 30 min, 1 h" in why
    assert known(state)["test_of_the_relay"] == before, "nothing is learned of what was not run"
    verdicts = json.loads((pytester.path / "late" / "promises.json").read_text())["promises"]
    assert {each["id"]: each["verdict"] for each in verdicts} == {
        "ZB-001": "kept",
        "EN-001": "unproven",
    }


def test_what_is_known_and_cannot_be_read_is_said(pytester: pytest.Pytester, state: Path) -> None:
    inner_suite(pytester, zigbee__test_night=SUITE)
    state.parent.mkdir(parents=True)
    state.write_text('{"tests": 3}')

    run = pytester.runpytest_subprocess("--run-dir", "run", "--within", "3h")

    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines(["*sim-split-phase.tests.json cannot be read*remove it*"])


def test_tests_that_are_spread_are_not_planned(pytester: pytest.Pytester) -> None:
    inner_suite(pytester, zigbee__test_night=SUITE)

    run = pytester.runpytest_subprocess("--run-dir", "run", "--within", "3h", "-n", "2")

    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines(["*--within plans for tests one after the other; leave -n 2 out*"])
