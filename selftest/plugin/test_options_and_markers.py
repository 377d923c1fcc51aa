"""What is asked for wrongly is refused before anything is touched, with the right form."""

import re

import pytest

from selftest.plugin.inner_suite import inner_suite, run_inner

pytest_plugins = ["pytester"]

WRONG = {
    "": 'no promise: write @pytest.mark.promise("ZB-021"), an id of docs/promises.yaml',
    'promise("ZB-002")': "no promise 'ZB-002' in docs/promises.yaml; did you mean 'ZB-001'?",
    "promise": 'promise takes one id: write @pytest.mark.promise("ZB-021")',
    'promise(id="ZB-001")': 'promise takes one id: write @pytest.mark.promise("ZB-021")',
    'promise("ZB-001", "EN-001")': 'promise takes one id: write @pytest.mark.promise("ZB-021")',
    'promise("ZB-001") needs("power_swich")': "needs: no capability 'power_swich'; "
    "did you mean 'power_switch'?",
    'promise("ZB-001") needs': 'needs takes capabilities: write @pytest.mark.needs("power_switch")',
    'promise("ZB-001") limit(minutes=3)': "limit: write @pytest.mark.limit(seconds), "
    "a positive number of rig seconds",
    'promise("ZB-001") limit(0)': "limit: write @pytest.mark.limit(seconds), "
    "a positive number of rig seconds",
}
"""Markers, and what is said to them."""


def test_wrong_markers_end_the_run_before_it_begins_each_with_the_right_form(
    pytester: pytest.Pytester,
) -> None:
    tests = [
        "".join(f"@pytest.mark.{each}\n" for each in re.findall(r"\w+(?:\([^)]*\))?", markers))
        + f"def test_{number}(rig): pass\n"
        for number, markers in enumerate(WRONG)
    ]
    inner_suite(pytester, zigbee__test_wrong="\n".join(tests))

    outcome = run_inner(pytester)

    assert outcome.ret == pytest.ExitCode.USAGE_ERROR
    assert [line.removeprefix("ERROR: ") for line in outcome.errlines if line] == [
        f"tests/zigbee/test_wrong.py::test_{number}: {message}"
        for number, message in enumerate(WRONG.values())
    ]


def test_an_unknown_rig_is_refused_with_those_there_are(pytester: pytest.Pytester) -> None:
    inner_suite(pytester, zigbee__test_x='@pytest.mark.promise("ZB-001")\ndef test_x(rig): pass\n')

    outcome = run_inner(pytester, "--rig", "bench-30")

    assert outcome.ret == pytest.ExitCode.USAGE_ERROR
    outcome.stderr.fnmatch_lines(["ERROR: --rig bench-30: no rig file *; there are: sim-split*"])


def test_a_broken_promises_file_is_refused_with_the_line(pytester: pytest.Pytester) -> None:
    inner_suite(pytester, zigbee__test_x='@pytest.mark.promise("ZB-001")\ndef test_x(rig): pass\n')
    path = pytester.path / "docs" / "promises.yaml"
    path.write_text(path.read_text().replace("grade: seed", "grade: sead"))

    outcome = run_inner(pytester)

    assert outcome.ret == pytest.ExitCode.USAGE_ERROR
    outcome.stderr.fnmatch_lines(["ERROR: *promises.yaml:7: promises?0?.grade: *'seed'?"])


def test_collecting_and_selftests_make_no_folder_and_open_no_rig(
    pytester: pytest.Pytester,
) -> None:
    inner_suite(pytester, zigbee__test_x='@pytest.mark.promise("ZB-001")\ndef test_x(rig): pass\n')
    selftests = pytester.path / "selftest"
    selftests.mkdir()
    (selftests / "test_y.py").write_text("def test_y(): pass\n")

    run_inner(pytester, "--collect-only")
    run_inner(pytester, "selftest").assert_outcomes(passed=1)

    assert not (pytester.path / "run").exists()
    assert not (pytester.path / "runs").exists()


def test_without_options_a_run_has_a_folder_of_its_own(pytester: pytest.Pytester) -> None:
    inner_suite(pytester, zigbee__test_x='@pytest.mark.promise("ZB-001")\ndef test_x(rig): pass\n')

    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)

    [folder] = (pytester.path / "runs").iterdir()
    assert folder.name.endswith("Z-sim-split-phase")
    assert {each.name for each in folder.iterdir()} == {
        "allure-results",
        "junit.xml",
        "plan.json",
        "progress.jsonl",
        "promises.json",
        "timeline.jsonl",
    }


def test_results_go_where_alluredir_says(pytester: pytest.Pytester) -> None:
    inner_suite(pytester, zigbee__test_x='@pytest.mark.promise("ZB-001")\ndef test_x(rig): pass\n')

    run_inner(pytester, "--alluredir", "elsewhere")

    assert (pytester.path / "elsewhere" / "environment.properties").is_file()
    assert not (pytester.path / "run" / "allure-results").exists()


def test_the_fixtures_say_what_they_are(pytester: pytest.Pytester) -> None:
    inner_suite(pytester, zigbee__test_x='@pytest.mark.promise("ZB-001")\ndef test_x(rig): pass\n')

    told = run_inner(pytester, "--fixtures", "tests").stdout.str()

    for name in ("envoy", "enpower", "encharges", "encharge", "inverters", "clock", "wait"):
        assert f"\n{name} [session scope] -- " in told, name
    assert "no docstring available" not in told.partition("hil.plugin.fixtures")[2]
