"""Inverters that were without AC wait, and come back along the soft start of the grid profile."""

from pathlib import Path

import pytest

from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site

TRUTH = load_site(Path(__file__).parents[2] / "sites" / "split-phase.yaml")
RATED_MW = round(1000 * sum(each.rated_power_w for each in TRUTH.inverters))
SUN_MW = 900_000


@pytest.fixture
def site() -> Site:
    return build_site(TRUTH, epoch=DEFAULT_EPOCH)


@pytest.fixture
def unswitched() -> Site:
    """A site without a system switch: nothing opens when its grid is gone."""
    truth = TRUTH.model_copy(update={"enpower": None})
    return build_site(truth, epoch=DEFAULT_EPOCH)


def pv_mw_after(site: Site, for_s: float) -> int:
    site.world.advance(site.world.now_s + for_s)
    return site.energy.flows.pv_mw


def assert_enters_service(site: Site, since_s: float) -> None:
    """By 300 s of delay and 0.33 % a second, begun at `since_s`."""
    assert pv_mw_after(site, since_s + 299.9 - site.world.now_s) == -20_000
    assert pv_mw_after(site, 0.1) == int(RATED_MW * 0.0033)
    assert pv_mw_after(site, 99) == int(RATED_MW * 0.33)
    assert pv_mw_after(site, 204) == SUN_MW


def test_after_a_rapid_shutdown_they_enter_service_by_the_profile(site: Site) -> None:
    site.rapid_shutdown.power_off()
    assert pv_mw_after(site, 60) == 0
    site.rapid_shutdown.power_on()
    assert_enters_service(site, site.world.now_s + 1)


def test_after_an_outage_that_nothing_opens_for_they_enter_service_by_the_profile(
    unswitched: Site,
) -> None:
    assert pv_mw_after(unswitched, 1) == SUN_MW
    unswitched.grid.switch(on=False)
    assert pv_mw_after(unswitched, 60) == 0
    unswitched.grid.switch(on=True)
    assert_enters_service(unswitched, unswitched.world.now_s)


def test_a_flicker_is_ridden_through(unswitched: Site) -> None:
    assert pv_mw_after(unswitched, 1) == SUN_MW
    unswitched.grid.switch(on=False)
    assert pv_mw_after(unswitched, 0.1) == 0
    unswitched.grid.switch(on=True)
    assert pv_mw_after(unswitched, 0.1) == SUN_MW


def test_an_island_is_no_loss_of_ac(site: Site) -> None:
    site.grid.switch(on=False)
    assert pv_mw_after(site, 60) == SUN_MW
    assert site.relay.is_open


@pytest.mark.parametrize("early_s", [1e-6, 0.9e-6, 0.4e-6, 0.0])
def test_who_looks_just_before_a_step_changes_nothing(site: Site, early_s: float) -> None:
    site.grid.switch(on=False)
    site.world.advance(1)
    assert site.relay.moved_at_s is not None
    for step in range(8):
        site.world.advance(site.relay.moved_at_s + 45 + step - early_s)
        flows = site.energy.flows
        site.energy.look()
        assert site.energy.flows == flows
    assert flows.pv_mw > 0
