"""A generator in an outage: it starts for want of charge, and is never connected to the grid."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import pytest

from hil.envoy.client import Envoy
from hil.equipment.ac_source import AcSource
from hil.plugin.promises import Promise
from hil.vocabulary.grid import GridMode, LiveMainsState
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains, Sun, Window

pytestmark = pytest.mark.needs("enpower", "grid_source")

GEN_CLOSED = 7
"""`gen_relay_state` of live data."""

FALLS_PCT = 4
"""How far the charge falls until the generator starts; it stops one percent above where that began."""


class Relays(NamedTuple):
    """The relays of the grid and of the generator, as live data has them."""

    mains: int
    generator: int


def both_closed(relays: Relays) -> bool:
    return relays.mains == LiveMainsState.CLOSED and relays.generator == GEN_CLOSED


@pytest.fixture
def relays(envoy: Envoy) -> Callable[[], Relays]:
    """Both, from one document."""

    def seen() -> Relays:
        meters = envoy.livedata.status().meters
        return Relays(meters.main_relay_state, meters.gen_relay_state)

    return seen


@pytest.fixture
def starts(envoy: Envoy, relays: Callable[[], Relays], wait: Waiting) -> Callable[[float], None]:
    """Waits until the generator feeds the site, which the grid never does at the same time."""

    def within(within_s: float) -> None:
        _, seen = wait.until(
            lambda: (envoy.ensemble.generator().oper_state, relays()),
            lambda now: now[0] == "close" or both_closed(now[1]),
            what="gateway: the generator starts, since there is less charge than its window begins with",
            within_s=within_s,
        )
        assert not both_closed(seen), f"gateway: grid and generator are both connected: {seen}"

    return within


@pytest.mark.promise("EN-050")
def test_the_generator_feeds_an_outage_and_lets_go_before_the_grid_is_back(
    grid: AcSource,
    mains: "Mains",
    envoy: Envoy,
    window: "Window",
    relays: Callable[[], Relays],
    starts: Callable[[float], None],
    reconnect_s: float,
    wait: Waiting,
    promise: Promise,
) -> None:
    def are_never_both_connected(when: str) -> None:
        wait.stays(
            relays,
            lambda now: not both_closed(now),
            what=f"{mains.name}: {when} grid and generator are never both connected",
            for_s=promise["for_s"],
        )

    window(+10, +20)
    are_never_both_connected("with too little charge, before an outage,")

    grid.outage()
    starts(promise["started_within_s"])
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
        lambda now: now.mains == LiveMainsState.CLOSED or both_closed(now),
        what=f"{mains.name}: the grid is back",
        within_s=reconnect_s + promise["close_within_s"],
    )
    assert not both_closed(seen), f"{mains.name}: grid and generator are both connected: {seen}"
    are_never_both_connected("with the grid back")


@pytest.mark.promise("EN-051")
def test_the_generator_stops_when_the_batteries_are_charged(
    grid: AcSource,
    envoy: Envoy,
    window: "Window",
    starts: Callable[[float], None],
    wait: Waiting,
    promise: Promise,
) -> None:
    window(+10, +20)
    grid.outage()
    starts(promise["started_within_s"])

    window(-20, -10)

    wait.until(
        lambda: envoy.ensemble.generator().oper_state,
        lambda state: state == "open",
        what="gateway: the generator stops, since there is more charge than its window ends with",
        within_s=promise["stopped_within_s"],
    )


@pytest.mark.promise("EN-075")
@pytest.mark.needs("inverter_power")
@pytest.mark.limit(14_400)
def test_the_generator_starts_and_stops_as_the_charge_falls_and_rises(
    grid: AcSource,
    sun: "Sun",
    envoy: Envoy,
    window: "Window",
    relays: Callable[[], Relays],
    wait: Waiting,
    promise: Promise,
) -> None:
    control, before = envoy.ensemble.secondary_control(), envoy.livedata.status().meters
    falls_wh = (FALLS_PCT + 1) / 100 * control.max_energy
    hours = 1000 * falls_wh / max(1, before.load.agg_p_mw)
    if hours * 3600 > promise["fallen_within_s"]:
        pytest.skip(f"what the house draws takes {hours:.1f} h to empty the batteries that far")
    if control.enc_agg_soc <= FALLS_PCT + (control.vls_limit or 0) + promise["apart_pct"]:
        pytest.skip(f"charge {control.enc_agg_soc} %: no window can be set below it")
    if not envoy.site_settings.gen_config.read().charge_from_generator:
        pytest.skip("the generator is not to charge the batteries")

    def seen() -> tuple[str, int, Relays]:
        state = envoy.ensemble.generator().oper_state
        return state, envoy.ensemble.secondary_control().enc_agg_soc, relays()

    def becomes(wanted: str, what: str, within_s: float) -> int:
        _, soc, now = wait.until(
            seen,
            lambda now: now[0] == wanted or both_closed(now[2]),
            what=f"gateway: {what}",
            within_s=within_s,
            every_s=5,
        )
        assert not both_closed(now), f"gateway: grid and generator are both connected: {now}"
        return soc

    window(-FALLS_PCT, +1)
    start_pct = control.enc_agg_soc - FALLS_PCT
    sun.away()
    grid.outage()
    soc = becomes("close", f"the generator starts at {start_pct} %", promise["fallen_within_s"])
    assert abs(soc - start_pct) <= promise["apart_pct"], (
        f"gateway: the generator started at {soc} %, its window begins with {start_pct} %"
    )

    stop_pct = control.enc_agg_soc + 1
    becomes("open", f"the generator stops at {stop_pct} %", promise["risen_within_s"])
    wait.until(
        lambda: envoy.ensemble.secondary_control().enc_agg_soc,
        lambda soc: abs(soc - stop_pct) <= promise["apart_pct"],
        what=f"gateway: the generator has stopped at {stop_pct} %",
        within_s=promise["reported_within_s"],
        every_s=5,
    )
