"""No piece of a key reaches a disk or the terminal, however badly a test fails."""

from pathlib import Path

import pytest

from hil.evidence.redaction import PIECE
from selftest.plugin.inner_suite import KEY, inner_suite, run_inner

pytest_plugins = ["pytester"]

READ_KEY = "B16B00B5C0DEFACE0123456789ABCDEF"
"""A key that nobody announced: read from a device, say. It is known by its form."""

FAILING = f"""
import sys, warnings
import logging
import allure
import pytest
from hil.evidence.timeline import Kind

ALL = ("{KEY}", "{READ_KEY}")
pytestmark = pytest.mark.promise("ZB-001")

def compare(got, wanted):
    copy = [got, wanted]
    assert got == wanted, f"the agent has {{got}}, the device {{wanted}}"

@pytest.fixture
def world(rig):
    {{"keys": ALL}}[ALL[0]]

@pytest.fixture
def untidy(rig):
    yield
    raise RuntimeError(f"still provisioned: {{ALL[0][4:]}} {{ALL[1]}}")

def test_in_the_message(rig):
    raise Refused(f"no such key {{ALL[0]}} {{ALL[1]}}", status=400, body=str(ALL))

def test_in_locals_and_arguments(rig):
    key = ALL[0]
    body = {{"link_key": key, "nested": [(key, ALL[1])], "bytes": key.encode()}}
    compare(*ALL)

def test_in_what_was_printed(rig, record_property):
    print("stdout", *ALL)
    print("stderr", *ALL, file=sys.stderr)
    logging.getLogger("x").warning("log %s %s", *ALL)
    record_property("key", ALL[0])
    record_property(ALL[1], "key")
    pytest.fail("\\n".join(ALL))

def test_in_a_diff(rig):
    assert {{"link_key": ALL[0], "x": 1}} == {{"link_key": ALL[1], "x": 1}}

def test_in_lower_case_and_in_pieces(rig):
    raise KeyError(ALL[0].lower()[:20] + "…", ALL[0][12:])

def test_in_a_chain_and_a_group(rig):
    try:
        raise ValueError(ALL[0])
    except ValueError as error:
        raise ExceptionGroup(ALL[1], [OSError(ALL[0]), error]) from error

def test_in_a_wait(rig, wait):
    wait.until(lambda: ALL[0], lambda seen: False, what=f"the key {{ALL[1]}}", within_s=3)

def test_in_a_world(world):
    pass

def test_in_the_clean_up(untidy):
    pass

def test_in_steps_and_attachments(rig, step):
    rig.timeline.note("envoy http", Kind.SENT, f"POST {{ALL[0]}}", body=list(ALL))
    rig.timeline.note("encharge 122000000131 console", Kind.HEARD, f"link_key: {{ALL[1]}}")
    allure.attach("\\n".join(ALL), name=ALL[0])
    allure.dynamic.label("key", ALL[0])
    with step(f"provision {{ALL[0]}}"), allure.step(ALL[1]):
        raise Changed(f"{{ALL[0]}}")

@pytest.mark.parametrize("key", ALL, ids=["one", "two"])
def test_in_parameters(rig, key):
    assert not key

@pytest.mark.xfail(reason=ALL[1])
def test_in_an_expected_failure(rig):
    raise KeyError(ALL[0])

def test_in_a_skip(rig):
    pytest.skip(ALL[0])

def test_in_a_warning(rig):
    warnings.warn(f"key {{ALL[0]}} {{ALL[1]}}", UserWarning)
"""


def _pieces(secret: str) -> set[str]:
    return {secret[start : start + PIECE] for start in range(len(secret) - PIECE + 1)}


def _leaks(text: str, *, where: str) -> list[str]:
    text = text.upper()
    return [
        f"{where}: {piece}"
        for key in (KEY, READ_KEY)
        for piece in sorted(_pieces(key))
        if piece in text
    ]


def _leaks_below(folder: Path) -> list[str]:
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        found += _leaks(path.name, where=f"the name of {path.parent}")
        if path.is_file():
            found += _leaks(path.read_bytes().decode("utf-8", "replace"), where=path.name)
    return found


@pytest.mark.parametrize("traceback", ["auto", "line", "native"])
def test_no_piece_of_a_key_is_in_any_artifact_of_failing_tests(
    pytester: pytest.Pytester, traceback: str
) -> None:
    inner_suite(pytester, zigbee__test_keys=FAILING)

    outcome = run_inner(
        pytester, "-l", "-vv", "-ra", f"--tb={traceback}", "--junitxml=run/junit.xml"
    )

    outcome.assert_outcomes(failed=10, passed=2, errors=2, skipped=1, xfailed=1, warnings=2)
    run = pytester.path / "run"
    assert len(list((run / "allure-results").glob("*-result.json"))) == 15
    assert "secret" in (run / "junit.xml").read_text()
    assert "secret" in (run / "timeline.jsonl").read_text()
    assert "secret" in outcome.stdout.str()
    assert _leaks_below(run) == []
    assert _leaks(outcome.stdout.str(), where="the terminal") == []
    assert _leaks(outcome.stderr.str(), where="standard error") == []


def test_no_piece_of_a_key_is_left_by_a_test_file_that_cannot_be_imported(
    pytester: pytest.Pytester,
) -> None:
    inner_suite(pytester, zigbee__test_broken=f"key = '{READ_KEY}'\nraise ValueError(key)\n")

    outcome = run_inner(pytester, "--junitxml=run/junit.xml", "-l")

    outcome.assert_outcomes(errors=1)
    outcome.stdout.fnmatch_lines(["   the suite's  *test_broken.py (collection): *secret*"])
    assert _leaks(outcome.stdout.str(), where="the terminal") == []
    assert _leaks_below(pytester.path / "run") == []


def test_a_key_in_the_name_of_a_test_ends_the_run_before_it_begins(
    pytester: pytest.Pytester,
) -> None:
    inner_suite(
        pytester,
        zigbee__test_named=f"""
@pytest.mark.promise("ZB-001")
@pytest.mark.parametrize("key", ["{READ_KEY}"])
def test_named(rig, key):
    pass
""",
    )

    outcome = run_inner(pytester)

    assert outcome.ret == pytest.ExitCode.USAGE_ERROR
    outcome.stderr.fnmatch_lines(["*test_named*its name holds what looks like a secret; give *"])
    assert _leaks(outcome.stdout.str() + outcome.stderr.str(), where="the terminal") == []
