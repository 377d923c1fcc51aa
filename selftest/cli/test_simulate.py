"""`hil simulate` as a person starts it: a process, its files, its end."""

import http.client
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from hil.errors import SimulatorLost
from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile, SimulatedRigFile
from hil.rig.spawned_simulator import spawned_simulator

ROOT = Path(__file__).parents[2]


@contextmanager
def started(*options: str) -> Iterator[subprocess.Popen[str]]:
    """`hil simulate split-phase` with `options`, once it says that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hil", "simulate", "split-phase", *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("ready"):
                break
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        if process.stdin is not None:
            process.stdin.close()


def test_it_writes_a_rig_file_that_leads_to_it(tmp_path: Path) -> None:
    rig_file = tmp_path / "desk.yaml"
    with started("--time", "paced", "--speed", "25", "--write-rig", str(rig_file)):
        rig = load_rig(str(rig_file), tmp_path)
        assert isinstance(rig, RigFile)
        assert rig.clock.model_dump() == {"wall": {"speed": 25.0}}
        connection = http.client.HTTPConnection(rig.envoy.url.removeprefix("http://"), timeout=20)
        connection.request("GET", "/info")
        assert rig.envoy.serial_number in connection.getresponse().read().decode()
        connection.close()


def test_keys_lie_beside_the_rig_file_for_its_owner_only(tmp_path: Path) -> None:
    rig_file = tmp_path / "desk.yaml"
    with started("--time", "virtual", "--write-rig", str(rig_file)):
        text = rig_file.read_text()
        for device in [yaml.safe_load(text)["enpower"], *yaml.safe_load(text)["encharges"]]:
            key = tmp_path / device["link_key"]["file"]
            assert key.stat().st_mode & 0o777 == 0o600
            assert key.read_text().strip() not in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to_and_leaves_no_socket(
    number: signal.Signals, tmp_path: Path
) -> None:
    rig_file = tmp_path / "desk.yaml"
    with started("--time", "virtual", "--write-rig", str(rig_file)) as process:
        control = yaml.safe_load(rig_file.read_text())["clock"]["simulator"]["control"]
        assert Path(control.removeprefix("unix:")).exists()
        process.send_signal(number)
        assert process.wait(20) == 0
        assert not Path(control.removeprefix("unix:")).parent.exists()


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    with started("--time", "virtual", "--until-eof") as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0


def test_a_site_that_is_wrong_is_told_by_the_rig_that_wanted_it(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("nmae: broken\n")
    (tmp_path / "rig.yaml").write_text("name: broken-rig\nsimulate: broken.yaml\n")
    described = load_rig(str(tmp_path / "rig.yaml"), tmp_path)
    assert isinstance(described, SimulatedRigFile)
    with (
        pytest.raises(SimulatorLost, match=r"did not start[\s\S]*did you mean 'name'"),
        spawned_simulator(described, folder=tmp_path, log_path=tmp_path / "log"),
    ):
        pass
