"""Every collected test is accounted for, and what others write of it is what allure-pytest would."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from hil.qualification.conclusion import complete
from hil.qualification.progress import Progress
from selftest.plugin.inner_suite import inner_suite, results, run_inner
from selftest.suite_runs import LEAN

pytest_plugins = ["pytester"]

OF_THE_RUN = ("uuid", "status", "statusDetails", "start", "stop", "steps", "attachments")
"""What only running a test tells."""


def planned(run_dir: Path) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((run_dir / "plan.json").read_text("utf-8"))
    return plan


def identity(result: dict[str, Any]) -> dict[str, Any]:
    """Who a result is, without the order of its labels and of the run itself."""
    who = {key: value for key, value in result.items() if key not in OF_THE_RUN}
    who["labels"] = sorted((label["name"], label["value"]) for label in who["labels"])
    return who


def test_the_plan_knows_each_test_as_allure_pytest_will_write_it(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_many="""
@pytest.mark.promise("ZB-001")
class TestClass:
    @pytest.mark.parametrize("port", ["/dev/ttyUSB0", "ü"])
    @pytest.mark.parametrize("level", [None, 3.5], ids=["none", "half"])
    def test_with_parameters(self, rig, port, level):
        "What it is about."

@pytest.mark.paced
@pytest.mark.promise("ZB-001")
@pytest.mark.skip(reason="not today")
def test_skipped(rig): pass
""",
        ensemble__deeper__test_more='@pytest.mark.promise("EN-001")\ndef test_more(rig): assert 0\n',
    )

    run_inner(pytester)

    run_dir = pytester.path / "run"
    before = [identity(each["result"]) for each in planned(run_dir)["tests"]]
    written = [json.loads(p.read_text()) for p in run_dir.glob("allure-results/*-result.json")]
    after = [identity(each) for each in written]
    for each in (*before, *after):
        # Said of a failure, not of the test.
        each["labels"] = [label for label in each["labels"] if label[0] != "blame"]

    def by_history(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(found, key=lambda each: str(each["historyId"]))

    assert len(before) == 6
    assert by_history(before) == by_history(after)


def test_a_run_that_is_fine_adds_nothing_and_says_so(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_all="""
pytestmark = pytest.mark.promise("ZB-001")

def test_passes(rig): pass
def test_skips(rig): pytest.skip("no power switch")
def test_breaks(rig): assert not "kept"
def test_is_left_out(rig): pass
""",
    )

    outcome = run_inner(pytester, "-k", "not left")

    told = "3 collected, 2 run, 1 skipped, 0 unaccounted for, 1 deselected before"
    assert told in outcome.outlines
    assert planned(pytester.path / "run")["left_out"] == [
        {
            "nodeid": "tests/zigbee/test_all.py::test_is_left_out",
            "promise": "ZB-001",
            "why": "-k not left",
        }
    ]
    written = files(pytester)
    account = complete(pytester.path / "run")
    assert account is not None
    assert (account.added, account.told()) == ([], told)
    assert files(pytester) == written


def test_a_result_that_is_lost_or_untrue_is_written_from_what_the_run_noted(
    pytester: pytest.Pytester,
) -> None:
    inner_suite(
        pytester,
        zigbee__test_all="""
pytestmark = pytest.mark.promise("ZB-001")

