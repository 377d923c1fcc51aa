"""Rapid shutdown: nothing on the site's side of the meter gives any power, and the grid stays."""

from typing import TYPE_CHECKING, NamedTuple

import pytest

from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.rig.faults import Faults
from hil.vocabulary.grid import ON_GRID, MainsPair
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains


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


@pytest.mark.promise("EN-060")
@pytest.mark.needs("enpower", "rapid_shutdown")
@pytest.mark.usefixtures("site_on_grid")
def test_rapid_shutdown_takes_every_source_off_and_leaves_the_grid(
    mains: "Mains",
    envoy: Envoy,
    faults: Faults,
    reconnect_s: float,
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

    with faults.site.rapid_shutdown():
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
    if before.pv_w < promise["least_w"]:
        return  # it may set before the inverters may be back
    wait.until(
        lambda: sources().pv_w,
        lambda pv_w: pv_w >= before.pv_w / 2,
        what=f"{mains.name}: the sun is back",
        measures="time until the sun is back",
        within_s=reconnect_s + promise["back_within_s"],
        every_s=5,
    )
