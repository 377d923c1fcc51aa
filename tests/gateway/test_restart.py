"""A gateway that has restarted: what it does not know yet is said so, and its sums come back."""

from typing import NamedTuple

import pytest

from hil.envoy.client import Envoy
from hil.errors import Unavailable
from hil.plugin.promises import Promise
from hil.rig.faults import Faults
from hil.waiting import Waiting

LOOK_EVERY_S = 15


class Sums(NamedTuple):
    """What the gateway adds up from its batteries, Wh."""

    commissioned: int
    available: int
    of_every_battery: bool
    """Whether that is what its inventory lists."""
    has_charge: bool
    live_data_agrees: bool


@pytest.mark.promise("GW-051")
@pytest.mark.needs("gateway_power")
def test_after_a_restart_its_sums_come_back_and_temperatures_too(
    envoy: Envoy, faults: Faults, promise: Promise, wait: Waiting
) -> None:
    def sums() -> Sums | str:
        try:
            control, live = envoy.ensemble.secondary_control(), envoy.livedata.status().meters
            listed = envoy.ensemble.inventory().encharges
        except Unavailable:
            return "a process of it is starting"
        return Sums(
            control.enc_commissioned_capacity,
            control.enc_max_available_capacity,
            control.enc_commissioned_capacity == sum(each.encharge_capacity for each in listed),
            control.enc_agg_avail_energy > 0,
            live.soc == control.agg_soc,
        )

    def unknown() -> list[str]:
        return [
            f"{each.serial_num} {each.temperature}"
            for each in envoy.ensemble.inventory().encharges
            if isinstance(each.temperature, str)
        ]

    before = sums()
    if not isinstance(before, Sums) or before.available != before.commissioned:
        pytest.skip(f"not every battery is there: {before}")

    def are_back(now: Sums | str) -> bool:
        """As before, whatever that look was amid, and of every battery: a restart may have lost one."""
        whole = before._replace(of_every_battery=True, live_data_agrees=True)
        return now in (whole, whole._replace(has_charge=True))

    faults.site.gateway_reboot().end()

    wait.until(
        sums,
        are_back,
        what="gateway, restarted: it adds up all of its batteries as before",
        measures="time until the sums are back",
        within_s=promise["sums_within_s"],
        every_s=LOOK_EVERY_S,
    )
    wait.until(
        unknown,
        lambda found: not found,
        what="gateway, restarted: it knows how warm each battery is",
        measures="time until temperatures are known",
        within_s=promise["known_within_s"],
        every_s=LOOK_EVERY_S,
    )
    wait.until(  # a report may come between the two requests of one look
        sums,
        are_back,
        what="gateway, restarted: its sums have not changed again",
        within_s=promise["still_within_s"],
    )
