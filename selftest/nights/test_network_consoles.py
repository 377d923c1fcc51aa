"""Consoles behind serial servers: the same tests, the same outcomes. The whole suite: `make long`."""

from pathlib import Path

import pytest

from selftest.console_ways import OVER_TCP, QUICK, rig_reached_by, run_over, unsettled
from selftest.ser2net import needs_ser2net
from selftest.suite_runs import SuiteRun, run_suite


@pytest.fixture(scope="module")
def over_terminals(tmp_path_factory: pytest.TempPathFactory) -> SuiteRun:
    return run_over("pty", tmp_path_factory.mktemp("pty"), *QUICK)


@pytest.mark.parametrize("way", OVER_TCP)
def test_the_quick_tests_end_over_tcp_as_they_do_over_terminals(
    way: str, over_terminals: SuiteRun, tmp_path: Path
) -> None:
    over_tcp = run_over(way, tmp_path, *QUICK)

    assert over_tcp.returncode == 0, over_tcp.printed
    assert len(over_tcp.outcomes) >= 4, over_tcp.printed
    assert over_tcp.outcomes == over_terminals.outcomes
    assert unsettled(over_tcp) == [], "every byte that was counted has arrived"


@needs_ser2net
def test_the_quick_tests_pass_over_ser2net_where_time_passes_by_itself(tmp_path: Path) -> None:
    paced = ("--time", "paced", "--speed", "10")
    with rig_reached_by("ser2net rfc2217", tmp_path, *paced) as rig_file:
        run = run_suite(tmp_path / "run", f"--rig={rig_file}", *QUICK)

    assert run.returncode == 0, run.printed
    assert len(run.outcomes) >= 4, run.printed
