"""`hil capture` of a simulator that runs as a process of its own, and of a simulated rig."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile
from hil.rig.rig_folder import Holder, RigLock, now_utc, rig_folder, state_root
from hil.simulator.site_file import load_site
from selftest.cli.commands import hil
from selftest.suite_runs import ROOT

SITE = ROOT / "sites" / "split-phase.yaml"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Path]:
    """The rig file of a site on the desk whose time passes."""
    rig_file = tmp_path / "desk.yaml"
    command = [sys.executable, "-m", "hil", "simulate", str(SITE), "--write-rig", str(rig_file)]
    with subprocess.Popen(
        [*command, "--until-eof", "--speed", "10"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert any(line.startswith("ready") for line in process.stdout)
        yield rig_file
        process.stdin.close()


def test_a_bench_is_captured_and_understood_and_no_key_is_in_it(
    bench: Path, tmp_path: Path
) -> None:
    taken = hil("capture", "--rig", str(bench), "site", cwd=tmp_path)
    checked = hil("check-capture", "site", cwd=tmp_path)

    assert taken.returncode == 0, taken.stderr
    assert taken.stdout.splitlines()[-2].startswith("gateway 122000000001, firmware D8.2.127: ")
    assert checked.returncode == 0, checked.stdout
    assert ", 0 drift, 0 unintelligible, " in checked.stdout
    written = [*(tmp_path / "site").iterdir(), *(tmp_path / "runs").rglob("*.jsonl")]
    assert len(written) > 60
    for node in load_site(SITE).nodes:
        assert [file.name for file in written if node.link_key[:8] in file.read_text()] == []


def test_a_simulated_rig_is_started_for_it(tmp_path: Path) -> None:
    rig = ROOT / "rigs" / "sim-battery-only.yaml"
    taken = hil("capture", "--rig", str(rig), "--anonymise", "site", cwd=tmp_path)

    assert taken.returncode == 0, taken.stderr
    assert taken.stdout.splitlines()[-2].startswith("gateway 990000000001, firmware ")


def test_a_rig_that_somebody_has_is_left_alone(bench: Path, tmp_path: Path) -> None:
    description = load_rig(str(bench), tmp_path)
    assert isinstance(description, RigFile)
    holder = Holder("somebody", now_utc(), 1, socket="", directory="there")
    with RigLock(rig_folder(description, state_root()), holder, rig_name="desk"):
        taken = hil("capture", "--rig", str(bench), "site", cwd=tmp_path)

    assert (taken.returncode, "in use by somebody" in taken.stderr) == (3, True)
    assert not (tmp_path / "site").exists()
