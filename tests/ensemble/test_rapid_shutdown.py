"""Rapid shutdown: nothing on the site's side of the meter gives any power, and the grid stays."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest

from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.rig.faults import Faults
from hil.vocabulary.grid import ON_GRID, MainsPair
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.conftest import NameplateW
    from tests.ensemble.conftest import Mains

Shutdown = Callable[[], AbstractContextManager[None]]


class Sources(NamedTuple):
    """What could give power, and what holds it on."""

    ders: tuple[int, ...]
    """The state of each DER relay."""
    mains: MainsPair
    pv_w: float
    storage_w: float

    @property
    def are_off(self) -> bool:
        gives = self.pv_w > 0 or self.storage_w > 0
        return self.mains == ON_GRID and not any(self.ders) and not gives


@pytest.fixture
def rapid_shutdown(envoy: Envoy, faults: Faults, wait: Waiting) -> Iterator[Shutdown]:
    """How it is shut down. At the end inverters have had the time that the profile gives them."""
    ended_s: list[float] = []

    @contextmanager
    def shutdown() -> Iterator[None]:
        with faults.site.rapid_shutdown():
            yield
        ended_s.append(wait.clock.now())

    tpm = envoy.grid_profile.active().profile.tpm
    yield shutdown
    ramp_s = 100 / tpm.ramp_pct_s if tpm.ramp_pct_s else 0
    back_s = max(ended_s, default=float("-inf")) + tpm.reconnect_s + ramp_s
    wait.clock.sleep(max(0, back_s - wait.clock.now()))


class Rising(NamedTuple):
    """The sun on its way back."""

    since_s: int
    pv_w: float
    allowed_w: float

    @property
    def is_too_fast(self) -> bool:
        return self.pv_w > self.allowed_w


@pytest.mark.promise("EN-060")
@pytest.mark.needs("enpower", "rapid_shutdown")
@pytest.mark.usefixtures("site_on_grid")
def test_rapid_shutdown_takes_every_source_off_and_leaves_the_grid(
    mains: "Mains",
    envoy: Envoy,
    rapid_shutdown: Shutdown,
    promise: Promise,
    wait: Waiting,
) -> None:
    def sources() -> Sources:
        relay, meters = envoy.ensemble.relay(), envoy.livedata.status().meters
        return Sources(
            (relay.der1_state, relay.der2_state, relay.der3_state or 0),
            mains.pair(),
            meters.pv.agg_p_mw / 1000,
            meters.storage.agg_p_mw / 1000,
        )

    before = sources()
    if not any(before.ders):
        pytest.skip("nothing hangs on a DER relay")

    with rapid_shutdown():
        wait.until(
            sources,
            lambda now: now.are_off,
            what=f"{mains.name}: shut down, every source is off and the grid is there",
            measures="time to shut down",
            within_s=promise["off_within_s"],
        )
        wait.stays(
            sources,
            lambda now: now.are_off,
            what=f"{mains.name}: every source stays off, and the grid there",
            for_s=promise["for_s"],
            every_s=5,
        )

    wait.until(
        lambda: sources().ders,
        lambda ders: ders == before.ders,
        what=f"{mains.name}: the DER relays are as before",
        measures="time to close the DER relays",
        within_s=promise["off_within_s"],
    )


@pytest.mark.promise("EN-095")
@pytest.mark.needs("enpower", "rapid_shutdown")
@pytest.mark.usefixtures("site_on_grid")
def test_after_a_rapid_shutdown_the_sun_is_back_along_the_soft_start_of_the_profile(
    mains: "Mains",
    envoy: Envoy,
    rapid_shutdown: Shutdown,
    nameplate_w: "NameplateW",
    promise: Promise,
    wait: Waiting,
) -> None:
    def sun_w() -> float:
        return envoy.livedata.status().meters.pv.agg_p_mw / 1000

    tpm = envoy.grid_profile.active().profile.tpm
    if not tpm.ramp_pct_s:
        pytest.skip("the grid profile has no soft start")
    rated_w = nameplate_w("PV")
    wait.clock.sleep(promise["back_within_s"])  # the test before may have moved the relay
    before_w = sun_w()
    if before_w < rated_w * promise["least_pct"] / 100:
        pytest.skip(f"the sun gives {before_w:.0f} W of {rated_w:.0f} W: it may set meanwhile")

    with rapid_shutdown():
        wait.until(
            sun_w,
            lambda now_w: now_w <= 0,
            what=f"{mains.name}: shut down, the sun gives nothing",
            within_s=promise["off_within_s"],
        )
    ended_s = wait.clock.now()

    def rising() -> Rising:
        pv_w, since_s = sun_w(), wait.clock.now() - ended_s
        risen_pct = min(100, max(0, since_s - tpm.reconnect_s) * tpm.ramp_pct_s)
        return Rising(round(since_s), pv_w, rated_w * risen_pct / 100 + promise["above_w"])

    seen = wait.until(
        rising,
        lambda now: now.is_too_fast or now.pv_w >= before_w / 2,
        what=f"{mains.name}: the sun is back",
        measures="time until the sun is back",
        within_s=tpm.reconnect_s + 100 / tpm.ramp_pct_s + promise["back_within_s"],
        every_s=5,
    )
    assert not seen.is_too_fast, (
        f"{mains.name}: {seen.since_s} s after the rapid shutdown the sun gives {seen.pv_w:.0f} W; with "
        f"{tpm.reconnect_s:g} s to wait and {tpm.ramp_pct_s:g} % a second it may give "
        f"{seen.allowed_w:.0f} W"
    )
