"""What a run proves of each promise, and the code it ends with."""

import json
from pathlib import Path

import pytest

from selftest.plugin.inner_suite import CHECKOUT, inner_suite, labels, results, run_inner

pytest_plugins = ["pytester"]

PROMISES = """
promises:
  - {id: ZB-001, sentence: The right key pairs., source: made up, grade: seed}
  - {id: ZB-004, sentence: A wrong key never pairs., source: made up, grade: assumed}
  - {id: EN-001, sentence: The relay opens., source: made up, grade: public}
"""

KEPT, BROKEN, RIG, SKIP = (
    "pass",
    "raise Changed('node 122000000131 changed')",
    "raise LineLost('encharge 122000000131: /dev/ttyUSB0 is gone')",
    "pytest.skip('no power switch')",
)

BUG = """
  - promise: {promise}
    firmware: {{since: "{since}", until: "8.3"}}
    tracker: {tracker}
    summary: the relay stays closed
    expires: {expires}
"""

LONG_GONE, FAR_AWAY = "2001-01-01", "2999-12-31"


def suite(
    pytester: pytest.Pytester, *, rig: str = "", clock: str = "", known: str = "", **tests: str
) -> None:
    """Tests by promise (`ZB_004="pass"`), on a bench with `rig` in its file."""
    body = "".join(
        f'@pytest.mark.promise("{name[:6].replace("_", "-")}")\n'
        f"def test_{name.lower()}(rig):\n    {text}\n\n"
        for name, text in tests.items()
    )
    inner_suite(pytester, zigbee__test_all=body)
    (pytester.path / "docs" / "promises.yaml").write_text(PROMISES)
    bench = (CHECKOUT / "rigs" / "bench-example.yaml").read_text()
    if clock:
        bench = bench.replace("wall: {speed: 1}", clock)
    bench = bench.replace("confirmed: []\nmust_prove: []\n", f"{rig}\n")
    (pytester.path / "rigs" / "bench.yaml").write_text(bench)
    if known:
        (pytester.path / "known-bugs.yaml").write_text(f"known_bugs:{known}")


def bug(
    promise: str = "EN-001", *, since: str = "8.2.100", expires: str = FAR_AWAY, tracker: str = ""
) -> str:
    return BUG.format(
        promise=promise, since=since, expires=expires, tracker=tracker or "https://192.0.2.9/ABC-1"
    )


def verdicts(pytester: pytest.Pytester) -> dict[str, tuple[str, str]]:
    """Verdict and reason of each promise, from the run's folder."""
    found = json.loads((pytester.path / "run" / "promises.json").read_text())
    return {each["id"]: (each["verdict"], each["reason"]) for each in found["promises"]}


# What the tests of ZB-001 (founded), ZB-004 (assumed) and EN-001 (known) do → how the run ends.
CODES = {
    "all kept": ((KEPT, KEPT, BROKEN), 0),
    "broken": ((BROKEN, KEPT, BROKEN), 1),
    "the rig's only": ((RIG, KEPT, BROKEN), 10),
    "the suite's only": (("{}['x']", KEPT, BROKEN), 10),
    "unconfirmed": ((KEPT, BROKEN, BROKEN), 11),
    "a known bug is gone": ((KEPT, KEPT, KEPT), 12),
    "skipped, and nobody asked": ((SKIP, KEPT, BROKEN), 0),
    "broken and unconfirmed": ((BROKEN, BROKEN, KEPT), 1),
    "broken and the rig's": ((BROKEN, KEPT, RIG), 1),
    "unconfirmed and the rig's": ((RIG, BROKEN, KEPT), 11),
    "the rig's and a known bug is gone": ((RIG, KEPT, KEPT), 10),
}


@pytest.mark.parametrize("case", CODES)
def test_the_code_says_who_has_to_act(pytester: pytest.Pytester, case: str) -> None:
    (zb_001, zb_004, en_001), code = CODES[case]
    suite(pytester, known=bug(), ZB_001=zb_001, ZB_004=zb_004, EN_001=en_001)

    outcome = run_inner(pytester, "--rig=bench")

    assert outcome.ret == code, outcome.stdout.str()
    assert json.loads((pytester.path / "run" / "promises.json").read_text())["exit_code"] == code


@pytest.mark.parametrize(
    ("body", "options", "code"),
    [
        ("raise KeyboardInterrupt", (), pytest.ExitCode.INTERRUPTED),
        (KEPT, ("--rig=nobody",), pytest.ExitCode.USAGE_ERROR),
        (KEPT, ("-k", "nothing"), pytest.ExitCode.NO_TESTS_COLLECTED),
    ],
)
def test_pytests_own_codes_stay(
    pytester: pytest.Pytester, body: str, options: tuple[str, ...], code: int
) -> None:
    suite(pytester, rig="must_prove: [ZB]", ZB_001=BROKEN, ZB_004=body)

    assert run_inner(pytester, "--rig=bench", *options).ret == code


