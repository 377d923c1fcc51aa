"""What a run says of its tests: on the terminal, in Allure's results, in JUnit."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from selftest.plugin.inner_suite import CHECKOUT, inner_suite, labels, results, run_inner
from selftest.suite_runs import OBEYING_PYTEST

pytest_plugins = ["pytester"]

# (fixture or body, where it breaks) → status and blame in the report
RAISES = {
    "product": "NotInTime('node 122000000131', within_s=60, history=[])",
    "rig": "Unreachable('envoy: nothing answers at 192.0.2.7')",
    "suite": "KeyError('mains')",
    "assertion": "AssertionError('assert 1 == 2')",
}

EXPECTED = {
    ("product", "call"): ("failed", "product"),
    ("product", "setup"): ("broken", "rig"),
    ("product", "teardown"): ("broken", "rig"),
    ("assertion", "call"): ("failed", "product"),
    ("assertion", "setup"): ("broken", "rig"),
    ("assertion", "teardown"): ("broken", "rig"),
    ("rig", "call"): ("broken", "rig"),
    ("rig", "setup"): ("broken", "rig"),
    ("rig", "teardown"): ("broken", "rig"),
    ("suite", "call"): ("broken", "suite"),
    ("suite", "setup"): ("broken", "suite"),
    ("suite", "teardown"): ("broken", "suite"),
}


def test_every_kind_of_failure_has_its_colour_in_the_report(pytester: pytest.Pytester) -> None:
    parts = []
    for what, phase in EXPECTED:
        raises = f"raise {RAISES[what]}"
        body = {
            "setup": f"    {raises}\n    yield",
            "call": "    yield",
            "teardown": f"    yield\n    {raises}",
        }[phase]
        parts.append(
            f"@pytest.fixture\ndef {what}_{phase}(rig):\n{body}\n\n"
            f'@pytest.mark.promise("ZB-001")\ndef test_{what}_{phase}({what}_{phase}):\n'
            f"    {raises if phase == 'call' else 'pass'}\n"
        )
    inner_suite(pytester, zigbee__test_colours="\n".join(parts))

    run_inner(pytester)

    found = results(pytester)
    seen = {
        (what, phase): (
            found[f"{what.capitalize()} {phase}"]["status"],
            labels(found[f"{what.capitalize()} {phase}"])["blame"],
        )
        for what, phase in EXPECTED
    }
    assert seen == EXPECTED


def test_a_fixture_never_shows_as_failed(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_world="""
@pytest.fixture
def world(rig, step):
    with step("seal the site"):
        raise NotInTime("sealed", within_s=60, history=[])

@pytest.mark.promise("ZB-001")
def test_world(world):
    pass
""",
    )

    run_inner(pytester)

    folder = pytester.path / "run" / "allure-results"
    texts = [path.read_text() for path in folder.glob("*-container.json")]
    stages = [stage for text in texts for stage in json.loads(text).get("befores", [])]
    world = next(stage for stage in stages if stage["name"] == "world")
    assert (world["status"], world["steps"][0]["status"]) == ("broken", "broken")
    assert not any('"failed"' in text for text in texts)


def test_the_clean_up_shows_fixtures_by_their_names_and_nothing_else(
    pytester: pytest.Pytester,
) -> None:
    inner_suite(
        pytester,
        zigbee__test_world="""
@pytest.fixture
def world(rig, promise):
    yield

@pytest.mark.promise("ZB-001")
def test_world(world):
    pass
""",
    )

    run_inner(pytester)

    folder = pytester.path / "run" / "allure-results"
    containers = [json.loads(path.read_text()) for path in folder.glob("*-container.json")]
    cleaned = [(s["name"], s["status"]) for c in containers for s in c.get("afters", [])]
    assert sorted(cleaned) == [("rig", "passed"), ("rig_as_found", "passed"), ("world", "passed")]


def test_the_first_line_of_a_failure_names_promise_and_device(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        ensemble__test_relay="""
from hil.evidence.timeline import Kind

@pytest.mark.promise("EN-001")
def test_named(rig):
    raise NotInTime("mains relay of enpower 122000000124 open", within_s=90, history=[(0, "closed")])

