"""Power cuts of a battery: what it forgets, and what it may not."""

import pytest

from hil.consoles.encharge import Encharge
from hil.equipment.power_switch import PowerSwitch
from hil.plugin.promises import Promise
from hil.vocabulary.zigbee import AssociationCode
from hil.waiting import Waiting

OFF_S = 5
"""How long the power is cut: for every capacitor to be empty."""


@pytest.mark.promise("ZB-024")
@pytest.mark.needs("power_switch")
def test_a_power_cut_forgets_that_joining_was_forbidden(
    lost_encharge: Encharge, power_switch: PowerSwitch, promise: Promise, wait: Waiting
) -> None:
    assert lost_encharge.joining_disabled()

    power_switch.off(lost_encharge.serial_number)
    wait.clock.sleep(OFF_S)
    power_switch.on(lost_encharge.serial_number)

    wait.until(
        lost_encharge.console.answers,
        bool,
        what=f"{lost_encharge.name}: its console answers again",
        within_s=promise["started_within_s"],
    )
    wait.until(
        lost_encharge.association,
        lambda code: code == AssociationCode.JOINED,
        what=f"{lost_encharge.name}: back in the network after a power cut",
        within_s=promise["joined_within_s"],
        every_s=2,
    )
    assert not lost_encharge.joining_disabled(), f"{lost_encharge.name}: still forbids joining"
