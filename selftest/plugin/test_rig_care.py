"""The rig between tests: put back, kept within its time, out of use when it cannot be put back."""

import json
import re

import pytest

from hil.plugin.limits import backstop_s
from selftest.plugin.inner_suite import inner_suite, labels, results, run_inner

pytest_plugins = ["pytester"]


def test_a_passed_test_that_leaves_a_mess_is_broken_and_named(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_mess="""
pytestmark = pytest.mark.promise("ZB-001")

def test_untidy(rig): rig.baseline.changed.append("reserve 40 %, was 30 %")
def test_after(rig): assert rig.baseline.changed == []
""",
    )

    outcome = run_inner(pytester)

    outcome.assert_outcomes(passed=2, errors=1)
    outcome.stdout.fnmatch_lines(
        ["   the suite's  *test_untidy (teardown): ZB-001 · LeftAMess: *reserve 40 %, was 30 %"]
    )
    assert results(pytester)["Untidy"]["status"] == "broken"


@pytest.mark.parametrize("end", ["assert not rig", "pytest.skip('x')", "pytest.xfail('x')"])
def test_what_a_test_that_did_not_pass_leaves_is_put_back_without_a_word(
    pytester: pytest.Pytester, end: str
) -> None:
    inner_suite(
        pytester,
        zigbee__test_mess=f"""
@pytest.mark.promise("ZB-001")
def test_mess(rig):
    rig.baseline.changed.append("relay open")
    {end}
""",
    )

    outcome = run_inner(pytester)

    assert outcome.parseoutcomes().get("errors", 0) == 0
    timeline = (pytester.path / "run" / "timeline.jsonl").read_text()
    assert "put back: relay open" in timeline
    assert "test ended: test_mess; the rig is as it was found" in timeline


def test_what_devices_change_by_themselves_is_put_back_and_no_mess(
    pytester: pytest.Pytester,
) -> None:
    inner_suite(
        pytester,
        zigbee__test_drift="""
@pytest.mark.promise("ZB-001")
def test_drift(rig): rig.baseline.changed.append("by itself: link dropped")
""",
    )

    run_inner(pytester).assert_outcomes(passed=1)

    timeline = (pytester.path / "run" / "timeline.jsonl").read_text()
    assert "put back: by itself: link dropped" in timeline


def test_the_rig_is_put_back_after_the_worlds_of_the_test(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_world="""
@pytest.fixture(autouse=True)
def own_autouse(rig):
    rig.baseline.changed.append("autouse")
    yield
    rig.baseline.changed.remove("autouse")

@pytest.fixture
def world(envoy_is_down, rig, wait):
    rig.baseline.changed.append("world")
    wait.stays(lambda: "off", bool, what="the world is off", for_s=20)
    yield
    wait.stays(lambda: "on", bool, what="the world is on", for_s=30)
    rig.baseline.changed.remove("world")

@pytest.fixture
def envoy_is_down(rig):
    yield

@pytest.mark.promise("ZB-001")
def test_world(world, wait):
    wait.stays(lambda: "on", bool, what="the world is on", for_s=5)
""",
    )

    run_inner(pytester).assert_outcomes(passed=1)

    timeline = (pytester.path / "run" / "timeline.jsonl").read_text().splitlines()
    spans = [event["data"] for event in map(json.loads, timeline) if "span" in event["data"]]
    assert [(each["of"], each["span"], each["took_s"]) for each in spans] == [
        ("fixture", "set-up of rig_as_found", 0),
        ("fixture", "set-up of world", 20),
        ("phase", "set-up", 20),
        ("phase", "test", 5),
        ("fixture", "clean-up of world", 30),
        ("fixture", "clean-up of rig_as_found", 0),
    ]
    stages = (pytester.path / "run" / "allure-results").glob("*-container.json")
    afters = [each for path in stages for each in json.loads(path.read_text()).get("afters", [])]
    assert not [each["name"] for each in afters if "lambda" in each["name"]]