def test_cut(rig): pass
def test_gone(rig): assert not "kept"
def test_untrue(rig): assert not "kept"
def test_running(rig): pass
""",
    )
    run_inner(pytester)
    run_dir = pytester.path / "run"
    paths = {
        json.loads(path.read_text())["name"]: path
        for path in run_dir.glob("allure-results/*-result.json")
    }
    paths["Cut"].write_text("")
    paths["Gone"].unlink()
    untrue = json.loads(paths["Untrue"].read_text())
    paths["Untrue"].write_text(json.dumps({**untrue, "status": "passed"}))
    # As if the power had failed here: no last line, no end.
    lines = (run_dir / "progress.jsonl").read_text("utf-8").splitlines()
    (end,) = (i for i, line in enumerate(lines) if '"ended"' in line and "test_running" in line)
    (run_dir / "progress.jsonl").write_text("\n".join([*lines[:end], lines[end][:25]]), "utf-8")

    account = complete(run_dir)

    assert account is not None
    assert sorted(each.rpartition("::")[2] for each in account.added) == [
        "test_cut",
        "test_gone",
        "test_running",
        "test_untrue",
    ]
    found = {name: (each["status"], told(each)) for name, each in results(pytester).items()}
    assert found["Cut"] == (
        "passed",
        "its own result is lost; this is what progress.jsonl tells",
    )
    assert found["Gone"][0] == "failed"
    assert found["Gone"][1].startswith("ZB-001 · assert not 'kept'\n")
    assert found["Untrue"][0] == "failed"
    assert found["Running"][0] == "broken"
    assert "aborted: the run ended without a word" in found["Running"][1]
    promises = json.loads((run_dir / "promises.json").read_text())
    assert promises["exit_code"] is None
    again = complete(run_dir)
    assert again is not None
    assert again.added == []


def test_a_run_that_still_goes_on_is_only_read(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_one='@pytest.mark.promise("ZB-001")\ndef test_one(rig): pass\n',
    )
    run_inner(pytester)
    for path in pytester.path.glob("run/allure-results/*-result.json"):
        path.unlink()

    path = pytester.path / "run" / "progress.jsonl"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if '"what": "over"' not in line), "utf-8")

    with Progress(pytester.path / "run"):
        account = complete(pytester.path / "run")

    assert account is not None
    assert account.is_going_on
    assert account.ended_by == "the run still goes on"
    assert results(pytester) == {}


def test_a_file_that_cannot_be_collected_is_counted(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_one='@pytest.mark.promise("ZB-001")\ndef test_one(rig): pass\n',
        zigbee__test_wrong="import nothing_of_that_name\n",
    )

    outcome = run_inner(pytester)

    assert outcome.ret == 2
    told = "1 collected, 0 run, 1 not run, 0 unaccounted for, 1 files not collected"
    assert told in outcome.outlines
    summary = (pytester.path / "run" / "summary.md").read_text("utf-8")
    assert "NOT GREEN: 1 file not collected, 1 test not run, pytest ended with 2" in summary
    assert "| suite |  | test_wrong.py | ModuleNotFoundError: " in summary


def test_several_processes_are_one_run(pytester: pytest.Pytester, tmp_path: Path) -> None:
    inner_suite(
        pytester,
        zigbee__test_all="""
pytestmark = pytest.mark.promise("ZB-001")

@pytest.mark.parametrize("number", range(6))
def test_many(rig, number): assert number != 4

@pytest.mark.promise("EN-001")
def test_other(rig): pytest.skip("no relay")
""",
    )

    run_dir = tmp_path / "elsewhere" / "run"
    outcome = pytester.runpytest_subprocess("--run-dir", str(run_dir), *LEAN, "-n", "2")

    assert outcome.ret == 1
    outcome.stdout.fnmatch_lines(
        [
            "1 unproven, 1 broken",
            "1 the product's",
            "7 collected, 6 run, 1 skipped, 0 unaccounted for",
        ],
        consecutive=False,
    )
    assert len(list(run_dir.glob("allure-results/*-result.json"))) == 7
    told = json.loads((run_dir / "promises.json").read_text())["promises"]
    assert {each["id"]: each["verdict"] for each in told} == {
        "ZB-001": "broken",
        "EN-001": "unproven",
    }


def test_junit_is_written_without_being_asked_for_and_made_where_pytest_could_not(
    pytester: pytest.Pytester,
) -> None:
    inner_suite(
        pytester,
        zigbee__test_all="""
pytestmark = pytest.mark.promise("ZB-001")

class TestClass:
    @pytest.mark.parametrize("port", ["/dev/ttyUSB0", "a::b"])
    def test_passes(self, rig, port): pass
def test_breaks(rig): assert not "kept"
def test_skips(rig): pytest.skip("no power switch")
""",
    )
    run_inner(pytester)
    path = pytester.path / "run" / "junit.xml"
    by_pytest = in_junit(path)
    path.unlink()

    complete(pytester.path / "run")

    assert len(by_pytest) == 4
    assert in_junit(path) == by_pytest
    [suite] = ET.parse(path).getroot()
    assert {name: suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
    }


def in_junit(path: Path) -> dict[tuple[str, str], list[str]]:
    cases = ET.parse(path).getroot().iter("testcase")
    return {
        (each.attrib["classname"], each.attrib["name"]): [
            part.tag for part in each if part.tag != "properties"
        ]
        for each in cases
    }


def told(result: dict[str, Any]) -> str:
    return str(result["statusDetails"]["message"])


def files(pytester: pytest.Pytester) -> dict[str, bytes]:
    folder = pytester.path / "run" / "allure-results"
    return {path.name: path.read_bytes() for path in folder.iterdir()}
