"""Consoles behind serial servers: the same suite, the same outcomes."""

from pathlib import Path

import pytest
import yaml

from selftest.suite_runs import SuiteRun, run_suite, simulator_process


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
