"""`pytest --rig FILE`, as people type it: the file may lie anywhere."""

import subprocess
import sys
from pathlib import Path

import pytest

from hil.plugin.options import joined_options

ROOT = Path(__file__).parents[2]


def test_a_rig_file_outside_the_checkout_is_not_mistaken_for_tests(tmp_path: Path) -> None:
    rig_file = tmp_path / "desk.yaml"
    rig_file.write_text((ROOT / "rigs" / "bench-example.yaml").read_text())
    (tmp_path / "test_not_ours.py").write_text("def test_not_ours() -> None: ...\n")
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--rig", str(rig_file), "--collect-only", "-q"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert collected.returncode == 0, collected.stdout + collected.stderr
    assert "tests/zigbee/test_seal.py::" in collected.stdout
    assert "test_not_ours" not in collected.stdout
    assert "selftest/" not in collected.stdout


@pytest.mark.parametrize(
    ("arguments", "joined"),
    [
        (["-q", "--rig", "/tmp/a.yaml", "-m", "paced"], ["-q", "--rig=/tmp/a.yaml", "-m", "paced"]),
        (["--rig", "a", "--run-dir", "b"], ["--rig=a", "--run-dir=b"]),
        (["--rig=a", "tests"], None),
        (["tests", "--rig"], None),
        ([], None),
    ],
    ids=["one", "two", "joined-already", "without-value", "nothing"],
)
def test_only_values_of_our_options_are_joined(
    arguments: list[str], joined: list[str] | None
) -> None:
    assert joined_options(arguments) == joined


def test_the_tests_of_one_bench_are_not_spread_over_processes(tmp_path: Path) -> None:
    spread = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            "2",
            "--rig=bench-example",
            f"--run-dir={tmp_path}/run",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert spread.returncode == 4, spread.stdout
    assert "ERROR: -n 2: bench-example is one bench" in spread.stderr
    assert not (tmp_path / "run").exists()