def test_after_a_failed_restore_the_rig_is_out_and_every_test_says_why(
    pytester: pytest.Pytester,
) -> None:
    inner_suite(
        pytester,
        zigbee__test_stuck="""
pytestmark = pytest.mark.promise("ZB-001")

def test_one(rig): rig.baseline.stuck = "enpower 122000000124: radio stays out"
def test_two(rig): pass
def test_three(rig): raise AssertionError("must not run")
def test_without_a_rig(): pass
""",
    )

    outcome = run_inner(pytester)

    outcome.assert_outcomes(passed=2, errors=1)  # that one; the others would only repeat it
    outcome.stdout.fnmatch_lines(["*2 passed, 1 error, 2 rig out in *"])
    cause = "RestoreFailed after test_one: enpower 122000000124: radio stays out"
    # Told once on the terminal, where the cause is; in the report by each test that did not run.
    outcome.stdout.fnmatch_lines(
        [
            "     the rig's  *test_one (teardown): *",
            "     the rig's  2 tests not run: the rig was out",
            "4 collected, 2 run, 2 not run, 0 unaccounted for",
        ]
    )
    for number in ("two", "three"):
        result = results(pytester)[number.capitalize()]
        assert (result["status"], labels(result)["blame"]) == ("broken", "rig")
        message = str(result["statusDetails"]["message"])  # type: ignore[index]
        assert re.match(
            r"ZB-001 · RigOut: the rig is out of use since 0\.00 s \(2.* UTC\): ", message
        )
        assert message.partition("\n")[0].endswith(cause)
        assert "nothing was tried: the rig is out since 0.00 s (2" in message
        assert "after test_one, which had ended with: ZB-001 · RestoreFailed" in message


def test_a_test_that_uses_up_its_rig_time_is_ended_and_can_still_be_cleaned_up(
    pytester: pytest.Pytester,
) -> None:
    inner_suite(
        pytester,
        zigbee__test_slow="""
pytestmark = pytest.mark.promise("ZB-001")

@pytest.fixture
def world(rig):
    yield
    rig.clock.sleep(600)

@pytest.mark.limit(300)
def test_short(rig, world): rig.clock.sleep(301)

@pytest.mark.limit(300)
def test_within(rig): rig.clock.sleep(299)

def test_default(rig): rig.clock.sleep(7201)
""",
    )

    outcome = run_inner(pytester)

    outcome.assert_outcomes(passed=1, failed=2)
    outcome.stdout.fnmatch_lines(
        [
            "     the rig's  *test_short: ZB-001 · *test_short used up its 300 s of rig time",
            "     the rig's  *test_default: ZB-001 · *test_default used up its 7200 s of rig time",
        ]
    )


@pytest.mark.parametrize(
    ("limit_s", "speed", "wall_s"),
    [(7200, float("inf"), 120), (7200, 1, 7260), (7200, 60, 180), (30, 10, 63)],
)
def test_the_backstop_leaves_the_clock_time_to_end_the_test_itself(
    limit_s: float, speed: float, wall_s: float
) -> None:
    assert backstop_s(limit_s, speed=speed) == wall_s


def test_what_the_rig_cannot_do_is_skipped_by_name(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        ensemble__test_power="""
pytestmark = pytest.mark.promise("EN-001")

@pytest.mark.needs("power_switch", "grid_source")
def test_cut(rig): raise AssertionError("must not run")

@pytest.mark.needs("power_switch")
def test_cut_without_naming_the_rig(): raise AssertionError("must not run")

def test_fault_without_an_actor(faults):
    faults.outage()
    raise AssertionError("must not run")

def test_plain(rig): pass
""",
    )

    outcome = run_inner(pytester)

    outcome.assert_outcomes(passed=1, skipped=3)
    outcome.stdout.fnmatch_lines(["SKIPPED * rig stand-in cannot do: grid_source"])
    outcome.stdout.fnmatch_lines(["SKIPPED * rig stand-in cannot do: grid_source, power_switch"])


def test_the_rig_opens_at_the_first_test_that_needs_it(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_lazy="""
pytestmark = pytest.mark.promise("ZB-001")

def test_no_rig(): pass
""",
    )

    run_inner(pytester).assert_outcomes(passed=1)

    assert not (pytester.path / "run" / "timeline.jsonl").exists()


@pytest.mark.parametrize(
    ("stuck", "told"),
    [
        ("ac source at 192.0.2.31:5025: no answer to 'OUTP?'", "it was not put back, either"),
        ("enpower 122000000124: radio stays out", "RestoreFailed: enpower 122000000124: radio"),
    ],
)
def test_a_rig_that_cannot_be_put_back_is_a_finding_of_its_own_unless_it_was_told_already(
    stuck: str, told: str, pytester: pytest.Pytester
) -> None:
    inner_suite(
        pytester,
        zigbee__test_lost=f"""
@pytest.mark.promise("ZB-001")
def test_lost(rig):
    rig.baseline.stuck = {stuck!r}
    raise Unreachable("ac source at 192.0.2.31:5025: no answer to '*OPC?': refused; suspect its power")
""",
    )
    outcome = run_inner(pytester)
    outcome.stdout.fnmatch_lines(
        [
            "*the rig's  tests/zigbee/test_lost.py::test_lost: ZB-001 · Unreachable: ac source at *",
            f"*the rig's  *{told}*",
        ]
    )
    assert "Traceback" not in outcome.stdout.str()
