"""Consoles behind serial servers: the quick tests. The whole suite, test by test: `make long`."""

from pathlib import Path

import pytest

from selftest.console_ways import OWN_PORTS, QUICK, rig_reached_by, run_over, unsettled
from selftest.ser2net import needs_ser2net
from selftest.suite_runs import run_suite


@pytest.mark.parametrize("way", OWN_PORTS)
def test_the_quick_tests_pass_over_tcp(way: str, tmp_path: Path) -> None:
    run = run_over(way, tmp_path, *QUICK)

    assert run.returncode == 0, run.printed
    assert len(run.outcomes) >= 4, run.printed
    assert unsettled(run) == [], "every byte that was counted has arrived"


@needs_ser2net
def test_the_quick_tests_pass_over_ser2net_where_time_passes_by_itself(tmp_path: Path) -> None:
    paced = ("--time", "paced", "--speed", "10")
    with rig_reached_by("ser2net rfc2217", tmp_path, *paced) as rig_file:
        run = run_suite(tmp_path / "run", f"--rig={rig_file}", *QUICK)

    assert run.returncode == 0, run.printed
    assert len(run.outcomes) >= 4, run.printed