@pytest.mark.promise("EN-001")
def test_bare(rig):
    rig.timeline.note("envoy http", Kind.HEARD, "200")
    assert "closed" == "open"
""",
    )

    outcome = run_inner(pytester, "--junitxml=run/junit.xml")

    named = (
        "EN-001 · NotInTime: mains relay of enpower 122000000124 open: not within 90 s; "
        "saw closed (0 s)"
    )
    bare = "EN-001 · last heard: envoy http · assert 'closed' == 'open'"
    for first in (named, bare):
        assert f"E       {first}" in outcome.outlines
        told = [line for line in outcome.outlines if line.startswith(" the product's")]
        assert any(line.endswith(first) for line in told)
    found = results(pytester)
    assert found["Named"]["statusDetails"]["message"].split("\n")[0] == named  # type: ignore[index]
    assert found["Bare"]["statusDetails"]["message"].split("\n")[0] == bare  # type: ignore[index]
    junit = (pytester.path / "run" / "junit.xml").read_text()
    assert f'message="{named}&#10;' in junit
    assert '<property name="blame" value="product" />' in junit


def test_the_summary_counts_by_fault(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_all="""
pytestmark = pytest.mark.promise("ZB-001")

def test_kept(rig): pass
def test_product(rig): raise Changed("node 122000000131 changed")
def test_rig(rig): raise LineLost("encharge 122000000131: /dev/ttyUSB0 is gone")
def test_suite(rig): {}["x"]
def test_skipped(rig): pytest.skip("not today")
""",
    )

    outcome = run_inner(pytester)

    outcome.assert_outcomes(passed=1, failed=3, skipped=1)
    outcome.stdout.fnmatch_lines(
        [
            "*= Whose fault =*",
            "1 the product's, 1 the rig's, 1 the suite's",
            " the product's  *test_all.py::test_product: ZB-001 · Changed: node 122000000131 *",
            "     the rig's  *test_all.py::test_rig: ZB-001 · LineLost: encharge 122000000131*",
            "   the suite's  *test_all.py::test_suite: ZB-001 · KeyError: 'x'",
            "drift: /ivp/made/up: novel_key",
            "logs, timeline and results: *run",
        ]
    )


def test_a_rig_that_does_not_open_is_told_once_and_the_rest_is_accounted_for(
    tmp_path: Path,
) -> None:
    rig_file = tmp_path / "nobody.yaml"
    rig_file.write_text((CHECKOUT / "rigs" / "bench-example.yaml").read_text())
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "tests/zigbee",
            f"--rig={rig_file}",
            f"--run-dir={tmp_path}/run",
        ],
        cwd=CHECKOUT,
        env={**os.environ, "HIL_BENCH_EXAMPLE_ENPOWER_KEY": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2, run.stdout
    collected = int(re.findall(r"collected (\d+) items", run.stdout)[0])
    assert f"1 the suite's, {collected - 1} never started" in run.stdout
    assert run.stdout.count("Interrupted: the rig did not open") == 1
    assert "HIL_BENCH_EXAMPLE_ENPOWER_KEY" in run.stdout


def test_what_is_in_the_report_of_a_test(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_forced_loss="""
from hil.evidence.timeline import Kind

@pytest.fixture
def world(rig):
    rig.timeline.note("encharge 122000000131 console", Kind.SENT, "znr")
    rig.timeline.note("encharge 122000000131 console", Kind.HEARD, "OK")
    yield
    rig.timeline.note("encharge 122000000131 console", Kind.SENT, "zb at DJ 0")

@pytest.mark.promise("ZB-001")
@pytest.mark.parametrize("seed", [3])
def test_a_lost_node_is_shown(world, rig, wait, step, promise, seed):
    with step("ask the gateway"):
        rig.timeline.note("envoy http", Kind.SENT, "GET /info")
        rig.timeline.note("envoy http", Kind.HEARD, "200", body='{"a": 1}')
    seen = iter(["joined", "lost"])
    wait.until(lambda: next(seen), lambda s: s == "lost", what="loss", within_s=promise["paired_within_s"])
