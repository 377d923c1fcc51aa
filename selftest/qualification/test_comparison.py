"""`hil compare`: what changed between runs, promise by promise."""

import subprocess
import sys
from pathlib import Path

import pytest

from selftest.plugin.inner_suite import inner_suite, run_inner

pytest_plugins = ["pytester"]

PROMISES = """
promises:
  - {id: ZB-001, sentence: It pairs., source: made up, grade: seed}
  - {id: ZB-002, sentence: It stays., source: made up, grade: seed}
  - {id: ZB-003, sentence: It leaves., source: made up, grade: seed}
  - {id: EN-001, sentence: The relay opens., source: made up, grade: seed}
"""

WORLD = """
def waits(rig, wait, seconds, what="122000000131 is back"):
    begin = rig.clock.now()
    wait.until(rig.clock.now, lambda now: now >= begin + seconds, what=what, within_s=900)
"""

BEFORE = """
@pytest.mark.promise("ZB-001")
def test_pairs(rig, wait): waits(rig, wait, 20)
@pytest.mark.promise("ZB-002")
def test_stays(rig): raise Changed("node 122000000131 changed")
@pytest.mark.promise("ZB-003")
def test_leaves(rig): pass
@pytest.mark.promise("EN-001")
def test_opens(rig, wait): waits(rig, wait, 60)
"""

AFTER = """
@pytest.mark.promise("ZB-001")
def test_pairs(rig, wait): waits(rig, wait, 30)
@pytest.mark.promise("ZB-002")
def test_stays(rig): pass
@pytest.mark.promise("ZB-003")
def test_leaves(rig): pytest.skip("no | battery")
@pytest.mark.promise("EN-001")
def test_opens(rig, wait):
    waits(rig, wait, 90)
    raise Changed("enpower 122000000124 changed")
@pytest.mark.promise("EN-001")
def test_added(rig): pass
"""


def compared(folder: Path, *runs: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "hil", "compare", *runs]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_what_changed_is_told_and_written(pytester: pytest.Pytester) -> None:
    inner_suite(pytester, zigbee__test_all=WORLD + BEFORE)
    (pytester.path / "docs" / "promises.yaml").write_text(PROMISES)
    pytester.runpytest_subprocess("--run-dir", "before", "-p", "no:cacheprovider")
    conftest = pytester.path / "conftest.py"
    conftest.write_text(conftest.read_text().replace("8.2.127", "8.3.5"))
    inner_text = conftest.read_text()
    inner_suite(pytester, zigbee__test_all=WORLD + AFTER)
    conftest.write_text(inner_text)
    (pytester.path / "docs" / "promises.yaml").write_text(PROMISES)
    pytester.runpytest_subprocess("--run-dir", "after", "-p", "no:cacheprovider")

    ended = compared(pytester.path, "before", "after")

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[:-1] == [
        "before: firmware 8.2.127, rig sim-split-phase: "
        "NOT GREEN: 1 promise broken (product); 3 promises kept",
        "after: firmware 8.3.5, rig sim-split-phase: "
        "NOT GREEN: 1 promise broken (product); 2 promises kept, 1 unproven",
        "           worse  EN-001 kept → broken: The relay opens.",
        "                  Changed: enpower 122000000124 changed",
        "no longer proven  ZB-003 kept → unproven: It leaves.",
        "                  skipped: no | battery",
        "          better  ZB-002 broken → kept: It stays.",
        "                  Changed: node 122000000131 changed",
        "           moved  ZB-001 20.0 s → 30.0 s (+50%): 122000000131 is back",
        "promises: 1 worse, 1 no longer proven, 1 better, 1 same, 1 measured times moved",
    ]
    page = (pytester.path / "after" / "comparison.md").read_text("utf-8").splitlines()
    assert "| promise | 8.2.127 | 8.3.5 | change | what |" in page
    assert (
        "| ZB-003 | kept | unproven | no longer proven | It leaves. skipped: no \\| battery |"
        in page
    )
    assert "| ZB-001 | 20.0 s | 30.0 s | +50 % | 122000000131 is back |" in page
    assert "- tests/zigbee/test_all.py::test_added" in page
    assert (pytester.path / "after" / "comparison.html").is_file()


def test_a_run_is_the_same_as_itself(pytester: pytest.Pytester) -> None:
    inner_suite(pytester, zigbee__test_all=WORLD + BEFORE)
    (pytester.path / "docs" / "promises.yaml").write_text(PROMISES)
    run_inner(pytester)

    ended = compared(pytester.path, "run", "run")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "promises: 4 same\n" in ended.stdout


def test_what_is_no_run_is_refused_by_name(tmp_path: Path) -> None:
    ended = compared(tmp_path, ".", "elsewhere")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(". has no plan.json: no run of product tests")
