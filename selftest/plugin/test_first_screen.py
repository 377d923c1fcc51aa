"""What is read first of a failure, for each who may have to act; and what is kept of the rig then."""

import pytest

from selftest.plugin.inner_suite import inner_suite, results, run_inner

pytest_plugins = ["pytester"]


def test_each_says_what_was_promised_and_seen_whose_fault_it_looks_like_and_where_to_look(
    pytester: pytest.Pytester,
) -> None:
    inner_suite(
        pytester,
        zigbee__test_all="""
from hil.evidence.timeline import Kind

pytestmark = pytest.mark.promise("ZB-001")

def test_late(rig, wait):
    wait.until(lambda: "lost", lambda seen: seen == "joined", what="node 1 joins", within_s=90)

def test_late_and_a_gap(rig, wait):
    rig.timeline.note("encharge 1 console", Kind.TROUBLE, "gap: the line went")
    wait.until(lambda: "lost", lambda seen: seen == "joined", what="node 1 joins", within_s=90)

def test_other(rig):
    rig.timeline.note("envoy http", Kind.HEARD, "200, 12 B")
    assert "closed" == "open"

def test_lines(rig): raise LineLost("encharge 122000000131: /dev/ttyUSB0 is gone")
def test_ours(rig): {}["x"]

@pytest.fixture
def untidy(rig):
    yield
    raise LineLost("encharge 122000000131: /dev/ttyUSB0 is gone")
def test_twice(untidy): assert "closed" == "open"

@pytest.fixture
def island(rig): raise NotInTime("the site is an island", within_s=9, history=[])
def test_world(island): pass
""",
    )

    run_inner(pytester)

    said = {}
    for name, result in results(pytester).items():
        message = result["statusDetails"]["message"]  # type: ignore[index]
        lines = message.splitlines()
        assert lines[1] == ""
        assert lines[2] == "promised:   The right key pairs. (paired within 300 s)"
        words = [line.partition(":")[0] for line in lines[3:6]]
        assert words == ["seen", "looks like", "look first"], message
        said[name] = [line.partition(": ")[2].strip() for line in lines[3:6]]

    seen, why, look = said["Late"]
    assert seen.startswith("node 1 joins: not in time; saw lost (0 s) — from 0.00 s to 90.00 s (20")
    assert (
        why
        == "the product's, since the test's own check failed, and no wire of the bench was in trouble"
    )
    assert look.startswith("the timeline (attached), key f")
    assert "though the bench had trouble too (" in said["Late and a gap"][1]
    assert "encharge 1 console: gap: the line went)" in said["Late and a gap"][1]
    assert said["Other"][0].endswith(", envoy http: 200, 12 B")
    assert said["Other"][2].startswith("the two values compared in the trace")
    assert (
        said["Lines"][1]
        == "the bench's, since LineLost means: the line went away while it was in use"
    )
    assert said["Lines"][2].startswith("adapter, cable and hub of the console named above")
    assert said["Ours"][1].startswith("the suite's, since KeyError is an error of the test")
    assert said["World"][1] == (
        "the bench's, since the test's world could not be made: what is promised was not tried yet"
    )
    folder = pytester.path / "run" / "allure-results"
    kept = {
        (name, each["name"].removeprefix("gateway at ")): (folder / each["source"]).read_text()
        for name, result in results(pytester).items()
        for each in result["attachments"]  # type: ignore[attr-defined]
        if each["name"].endswith(", every view")
    }
    assert {each for each in kept if each[0] in ("Late", "Twice", "World")} == {
        ("Late", "the failure, every view"),
        ("Twice", "the failure, every view"),
        ("Twice", "the failed clean-up, every view"),
        ("World", "the failed set-up, every view"),
    }
    assert {each.partition(" ‹secret ")[0] for each in kept.values()} == {"made up, with the key"}
