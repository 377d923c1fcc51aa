"""Consoles behind serial servers: the same suite, the same outcomes."""

from pathlib import Path

import pytest
import yaml

from selftest.ser2net import needs_ser2net, ser2net
from selftest.suite_runs import SuiteRun, run_suite, simulator_process

PACED = "limit or profile or sealed"
"""The quicker ones of the paced tests, consoles among them."""


def night(tmp_path: Path, console: str) -> SuiteRun:
    rig_file = tmp_path / f"{console}.yaml"
    with simulator_process(rig_file, "--time", "virtual", "--console", console):
        port = yaml.safe_load(rig_file.read_text())["enpower"]["console"]["port"]
        assert port.startswith("/dev/" if console == "pty" else f"{console}://127.0.0.1:")
        return run_suite(tmp_path / console, f"--rig={rig_file}")


@pytest.mark.parametrize("console", ["rfc2217", "socket"])
def test_the_whole_suite_ends_over_tcp_as_it_does_over_terminals(
    console: str, tmp_path: Path
) -> None:
    over_tcp, over_pty = night(tmp_path, console), night(tmp_path, "pty")
    assert over_tcp.returncode == 0, over_tcp.printed
    assert over_tcp.outcomes == over_pty.outcomes
    told = [event for event in over_tcp.timeline() if "unsettled" in str(event)]
    assert not told, "every byte that was counted has arrived"


@needs_ser2net
def test_the_paced_subset_passes_over_ser2net(tmp_path: Path) -> None:
    rig_file = tmp_path / "desk.yaml"
    with simulator_process(rig_file, "--time", "paced", "--speed", "10"):
        described = yaml.safe_load(rig_file.read_text())
        consoles = [device["console"] for device in (described["enpower"], *described["encharges"])]
        with ser2net(tmp_path, [console["port"] for console in consoles]) as urls:
            for console, url in zip(consoles, urls, strict=True):
                console["port"] = url
            behind = rig_file.with_name("behind-ser2net.yaml")
            behind.write_text(yaml.safe_dump(described))

            run = run_suite(tmp_path / "run", f"--rig={behind}", "-m", "paced", "-k", PACED)

    assert run.returncode == 0, run.printed
    assert len(run.outcomes) >= 4, run.printed
