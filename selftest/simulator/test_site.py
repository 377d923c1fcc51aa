"""A site is one thing: the same every time, and its copy lives by itself."""

import copy
from pathlib import Path

import pytest

from hil.errors import SuiteError
from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import ROUTES, answer
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site
from hil.vocabulary.grid import MainsState

TRUTH = load_site(Path(__file__).parents[2] / "sites" / "split-phase.yaml")


def everything(site: Site) -> dict[str, bytes]:
    """All that can be read of a site."""
    paths = sorted(path for method, path in ROUTES if method == "GET")
    return {path: answer(site, Request("GET", path)).body for path in paths}


def test_a_site_starts_at_zero_with_its_past_behind_it_and_nothing_said() -> None:
    site = build_site(TRUTH, epoch=DEFAULT_EPOCH)
    assert site.world.now_s == 0
    assert site.world.unix_time == DEFAULT_EPOCH
    assert site.world.printed == []
    assert list(site.nodes) == [node.serial_number for node in TRUTH.nodes]
    for serial in site.nodes:
        view = site.network.view(serial)
        assert view.communicating
        assert view.joined
        assert site.world.unix_time - 300 <= view.last_report_unix <= site.world.unix_time


def test_the_same_seed_gives_the_same_site_and_another_seed_another() -> None:
    first, second, other = (build_site(TRUTH, seed=seed) for seed in (5, 5, 6))
    for site in (first, second, other):
        site.world.advance(3000)
    assert everything(first) == everything(second)
    assert everything(first) != everything(other)


def test_a_copy_lives_by_itself() -> None:
    original = build_site(TRUTH)
    original.relay.command(MainsState.OPEN)
    original.world.advance(10)
    copied = copy.deepcopy(original)
    before = everything(original)
    original.rest_hits.clear()

    copied.world.advance(300)
    copied.relay.command(MainsState.CLOSED)
    copied.settings.change_pel({"PEL": True})
    copied.profile.activate(TRUTH.previous_profile)
    copied.energy.ask(load_w=3000.0)
    copied.nodes[TRUTH.nodes[0].serial_number].power_off()
    copied.world.advance(900)

    assert original.world.now_s == 10
    assert everything(original) == before
    original.world.advance(60)
    assert original.relay.oper is MainsState.OPEN_SYNCHRONIZED


def test_a_copy_goes_on_exactly_as_the_original_does() -> None:
    original = build_site(TRUTH)
    original.relay.command(MainsState.OPEN)
    original.world.advance(10)
    copied = copy.deepcopy(original)
    for site in (original, copied):
        site.world.advance(2000)
    assert everything(original) == everything(copied)
    assert original.world.printed == copied.world.printed


def test_an_unknown_defect_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(
        SuiteError, match=r"no defect called relay-opens; there are: access-point-never-starts, "
    ):
        build_site(TRUTH, defects=("relay-opens",))


@pytest.mark.parametrize("name", ["relay-never-opens", "inverter-keeps-old-profile"])
def test_a_site_with_a_defect_looks_sound_until_it_is_put_to_the_test(name: str) -> None:
    plain, defective = build_site(TRUTH), build_site(TRUTH, defects=(name,))
    assert everything(plain) == everything(defective)
