"""Known bugs: excused while they last, and missed when they are gone."""

from datetime import date
from pathlib import Path

import pytest

from hil.errors import RigFileError
from hil.plugin.known_bugs import load_known_bugs
from hil.vocabulary.identity import Firmware
from selftest.plugin.inner_suite import CHECKOUT, labels, results, run_inner
from selftest.plugin.test_qualification import (
    BROKEN,
    KEPT,
    LONG_GONE,
    RIG,
    SKIP,
    bug,
    suite,
    verdicts,
)

pytest_plugins = ["pytester"]

TODAY = date(2026, 11, 24)


def test_the_file_that_is_shipped_can_be_read() -> None:
    known = load_known_bugs(CHECKOUT / "known-bugs.yaml", promises=[], today=TODAY)

    assert known.bugs == ()


def test_a_known_bug_is_shown_as_known_and_is_not_red(pytester: pytest.Pytester) -> None:
    suite(pytester, known=bug(), EN_001=BROKEN)

    outcome = run_inner(pytester, "--rig=bench", "--junitxml=run/junit.xml", "-x")

    assert outcome.ret == 0
    first = (
        "EN-001 · known bug https://192.0.2.9/ABC-1: the relay stays closed · "
        "Changed: node 122000000131 changed"
    )
    [result] = results(pytester).values()
    assert (result["status"], labels(result)["blame"]) == ("broken", "known")
    assert result["statusDetails"]["message"].split("\n")[0] == first  # type: ignore[index]
    assert [(link["type"], link["url"]) for link in result["links"]] == [  # type: ignore[attr-defined]
        ("issue", "https://192.0.2.9/ABC-1"),
        ("tms", "promises.html#EN-001"),
    ]
    assert verdicts(pytester) == {"EN-001": ("unproven", first)}
    outcome.stdout.fnmatch_lines(["1 known", f"         known  *test_en_001: {first}"])
    assert 'failures="0"' in (pytester.path / "run" / "junit.xml").read_text()


def test_a_tracker_that_is_no_url_is_a_label(pytester: pytest.Pytester) -> None:
    suite(pytester, known=bug(tracker="ABC-123"), EN_001=BROKEN)

    run_inner(pytester, "--rig=bench")

    [result] = results(pytester).values()
    assert labels(result)["issue"] == "ABC-123"


@pytest.mark.parametrize(
    "known",
    [bug(since="8.2.128"), bug("ZB-001"), bug() + "    tests: [test_the_other_*]\n"],
    ids=["another firmware", "another promise", "another test"],
)
def test_what_does_not_match_is_the_products(pytester: pytest.Pytester, known: str) -> None:
    suite(pytester, known=known, EN_001=BROKEN)

    assert run_inner(pytester, "--rig=bench").ret == 1


def test_what_is_the_rigs_is_no_known_bug(pytester: pytest.Pytester) -> None:
    suite(pytester, known=bug(), EN_001=RIG)

    assert run_inner(pytester, "--rig=bench").ret == 10


def test_a_known_bug_is_known_on_a_simulated_rig_too_once_its_firmware_is(
    pytester: pytest.Pytester,
) -> None:
    suite(pytester, known=bug(), EN_001=BROKEN)

    assert run_inner(pytester).ret == 0


def test_an_expired_one_excuses_nothing_and_says_so(pytester: pytest.Pytester) -> None:
    suite(pytester, known=bug(tracker="ABC-1", expires=LONG_GONE), EN_001=BROKEN)

    outcome = run_inner(pytester, "--rig=bench")

    assert outcome.ret == 1
    assert verdicts(pytester)["EN-001"] == (
        "broken",
        "EN-001 · known bug ABC-1 expired on 2001-01-01 · Changed: node 122000000131 changed",
    )


def test_today_can_be_told(pytester: pytest.Pytester) -> None:
    suite(pytester, known=bug(expires="2026-12-31"), EN_001=BROKEN)
    conftest = pytester.path / "conftest.py"
    told = "\ndef pytest_configure(config):\n    from datetime import date\n"
    for day, code in (("2026, 12, 31", 0), ("2027, 1, 1", 1)):
        stash = f"    config.stash[RUN].today = date({day})\n"
        conftest.write_text(conftest.read_text().partition(told)[0] + told + stash)

        assert run_inner(pytester, "--rig=bench", f"--run-dir=run-{code}").ret == code


