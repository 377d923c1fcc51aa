"""The page that sums up a run: the verdict in words, whose fault, what was not run and why."""

import json
from pathlib import Path

import pytest

from hil.qualification.conclusion import complete
from hil.rig.health.check import Check, Health, State
from selftest.plugin.inner_suite import inner_suite, labels, results, run_inner

pytest_plugins = ["pytester"]

TESTS = """
from hil.evidence.timeline import Kind

pytestmark = pytest.mark.promise("ZB-001")

def test_kept(rig, wait, promise):
    seen = iter(["joined", "lost"])
    wait.until(lambda: next(seen), lambda s: s == "lost", what="loss <of> a|node", within_s=9)
def test_rig(rig): raise LineLost("encharge 122000000131: /dev/ttyUSB0 is gone")
@pytest.mark.promise("EN-001")
def test_product(rig):
    rig.timeline.note("suite", Kind.TROUBLE, "gateway: drift in GET /ivp/x: novel_key")
    raise Changed("the <b>relay</b> | of enpower 122000000124 changed")
def test_skipped(rig): pytest.skip("no power switch")
@pytest.mark.promise("EN-001")
def test_left_out(rig): pass
"""


def test_what_the_summary_says(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    inner_suite(pytester, zigbee__test_all=TESTS)
    step = pytester.path / "step.md"
    step.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))

    health = Health("stand-in")
    health.checks += [
        Check("clock", State.WARN, "61 s ahead", "set it"),
        Check("free disk", State.OK, "7 GB"),
    ]
    (pytester.path / "before").mkdir()
    health.write(pytester.path / "before")
    # In the hook that runs first of all: a run writes it when its rig opens.
    (pytester.path / "tests" / "conftest.py").write_text(
        "import shutil\nimport pytest\nfrom hil.plugin.run import RUN\n"
        "@pytest.fixture(autouse=True)\ndef opened(pytestconfig, rig):\n"
        "    shutil.copy('before/doctor.json', pytestconfig.stash[RUN].directory)\n"
    )

    run_inner(pytester, "-k", "not left")

    text = (pytester.path / "run" / "summary.md").read_text("utf-8")
    assert text.splitlines()[2] == (
        "**NOT GREEN: 1 promise broken (product), 1 test lost to the rig; 1 unproven**"
    )
    for line in (
        "4 collected, 3 run, 1 skipped, 0 unaccounted for, 1 deselected before",
        "| product | EN-001 | test_all.py::test_product | "
        "Changed: the \\<b>relay\\</b> \\| of enpower 122000000124 changed |",
        "| rig | ZB-001 | test_all.py::test_rig | "
        "LineLost: encharge 122000000131: /dev/ttyUSB0 is gone |",
        "| skipped: no power switch | 1 | ZB-001 |",
        "| deselected: -k not left | 1 | EN-001 |",
        "| 1.0 s | loss \\<of> a\\|node | Kept |",
        "- gateway: drift in GET /ivp/x: novel_key",
        "- warn: clock: 61 s ahead; set it",
        "- before the first test: 1 of 2 checks well",
    ):
        assert line in text.splitlines()
    assert text.index("| product |") < text.index("| rig |")
    html = (pytester.path / "run" / "summary.html").read_text("utf-8")
    assert "<li>gateway: drift in GET /ivp/x: novel_key</li>" in html
    assert "Changed: the &lt;b&gt;relay&lt;/b&gt; | of enpower" in html
    assert '<p class="verdict red">NOT GREEN: 1 promise broken' in html
    assert step.read_text("utf-8") == f"before\n{text}\n"


def test_it_is_the_same_when_it_is_made_again(pytester: pytest.Pytester) -> None:
    inner_suite(pytester, zigbee__test_all=TESTS)
    run_inner(pytester)
    pages = [
        pytester.path / "run" / name for name in ("summary.md", "summary.html", "promises.json")
    ]
    before = [page.read_bytes() for page in pages]
    for page in pages:
        page.unlink()

    complete(pytester.path / "run")

    assert [page.read_bytes() for page in pages] == before


def test_it_stays_one_page(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        zigbee__test_all="""
@pytest.mark.promise("ZB-001")
@pytest.mark.parametrize("number", range(40))
def test_many(rig, number):
    if number % 2: pytest.skip(f"because of {number}")
    pytest.fail(f"{number} " + "x" * 5000)
""",
    )

    run_inner(pytester)

    text = (pytester.path / "run" / "summary.md").read_text("utf-8")
    assert len(text.splitlines()) < 50
    assert len(text) < 6000
    assert "… and 10 more causes: in the report" in text
    assert "… and 12 more reasons: in the report" in text


def test_what_many_tests_fail_of_is_one_row(pytester: pytest.Pytester) -> None:
    inner_suite(
        pytester,
        gateway__test_all="""
@pytest.mark.promise("ZB-001")
def test_alone(rig): raise Unintelligible("GET /home: no JSON")
@pytest.mark.promise("ZB-001")
@pytest.mark.parametrize("number", range(12))
def test_many(rig, number): raise Unintelligible("GET /info: $.serial missing")
@pytest.mark.promise("EN-001")
def test_another(rig): raise Unintelligible("GET /info: $.serial missing")
@pytest.fixture
def page(): raise Unintelligible("GET /info: $.serial missing")
@pytest.mark.promise("EN-001")
def test_setup(rig, page): pass
""",
    )

    run_inner(pytester)

    folder = pytester.path / "run"
    rows = [
        line
        for line in (folder / "summary.md").read_text("utf-8").splitlines()
        if "Unintelligible" in line
    ]
    said = "Unintelligible: GET /info: $.serial missing"
    assert rows == [
        f"| product | ZB-001, EN-001 | test_all.py::test_many\\[0] and 12 more | {said} |",
        "| product | ZB-001 | test_all.py::test_alone | Unintelligible: GET /home: no JSON |",
        f"| rig | EN-001 | test_all.py::test_setup (setup) | {said} |",
    ]
    html = (folder / "summary.html").read_text("utf-8")
    assert '<span class="short">ZB-001</span>, <span class="short">EN-001</span>' in html


def test_a_result_has_its_promise_its_owner_and_how_much_it_matters(
    pytester: pytest.Pytester,
) -> None:
    inner_suite(
        pytester,
        zigbee__test_one='@pytest.mark.promise("ZB-001")\ndef test_one(rig): pass\n',
        ensemble__test_two='@pytest.mark.promise("EN-001")\ndef test_two(rig): pass\n',
    )
    promises = Path(pytester.path / "docs" / "promises.yaml")
    areas = "areas:\n  ZB: {owner: radio, severity: critical}\n  EN: {owner: site control}\n"
    text = promises.read_text().replace("grade: public", "grade: public\n    owner: somebody else")
    promises.write_text(areas + text)

    run_inner(pytester)

    found = results(pytester)
    told = {name: labels(result) for name, result in found.items()}
    assert [(told[n]["owner"], told[n]["severity"], told[n]["epic"]) for n in ("One", "Two")] == [
        ("radio", "critical", "Zigbee"),
        ("somebody else", "normal", "Ensemble"),
    ]
    assert found["One"]["links"] == [
        {"type": "tms", "url": "promises.html#ZB-001", "name": "ZB-001"}
    ]
    told_of = json.loads((pytester.path / "run" / "promises.json").read_text())["promises"]
    assert [each["owner"] for each in told_of] == ["radio", "somebody else"]
