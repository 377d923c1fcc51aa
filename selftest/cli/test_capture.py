"""`hil capture` of a simulator that runs as a process of its own, and of a simulated rig."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import pytest

from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile
from hil.rig.rig_folder import Holder, RigLock, now_utc, rig_folder, state_root
from hil.simulator.site_file import load_site
from selftest.cli.commands import hil
from selftest.envoy import made_up
from selftest.suite_runs import ROOT

SITE = ROOT / "sites" / "split-phase.yaml"


@contextmanager
def simulating(*arguments: str) -> Iterator[list[str]]:
    """`hil simulate` in a time that passes, while the block lasts; what it has told at its start."""
    with subprocess.Popen(
        [sys.executable, "-m", "hil", "simulate", *arguments, "--until-eof", "--speed", "10"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        told = list(takewhile(lambda line: not line.startswith("ready"), process.stdout))
        yield [line.rstrip() for line in told]
        process.stdin.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Path]:
    """The rig file of a site on the desk whose time passes."""
    rig_file = tmp_path / "desk.yaml"
    with simulating(str(SITE), "--write-rig", str(rig_file)):
        yield rig_file


def test_a_bench_is_captured_without_its_keys_and_started_again(
    bench: Path, tmp_path: Path
) -> None:
    """Take it, start it, take that, compare; as docs/how-to/field-site-on-the-desk.md has it."""
    taken = hil("capture", "--rig", str(bench), "site", cwd=tmp_path)
    checked = hil("check-capture", "site", cwd=tmp_path)
    again = tmp_path / "again.yaml"
    with simulating("--from-capture", str(tmp_path / "site"), "--write-rig", str(again)) as told:
        hil("capture", "--rig", str(again), "desk", cwd=tmp_path)
    compared = hil("compare-captures", "site", "desk", cwd=tmp_path)
    relay = tmp_path / "desk" / "ivp_ensemble_relay"
    relay.write_text(relay.read_text().replace("closed", "open"))
    wrong = hil("compare-captures", "site", "desk", cwd=tmp_path)

    assert taken.returncode == 0, taken.stderr
    assert taken.stdout.splitlines()[-2].startswith("gateway 122000000001, firmware D8.2.127: ")
    assert checked.returncode == 0, checked.stdout
    assert ", 0 drift, 0 unintelligible, " in checked.stdout
    written = [*(tmp_path / "site").iterdir(), *(tmp_path / "runs").rglob("*.jsonl")]
    assert len(written) > 60
    for node in load_site(SITE).nodes:
        assert [file.name for file in written if node.link_key[:8] in file.read_text()] == []
    assert "site: made up: link keys: no capture has them" in told
    assert compared.returncode == 0, compared.stdout
    assert compared.stdout.splitlines()[-1].endswith(" differ and are explained, 0 are not")
    assert "not modelled" not in compared.stdout
    assert wrong.returncode == 1
    assert "UNEXPLAINED  $.mains_oper_state: captured was 'closed', the simulator" in wrong.stdout


def test_a_rig_that_somebody_has_is_left_alone(bench: Path, tmp_path: Path) -> None:
    description = load_rig(str(bench), tmp_path)
    assert isinstance(description, RigFile)
    holder = Holder("somebody", now_utc(), 1, socket="", directory="there")
    with RigLock(rig_folder(description, state_root()), holder, rig_name="desk"):
        taken = hil("capture", "--rig", str(bench), "site", cwd=tmp_path)

    assert (taken.returncode, "in use by somebody" in taken.stderr) == (3, True)
    assert not (tmp_path / "site").exists()


def test_a_capture_without_a_battery_is_no_rig(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "info").write_text(made_up.info())
    ran = hil(
        *("simulate", "--from-capture", "site", "--write-rig", "x.yaml", "--until-eof"),
        cwd=tmp_path,
    )
    assert (ran.returncode, "a rig has a battery" in ran.stderr) == (1, True)


def test_a_simulated_rig_may_be_that_of_a_capture(tmp_path: Path) -> None:
    """In virtual time, as pytest starts it; with devices that are others."""
    rig = str(ROOT / "rigs" / "sim-battery-only.yaml")
    first = hil("capture", "--rig", rig, "--anonymise", "site", cwd=tmp_path)
    (tmp_path / "field.yaml").write_text("name: field\nsimulate: site\n")

    second = hil("capture", "--rig", "./field.yaml", "desk", cwd=tmp_path)
    compared = hil("compare-captures", "site", "desk", cwd=tmp_path)

    assert first.returncode == 0, first.stderr
    assert second.returncode == 0, second.stderr
    assert second.stdout.splitlines()[-2].startswith("gateway 990000000001, firmware ")
    assert compared.returncode == 0, compared.stdout
