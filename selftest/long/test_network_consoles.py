"""The whole suite with its consoles behind serial servers: every test ends as over terminals.

In virtual time, where rig time waits 0.2 s of the wall's for bytes that are on their way: give the
machine to it alone.
"""

from pathlib import Path

import pytest

from selftest.console_ways import OVER_TCP, OWN_PORTS, run_over, unsettled
from selftest.suite_runs import SuiteRun


@pytest.fixture(scope="module")
def over_terminals(tmp_path_factory: pytest.TempPathFactory) -> SuiteRun:
    run = run_over("pty", tmp_path_factory.mktemp("pty"))
    assert run.returncode == 0, run.printed
    return run


@pytest.mark.parametrize("way", OVER_TCP)
def test_the_whole_suite_ends_over_tcp_as_it_does_over_terminals(
    way: str, over_terminals: SuiteRun, tmp_path: Path
) -> None:
    over_tcp = run_over(way, tmp_path)

    assert over_tcp.returncode == 0, over_tcp.printed
    assert over_tcp.outcomes == over_terminals.outcomes
    if way in OWN_PORTS:  # a server in between may be late on a busy machine; that is no verdict
        assert unsettled(over_tcp) == [], "every byte that was counted has arrived"