def test_a_broken_assumption_on_a_bench_is_unconfirmed(pytester: pytest.Pytester) -> None:
    suite(pytester, ZB_004=BROKEN)

    outcome = run_inner(pytester, "--rig=bench")

    first = (
        "ZB-004 · unconfirmed: the promise rests on an assumption, not on a source; where the lab "
        "knows it to be true, confirm it in the rig file (confirmed: [ZB-004]) · Changed: node "
        "122000000131 changed"
    )
    [result] = results(pytester).values()
    assert (result["status"], labels(result)["blame"]) == ("broken", "unconfirmed")
    assert result["statusDetails"]["message"].split("\n")[0] == first  # type: ignore[index]
    assert verdicts(pytester) == {"ZB-004": ("unconfirmed", first)}
    outcome.stdout.fnmatch_lines(["*= Promises =*", "1 unconfirmed", "*Whose fault*"])


@pytest.mark.parametrize(
    ("arguments", "key", "clock"),
    [
        (["--rig=bench"], "confirmed: [ZB-004]", ""),
        (["--rig=bench"], "", 'simulator: {control: "unix:/run/hil/control"}'),
        ([], "", ""),
    ],
    ids=["confirmed", "in virtual time", "simulated"],
)
def test_confirmed_or_simulated_it_is_the_products(
    pytester: pytest.Pytester, arguments: list[str], key: str, clock: str
) -> None:
    suite(pytester, rig=key, clock=clock, ZB_004=BROKEN)

    assert run_inner(pytester, *arguments).ret == 1

    [result] = results(pytester).values()
    assert (result["status"], labels(result)["blame"]) == ("failed", "product")


def test_each_promise_has_the_verdict_of_its_worst_test(pytester: pytest.Pytester) -> None:
    suite(
        pytester,
        ZB_001=KEPT,
        ZB_001_again=RIG,
        ZB_004=KEPT,
        EN_001=SKIP,
        EN_001_again=BROKEN,
        EN_001_later=KEPT,
    )

    outcome = run_inner(pytester, "--rig=bench")

    assert verdicts(pytester) == {
        "ZB-001": (
            "unproven",
            "ZB-001 · LineLost: encharge 122000000131: /dev/ttyUSB0 is gone",
        ),
        "ZB-004": ("kept", ""),
        "EN-001": ("broken", "EN-001 · Changed: node 122000000131 changed"),
    }
    outcome.stdout.fnmatch_lines(
        [
            "1 kept, 1 unproven, 1 broken",
            "        broken  EN-001: Changed: node 122000000131 changed",
            "      unproven  ZB-001: LineLost: *",
        ]
    )
    found = json.loads((pytester.path / "run" / "promises.json").read_text())["promises"][0]
    assert (found["sentence"], found["grade"]) == ("The right key pairs.", "seed")
    assert [test.partition("::")[2] for test in found["tests"]] == [
        "test_zb_001",
        "test_zb_001_again",
    ]


@pytest.mark.parametrize(
    ("tests", "options", "reason"),
    [
        ({"EN_001": SKIP}, (), "skipped: no power switch"),
        ({"EN_001": KEPT}, ("-k", "zb"), "deselected: test_en_001"),
        ({}, (), "no test of it was collected"),
        ({"EN_001": "pytest.xfail('as we know')"}, (), "expected to fail: as we know"),
        ({"EN_001": KEPT, "EN_001_b": SKIP}, (), "skipped: no power switch"),
    ],
)
@pytest.mark.parametrize("name", ["EN-001", "EN"])
def test_what_must_be_proved_and_is_not_makes_the_run_not_green(
    pytester: pytest.Pytester,
    tests: dict[str, str],
    options: tuple[str, ...],
    reason: str,
    name: str,
) -> None:
    suite(pytester, rig=f"must_prove: [{name}, ZB-001]", ZB_001=KEPT, **tests)

    outcome = run_inner(pytester, "--rig=bench", *options)

    assert outcome.ret == 10
    assert verdicts(pytester)["EN-001"] == ("unproven", reason)
    outcome.stdout.fnmatch_lines([f"not green: EN-001 must be proved (unproven): {reason}"])


def test_what_must_be_proved_and_is_kept_is_green(pytester: pytest.Pytester) -> None:
    suite(pytester, rig="must_prove: [ZB]", ZB_001=KEPT, ZB_004=KEPT, EN_001=SKIP)

    assert run_inner(pytester, "--rig=bench").ret == 0


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("confirmed: [ZB-044]", "confirmed: no promise 'ZB-044' * did you mean 'ZB-004'?"),
        ("must_prove: [EN-011]", "must_prove: no promise 'EN-011' * did you mean 'EN-001'?"),
        ("must_prove: [EM]", "must_prove: no promise 'EM' * there are: ZB, EN"),
        ("confirmed: [EN]", "*bench.yaml:*: confirmed[[]0]: 'EN' is no promise; *"),
        ("must_prove: [zb]", "*bench.yaml:*: must_prove[[]0]: 'zb' is no promise; *"),
    ],
)
def test_a_promise_that_is_not_there_is_refused(
    pytester: pytest.Pytester, key: str, told: str
) -> None:
    suite(pytester, rig=key, ZB_001=KEPT, EN_001=KEPT)

    outcome = run_inner(pytester, "--rig=bench")

    assert outcome.ret == pytest.ExitCode.USAGE_ERROR
    outcome.stderr.fnmatch_lines([f"*{told}*"])


def test_nothing_is_qualified_where_tests_are_only_listed(pytester: pytest.Pytester) -> None:
    suite(pytester, rig="must_prove: [EN]", ZB_001=KEPT)

    assert run_inner(pytester, "--rig=bench", "--collect-only").ret == 0
    assert not Path(pytester.path / "run").exists()
