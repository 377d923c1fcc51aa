"""Islands that are asked for more than they can give: dark, tried again, one load after the other."""

from typing import TYPE_CHECKING, NamedTuple

import pytest

from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.conftest import LoadMw
    from tests.ensemble.conftest import Mains, Sun

pytestmark = [pytest.mark.needs("enpower"), pytest.mark.usefixtures("without_generator")]


@pytest.fixture
def asked_w(site_on_grid: None, rated_w: int, load_mw: "LoadMw") -> float:
    """What the house draws: more than the batteries can give without the sun."""
    asked_w = load_mw() / 1000
    if asked_w <= rated_w:
        pytest.skip(f"the house draws {asked_w:.0f} W, the batteries can give {rated_w} W")
    return asked_w


def is_dark_and_starts_again(
    mains: "Mains", load_mw: "LoadMw", promise: Promise, wait: Waiting
) -> float:
    """Off the grid it is asked for too much; for how long it was dark then, in seconds."""
    mains.open()
    mains.is_open(within_s=promise["open_within_s"])
    wait.until(
        load_mw,
        lambda load: load == 0,
        what=f"{mains.name}: an island that is asked for more than it can give is dark",
        within_s=promise["dark_within_s"],
    )
    dark_s = wait.clock.now()
    wait.until(
        load_mw,
        lambda load: load > 0,
        what=f"{mains.name}: the island starts again",
        within_s=promise["restart_within_s"],
    )
    return wait.clock.now() - dark_s


@pytest.mark.promise("EN-041")
@pytest.mark.usefixtures("asked_w")
def test_an_overloaded_island_is_dark_and_starts_again(
    mains: "Mains", load_mw: "LoadMw", wait: Waiting, promise: Promise
) -> None:
    dark_for_s = is_dark_and_starts_again(mains, load_mw, promise, wait)

    assert dark_for_s + wait.clock.grain_s >= promise["restart_least_s"], (
        f"{mains.name}: the island started again {dark_for_s:.0f} s after it was dark"
    )


@pytest.mark.promise("EN-096")
def test_after_an_overload_loads_return_one_after_the_other(
    mains: "Mains", asked_w: float, load_mw: "LoadMw", wait: Waiting, promise: Promise
) -> None:
    at_first_mw = 10 * asked_w * promise["at_first_pct"]

    is_dark_and_starts_again(mains, load_mw, promise, wait)

    wait.stays(
        load_mw,
        lambda load: 0 < load <= at_first_mw,
        what=f"{mains.name}: no more than {at_first_mw / 1000:.0f} W of {asked_w:.0f} W is back at first",
        for_s=promise["for_s"],
    )
    wait.until(
        load_mw,
        lambda load: load > at_first_mw,
        what=f"{mains.name}: more loads are back",
        measures="time until more loads are back",
        within_s=promise["back_within_s"],
    )


class Fed(NamedTuple):
    """How an island lives."""

    collapses: int
    load_mw: int
    pv_mw: int
    is_quiet: bool
    """Whether it has been fed for so long that every load is back."""


@pytest.mark.promise("EN-064")
@pytest.mark.needs("inverter_power")
@pytest.mark.limit(3600)
@pytest.mark.usefixtures("asked_w")
def test_what_brings_an_island_down_time_and_again_is_left_out(
    mains: "Mains", sun: "Sun", rated_w: int, envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    sun.away()
    can_give_mw = 1000 * (rated_w + promise["above_rating_w"])
    fed: list[tuple[float, bool]] = [(wait.clock.now(), True)]

    def flows() -> Fed:
        meters, now_s = envoy.livedata.status().meters, wait.clock.now()
        if (is_fed := meters.load.agg_p_mw > 0) is not fed[-1][1]:
            fed.append((now_s, is_fed))
        collapses = sum(not is_fed for _, is_fed in fed)
        since_s, is_fed = fed[-1]
        is_quiet = collapses > 0 and is_fed and now_s - since_s >= promise["loads_back_within_s"]
        return Fed(collapses, meters.load.agg_p_mw, meters.pv.agg_p_mw, is_quiet)

    mains.open()
    mains.is_open(within_s=promise["open_within_s"])

    seen = wait.until(
        flows,
        lambda now: now.is_quiet,
        what=f"{mains.name}: the island leaves out what it cannot carry",
        measures="time until a load is left out",
        within_s=promise["left_out_within_s"],
        every_s=1,
    )
    assert seen.collapses == promise["collapses_times"], (
        f"{mains.name}: it left a load out after {seen.collapses} collapses"
    )
    wait.stays(
        flows,
        lambda now: 0 < now.load_mw <= can_give_mw + max(0, now.pv_mw),
        what=f"{mains.name}: the island lives on without it",
        for_s=promise["for_s"],
        every_s=2,
    )
