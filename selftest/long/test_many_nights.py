"""Nights on end, by hand with `make long`: many seeds, many orders."""

from pathlib import Path

import pytest

from selftest.envoy.gateway_rows import not_asked
from selftest.same_story import differ_first
from selftest.suite_runs import ROOT, run_suite


@pytest.mark.parametrize(
    "site",
    sorted(path.stem for path in (ROOT / "sites").glob("*.yaml")),
)
@pytest.mark.parametrize("seed", range(1, 21))
def test_every_seed_and_order_passes(seed: int, site: str, tmp_path: Path) -> None:
    run = run_suite(
        tmp_path,
        *(f"--rig=sim-{site}", f"--sim-seed={seed}"),
        *("--random-order", f"--random-order-seed={seed}"),
    )
    assert run.returncode == 0, run.printed


def test_a_whole_night_tells_the_same_story_again(tmp_path: Path) -> None:
    assert differ_first(tmp_path) is None


@pytest.mark.parametrize("site", ["split-phase", "split-phase-generator"])
def test_the_tests_that_hold_a_row_of_the_interface_page_make_its_request(
    site: str, tmp_path: Path
) -> None:
    run = run_suite(tmp_path, f"--rig=sim-{site}")
    assert run.returncode == 0, run.printed
    assert not_asked(run) == {}
