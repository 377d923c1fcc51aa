"""Power control: what a breaker carries, that of the main panel, of the inverters, of the batteries."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.envoy.livedata import LiveMeters
from hil.plugin.promises import Promise
from hil.waiting import Waiting
from tests.site_settings.exports import WORTH_LIMITING_W, Meters, is_kept

if TYPE_CHECKING:
    from tests.site_settings.conftest import Offered, Rules

SPARED_PANEL = "PCS MPU Avoidance"
GivenW = Callable[["LiveMeters"], float]


def by_inverters_w(meters: LiveMeters) -> float:
    return meters.pv.agg_p_mw / 1000


def by_batteries_w(meters: LiveMeters) -> float:
    """Given or taken: a breaker carries the one as the other."""
    return abs(meters.storage.agg_p_mw) / 1000


def by_both_w(meters: LiveMeters) -> float:
    return (meters.pv.agg_p_mw + max(0, meters.storage.agg_p_mw)) / 1000


@pytest.fixture
def offers(offered: "Offered") -> Mapping[str, object]:
    """The kinds of power control, as they are switched."""
    switched = offered("pcs").document()["pcsOffering"]
    assert isinstance(switched, dict)
    return switched


@pytest.fixture
def watts_per_amp(
    offered: "Offered", offers: Mapping[str, object], rules: "Rules", wait: Waiting
) -> float:
    """What a breaker carries for each A of its rating, as the rule of the main panel says it."""
    spared = {"pcsOffering": {**offers, "MPUAvoidance": True}, "mainPanelDERBreaker": 100.0}
    with offered("pcs").changed(spared):
        wait.until(rules, lambda now: SPARED_PANEL in now, what="gateway: a rule", within_s=30)
        return rules()[SPARED_PANEL] / 100


@pytest.mark.parametrize(
    ("offering", "breaker", "given_w"),
    [
        pytest.param(
            *("MPUAvoidance", "mainPanelDERBreaker", by_both_w),
            marks=pytest.mark.promise("SS-032"),
            id="main-panel",
        ),
        pytest.param(
            *("PVOversubscription", "pvBreaker", by_inverters_w),
            marks=pytest.mark.promise("SS-035"),
            id="inverters",
        ),
        pytest.param(
            *("EnchargeOversubscription", "enchargeBreaker", by_batteries_w),
            marks=pytest.mark.promise("SS-035"),
            id="batteries",
        ),
    ],
)
def test_no_more_is_given_than_a_breaker_carries(
    offering: str,
    breaker: str,
    given_w: GivenW,
    offered: "Offered",
    offers: Mapping[str, object],
    watts_per_amp: float,
    envoy: Envoy,
    live: Meters,
    wait: Waiting,
    promise: Promise,
) -> None:
    pcs = offered("pcs")
    # What batteries take for themselves, nothing limits.
    idle_w = promise["idle_w"] * len(envoy.ensemble.inventory().encharges)
    least_w = max(WORTH_LIMITING_W, 2 * idle_w)
    with ExitStack() as stack:
        half_w = live().load.agg_p_mw / 1000 / 2
        if breaker == "enchargeBreaker" and given_w(live()) < least_w <= half_w:
            # Where the sun carries the house they are idle. For half of it, they are needed.
            offers = {**offers, "PVOversubscription": True}
            spared = {"pcsOffering": offers, "pvBreaker": half_w / watts_per_amp}
            stack.enter_context(pcs.changed(spared))
            wait.clock.sleep(promise["kept_within_s"])
        before_w = given_w(live())
        if before_w < least_w:
            pytest.skip(f"{before_w:.0f} W go through that breaker: nothing to limit")
        limit_w = before_w / 2

        limited = {"pcsOffering": {**offers, offering: True}, breaker: limit_w / watts_per_amp}
        stack.enter_context(pcs.changed(limited))
        is_kept(
            lambda meters: given_w(meters) <= limit_w + promise["above_w"],
            what=f"gateway: no more than {limit_w:.0f} W go through the breaker ({breaker})",
            live=live,
            wait=wait,
            within_s=promise["kept_within_s"],
            for_s=promise["for_s"],
            measures="time until a breaker is kept to",
        )
