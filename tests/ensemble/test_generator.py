"""A generator in an outage: it starts for want of charge, and is never connected to the grid."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import pytest

from hil.envoy.client import Envoy
from hil.equipment.ac_source import AcSource
from hil.plugin.promises import Promise
from hil.vocabulary.grid import GridMode
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains, Window

pytestmark = pytest.mark.needs("enpower", "grid_source")

GEN_CLOSED = 7
"""`gen_relay_state` of live data."""


class Relays(NamedTuple):
    """The relays of the grid and of the generator, as live data has them."""

    mains: int
    generator: int


def both_closed(relays: Relays) -> bool:
    return relays.mains == 1 and relays.generator == GEN_CLOSED


@pytest.fixture
def relays(envoy: Envoy) -> Callable[[], Relays]:
    """Both, from one document."""

    def seen() -> Relays:
        meters = envoy.livedata.status().meters
        return Relays(meters.main_relay_state, meters.gen_relay_state)

    return seen


def starts(envoy: Envoy, wait: Waiting, *, within_s: float) -> None:
    """Wait until the generator feeds the site."""
    wait.until(
        lambda: envoy.ensemble.generator().oper_state,
        lambda state: state == "close",
        what="gateway: the generator starts, since there is less charge than its window begins with",
        within_s=within_s,
    )


@pytest.mark.promise("EN-050")
def test_the_generator_feeds_an_outage_and_lets_go_before_the_grid_is_back(
    grid: AcSource,
    mains: "Mains",
    envoy: Envoy,
    window: "Window",
    relays: Callable[[], Relays],
    reconnect_s: float,
    wait: Waiting,
    promise: Promise,
) -> None:
    window(+10, +20)

    grid.outage()
    starts(envoy, wait, within_s=promise["started_within_s"])
    mains.runs(GridMode.GENERATOR, within_s=promise["modes_within_s"])
    wait.until(
        lambda: envoy.livedata.status().meters,
        lambda meters: meters.generator.agg_p_mw > 0 and meters.grid.agg_p_mw == 0,
        what=f"{mains.name}: the generator gives power, the grid none",
        within_s=promise["modes_within_s"],
        show=lambda meters: (
            f"generator {meters.generator.agg_p_mw}, grid {meters.grid.agg_p_mw} mW"
        ),
    )

    grid.restore()
    seen = wait.until(
        relays,
        lambda now: now.mains == 1 or both_closed(now),
        what=f"{mains.name}: the grid is back",
        within_s=reconnect_s + promise["close_within_s"],
    )
    assert not both_closed(seen), f"{mains.name}: grid and generator are both connected: {seen}"
    wait.stays(
        relays,
        lambda now: not both_closed(now),
        what=f"{mains.name}: grid and generator are never both connected",
        for_s=promise["for_s"],
    )


@pytest.mark.promise("EN-051")
def test_the_generator_stops_when_the_batteries_are_charged(
    grid: AcSource,
    envoy: Envoy,
    window: "Window",
    wait: Waiting,
    promise: Promise,
) -> None:
    window(+10, +20)
    grid.outage()
    starts(envoy, wait, within_s=promise["started_within_s"])

    window(-20, -10)

    wait.until(
        lambda: envoy.ensemble.generator().oper_state,
        lambda state: state == "open",
        what="gateway: the generator stops, since there is more charge than its window ends with",
        within_s=promise["stopped_within_s"],
    )