GONE = (
    "known bug ABC-1 did not show: EN-001 was kept on firmware 8.2.127 (the relay stays closed); "
    "take it out of known-bugs.yaml or correct its range"
)


def test_one_that_did_not_show_is_said_and_not_green(pytester: pytest.Pytester) -> None:
    suite(pytester, known=bug(tracker="ABC-1"), EN_001=KEPT, EN_001_b=KEPT)

    outcome = run_inner(pytester, "--rig=bench")

    assert outcome.ret == 12
    assert GONE in outcome.outlines


@pytest.mark.parametrize(
    ("other", "options"),
    [(SKIP, ("--rig=bench",)), (KEPT, ("--rig=bench", "-k", "not other")), (KEPT, ())],
    ids=["skipped", "deselected", "on a simulated rig, which has only the bugs it is told to have"],
)
def test_one_that_could_not_show_is_not_gone(
    pytester: pytest.Pytester, other: str, options: tuple[str, ...]
) -> None:
    suite(pytester, known=bug(tracker="ABC-1"), EN_001=KEPT, EN_001_other=other)

    outcome = run_inner(pytester, *options)

    assert outcome.ret == 0
    assert "did not show" not in outcome.stdout.str()


ENTRY = "known_bugs:" + bug(tracker="ABC-1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY.replace("tracker", "traker"), ":4: known_bugs[0]: unknown key 'traker'; did you"),
        (ENTRY.replace("EN-001", "EN-011"), "known_bugs[0].promise: no promise 'EN-011' in docs/"),
        (ENTRY.replace("EN-001", "relay"), ":2: known_bugs[0].promise: 'relay' is no promise; one"),
        (ENTRY.replace("8.2.100", "8.3"), ":3: known_bugs[0].firmware: no firmware lies from 8.3"),
        (ENTRY.replace("8.2.100", "new"), ":3: known_bugs[0].firmware.since: 'new' is no firmware"),
        (ENTRY.replace("2999-12-31", "soon"), ":6: known_bugs[0].expires: "),
        ("known_bugs:\n", "known_bugs: a list is wanted, not nothing"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(
    pytester: pytest.Pytester, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "known-bugs.yaml"
    path.write_text(text)

    with pytest.raises(RigFileError) as refusal:
        load_known_bugs(path, promises=["EN-001"], today=TODAY)

    assert message in str(refusal.value)


def test_a_wrong_file_is_a_usage_error(pytester: pytest.Pytester) -> None:
    suite(pytester, known=" 3\n", EN_001=KEPT)

    outcome = run_inner(pytester)

    assert outcome.ret == pytest.ExitCode.USAGE_ERROR
    outcome.stderr.fnmatch_lines(["*known-bugs.yaml:1: known_bugs: a list is wanted*"])


@pytest.mark.parametrize(
    ("since", "until", "firmware", "is_in"),
    [
        ("8.2.100", "8.3", "8.2.100", True),
        ("8.2.100", "8.3", "D8.2.4286", True),
        ("8.2.100", "8.3", "8.3.0", False),
        ("8.2.100", "8.3", "8.2.99", False),
        ("8.2.100", None, "9.0.0", True),
        (None, "8.2.100", "7.6.175", True),
    ],
)
def test_a_range_has_its_first_and_not_its_last(
    tmp_path: Path, since: str | None, until: str | None, firmware: str, is_in: bool
) -> None:
    given = [f'{key}: "{text}"' for key, text in (("since", since), ("until", until)) if text]
    path = tmp_path / "known-bugs.yaml"
    path.write_text(ENTRY.replace('since: "8.2.100", until: "8.3"', ", ".join(given)))

    [known] = load_known_bugs(path, promises=["EN-001"], today=TODAY).bugs

    assert known.concerns("EN-001", "test_any", Firmware.parse(firmware)) is is_in
