"""What devices and gateway owe while the wires to them are bad: nothing is lost, nothing done twice."""

from collections.abc import Callable

import pytest

from hil.consoles.encharge import Encharge
from hil.envoy.client import Envoy
from hil.errors import LineLost, Unreachable
from hil.plugin.promises import Promise
from hil.rig.faults import Faults
from hil.rig.rig import Rig
from hil.vocabulary.zigbee import PAIRED, AssociationCode, PairingState
from hil.waiting import Waiting

PROVISION = "POST /ivp/zb/provision"
INTO_THE_REPLY_BYTES = 60


@pytest.mark.promise("ZB-027")
@pytest.mark.needs("gateway_wire")
def test_a_provisioning_whose_answer_was_lost_may_be_sent_again(
    rig: Rig,
    unknown_encharge: Encharge,
    faults: Faults,
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    serial_number = unknown_encharge.serial_number
    item = rig.provision_items[serial_number]
    with faults.gateway.resets(matching=PROVISION), pytest.raises(Unreachable):
        rig.envoy.zigbee.provision([item])

    again = rig.envoy.zigbee.provision([item])

    assert again.ok, f"{unknown_encharge.name}: refused the second time: {again.items}"
    wait.until(
        lambda: states().get(serial_number),
        lambda seen: seen in PAIRED,
        what=f"{unknown_encharge.name}: paired",
        within_s=promise["paired_within_s"],
        every_s=5,
    )
    third = rig.envoy.zigbee.provision([item])
    assert third.ok, f"{unknown_encharge.name}: refused once it was paired: {third.items}"
    assert states().get(serial_number) in PAIRED, f"{unknown_encharge.name}: not paired any more"


@pytest.mark.promise("ZB-028")
@pytest.mark.needs("gateway_wire")
def test_a_battery_pairs_while_the_gateways_pages_fail(
    rig: Rig,
    unknown_encharge: Encharge,
    faults: Faults,
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    rig.envoy.zigbee.provision([rig.provision_items[unknown_encharge.serial_number]])

    with faults.gateway.fails(503):
        wait.clock.sleep(promise["alone_s"])

    state = states().get(unknown_encharge.serial_number)
    assert state in PAIRED, (
        f"{unknown_encharge.name}: {state} after {promise['alone_s']} s in which nobody could ask"
    )


@pytest.mark.promise("ZB-029")
def test_a_console_cut_in_mid_reply_leaves_the_battery_as_it_was(
    lossy_encharge: Encharge, faults: Faults, promise: Promise, wait: Waiting
) -> None:
    lossy_encharge.disable_joining()
    whole = lossy_encharge.devinfo()
    cut = faults.console(lossy_encharge).is_cut(after=INTO_THE_REPLY_BYTES)
    with pytest.raises(LineLost):
        lossy_encharge.devinfo()

    cut.end()

    assert lossy_encharge.devinfo() == whole
    assert lossy_encharge.joining_disabled(), f"{lossy_encharge.name}: its radio started anew"
    wait.stays(
        lossy_encharge.association,
        lambda code: code == AssociationCode.JOINED,
        what=f"{lossy_encharge.name}: joined",
        for_s=promise["for_s"],
        every_s=2,
    )


@pytest.mark.promise("ZB-031")
@pytest.mark.needs("radio_attenuator")
def test_a_battery_out_of_reach_is_lost_and_finds_back_by_itself(
    lossy_encharge: Encharge,
    envoy: Envoy,
    faults: Faults,
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    paired = states()[lossy_encharge.serial_number]

    def communicates() -> bool:
        return envoy.ensemble.inventory().device(lossy_encharge.serial_number).communicating

    with faults.site.out_of_reach(lossy_encharge):
        wait.until(
            communicates,
            lambda communicating: not communicating,
            what=f"{lossy_encharge.name}: shown as not communicating",
            within_s=promise["lost_within_s"],
            every_s=5,
        )
        wait.until(
            lossy_encharge.association,
            lambda code: code != AssociationCode.JOINED,
            what=f"{lossy_encharge.name}: has noticed that it hears nobody",
            within_s=promise["noticed_within_s"],
            every_s=5,
        )

    wait.until(
        lossy_encharge.association,
        lambda code: code == AssociationCode.JOINED,
        what=f"{lossy_encharge.name}: back in the network by itself",
        within_s=promise["joined_within_s"],
        every_s=2,
    )
    wait.until(
        communicates,
        bool,
        what=f"{lossy_encharge.name}: communicating again",
        within_s=promise["communicating_within_s"],
        every_s=2,
    )
    wait.until(
        lambda: states().get(lossy_encharge.serial_number),
        lambda state: state == paired,
        what=f"{lossy_encharge.name}: {paired} as before",
        within_s=promise["paired_within_s"],
        every_s=2,
    )


@pytest.mark.promise("ZB-032")
@pytest.mark.needs("radio_attenuator")
def test_a_battery_that_hears_no_network_says_so(
    lossy_encharge: Encharge, faults: Faults, promise: Promise, wait: Waiting
) -> None:
    with faults.site.out_of_reach(lossy_encharge):
        lossy_encharge.reset_network()

        wait.until(
            lossy_encharge.association,
            lambda code: code == AssociationCode.NO_PAN,
            what=f"{lossy_encharge.name}: says that it hears no network",
            within_s=promise["told_within_s"],
        )
        wait.stays(
            lossy_encharge.association,
            lambda code: code in (AssociationCode.NO_PAN, AssociationCode.SEARCHING),
            what=f"{lossy_encharge.name}: hears no network or looks for one, and blames nothing else",
            for_s=promise["stays_out_s"],
            every_s=1,
        )