""",
    )

    run_inner(pytester)

    [result] = results(pytester).values()
    assert result["name"] == "A lost node is shown [3]"
    assert result["status"] == "passed"
    assert result["description"] == (
        "ZB-001: The right key pairs.\n\n"
        "| measured | |\n|---|---|\n| loss | 1.00 s, at most 300 s |"
    )
    told = labels(result)
    assert {name: told[name] for name in ("epic", "feature", "promise", "rig")} == {
        "epic": "Zigbee",
        "feature": "Forced loss",
        "promise": "ZB-001",
        "rig": "sim-split-phase",
    }
    assert "blame" not in told
    assert [step["name"] for step in result["steps"]] == [  # type: ignore[attr-defined]
        "ask the gateway",
        "wait for loss: met; saw joined (0 s) → lost (1 s)",
    ]
    folder = pytester.path / "run" / "allure-results"
    attached = {
        each["name"]: (folder / each["source"]).read_text()
        for each in result["attachments"]  # type: ignore[attr-defined]
    }
    assert list(attached) == [
        *("timeline", "console encharge 122000000131", "HTTP", "timeline, as text")
    ]
    assert attached["console encharge 122000000131"].splitlines() == [
        "      0.00 s  → znr",
        "      0.00 s  ← OK",
        "      1.00 s  → zb at DJ 0",
    ]
    assert '"a": 1' in attached["HTTP"]
    assert "wait for loss: met" in attached["timeline"]
    assert "the rig is as it was found" in attached["timeline"]


def test_the_report_knows_the_run_as_a_whole(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_one='@pytest.mark.promise("ZB-001")\ndef test_one(rig): pass\n',
    )

    run_inner(pytester, "--sim-seed", "7")

    folder = pytester.path / "run" / "allure-results"
    environment = (folder / "environment.properties").read_text().splitlines()
    assert {"rig=sim-split-phase", "seed=7", "firmware=8.2.127", "time=virtual"} <= set(environment)
    assert json.loads((folder / "executor.json").read_text())["buildName"] == "run"
    categories = json.loads((folder / "categories.json").read_text())
    assert [each["matchedStatuses"] for each in categories][:2] == [["failed"], ["broken"]]


def test_what_never_started_is_neither_passed_nor_forgotten(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_three="""
pytestmark = pytest.mark.promise("ZB-001")

def test_first(rig): pass
def test_second(rig): assert not "broken"
def test_third(rig): pass
""",
    )

    outcome = run_inner(pytester, "-x")

    found = results(pytester)
    assert {name: result["status"] for name, result in found.items()} == {
        "First": "passed",
        "Second": "failed",
        "Third": "unknown",
    }
    assert "not run: stopping after 1 failures" in found["Third"]["statusDetails"]["message"]  # type: ignore[index]
    assert labels(found["Third"])["epic"] == "Zigbee"
    outcome.stdout.fnmatch_lines(["1 the product's, 1 never started"])


def test_a_test_running_at_ctrl_c_is_broken_never_passed(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_long="""
import signal, threading
pytestmark = pytest.mark.promise("ZB-001")

def test_long(rig):
    rig.baseline.changed.append("relay open")
    signal.raise_signal(signal.SIGINT)  # from outside it can come just before a wait, and unnoticed
    threading.Event().wait(60)

def test_later(rig): pass
""",
    )
    command = [*OBEYING_PYTEST, "--run-dir", "run", "-p", "no:cacheprovider"]
    output = subprocess.run(
        command, cwd=pytester.path, stdout=subprocess.PIPE, text=True, check=False
    ).stdout

    found = results(pytester)
    assert (found["Long"]["status"], labels(found["Long"])["blame"]) == ("broken", "aborted")
    assert found["Later"]["status"] == "unknown"
    assert "1 aborted, 1 never started" in output
    timeline = (pytester.path / "run" / "timeline.jsonl").read_text()
    assert "put back: relay open" in timeline


def test_a_test_out_of_wall_time_proves_nothing_about_the_product(
    pytester: pytest.Pytester,
) -> None:
    inner_suite(
        pytester,
        zigbee__test_hangs="""
import threading

@pytest.mark.promise("ZB-001")
@pytest.mark.timeout(0.2, func_only=True)
def test_hangs(rig):
    threading.Event().wait(60)
""",
    )

    run_inner(pytester)

    [result] = results(pytester).values()
    assert (result["status"], labels(result)["blame"]) == ("broken", "rig")
