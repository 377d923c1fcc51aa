"""docs/promises.yaml: its form, its bounds, and that tests and promises are complete."""

from pathlib import Path

import pytest

from hil.errors import RigFileError, SuiteError
from hil.plugin.promises import load_promises
from selftest.plugin.inner_suite import CHECKOUT
from selftest.suite_runs import promises_of_tests

PROMISES = CHECKOUT / "docs" / "promises.yaml"


def test_a_bound_is_found_by_its_name() -> None:
    promise = load_promises(PROMISES)["EN-001"]

    assert promise["open_within_s"] == 90
    assert promise.sentence.endswith(".")


def test_an_unknown_bound_is_refused_with_those_there_are() -> None:
    promises = load_promises(PROMISES)

    with pytest.raises(SuiteError) as close:
        promises["EN-001"]["opens_within_s"]
    with pytest.raises(SuiteError) as far:
        promises["EN-001"]["x"]
    with pytest.raises(SuiteError) as none:
        promises["SS-001"]["within_s"]

    assert str(close.value) == (
        "promise EN-001 has no bound 'opens_within_s'; did you mean 'open_within_s'?"
    )
    assert str(far.value) == (
        "promise EN-001 has no bound 'x'; there are: admin_within_s, open_within_s, in_step_within_s"
    )
    assert str(none.value) == "promise SS-001 has no bounds, so no 'within_s'"


ENTRY = """promises:
  - id: ZB-001
    sentence: It pairs.
    source: made up
    grade: seed
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY.replace("ZB-001", "zb1"), ":2: promises[0].id: "),
        (ENTRY.replace("grade: seed", "grade: sure"), ":5: promises[0].grade: "),
        (ENTRY.replace("source", "sorce"), "unknown key 'sorce'; did you mean 'source'?"),
        (
            ENTRY + "    bounds: {paired: 3}\n",
            ":6: promises[0].bounds.paired: a bound's name ends in its unit: _s, ",
        ),
        (ENTRY + "    bounds: {paired_within_s: 0}\n", ":6: promises[0].bounds.paired_within_s: "),
        (ENTRY + ENTRY.partition("\n")[2], "promises: the id ZB-001 stands twice"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "promises.yaml"
    path.write_text(text)

    with pytest.raises(RigFileError) as refusal:
        load_promises(path)

    assert message in str(refusal.value)


def test_every_promise_has_a_test_and_every_test_a_promise() -> None:
    promised = promises_of_tests()

    assert [nodeid for nodeid, promise in promised.items() if promise is None] == []
    assert sorted(set(map(str, promised.values()))) == sorted(load_promises(PROMISES))
