"""The list of devices, and starting one of them anew by way of the gateway."""

from collections.abc import Callable

import pytest

from hil.consoles.encharge import Encharge
from hil.envoy.client import Envoy
from hil.errors import NotOffered
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.vocabulary.zigbee import PAIRED, AssociationCode, PairingState
from hil.waiting import Waiting

NO_PARENT = 0xFFFE
"""A short address that no device has."""


@pytest.mark.promise("ZB-060")
def test_a_battery_that_is_added_to_the_list_of_devices_is_paired(
    rig: Rig,
    envoy: Envoy,
    unknown_encharge: Encharge,
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    serial_number = unknown_encharge.serial_number
    try:
        listed = envoy.ensemble.add_devices(rig.provision_items[serial_number])
    except NotOffered as absent:
        pytest.skip(str(absent))

    assert serial_number in listed.serial_numbers, f"{unknown_encharge.name}: added, not listed"
    wait.until(
        lambda: states().get(serial_number),
        lambda state: state in PAIRED,
        what=f"{unknown_encharge.name}: paired",
        measures="time to pair",
        within_s=promise["paired_within_s"],
        every_s=5,
    )


@pytest.mark.promise("ZB-061")
def test_a_device_that_is_reset_starts_anew_and_is_back(
    rig: Rig, envoy: Envoy, lossy_encharge: Encharge, promise: Promise, wait: Waiting
) -> None:
    battery = lossy_encharge
    battery.disable_joining()  # which a start forgets, and nothing else shows

    with rig.deaths.expecting(battery.serial_number):
        envoy.zigbee.reset_device(battery.serial_number)
        wait.until(
            lambda: battery.console.answers() and not battery.joining_disabled(),
            bool,
            what=f"{battery.name}: has started anew",
            measures="time to start",
            within_s=promise["started_within_s"],
        )
    wait.until(
        battery.association,
        lambda code: code == AssociationCode.JOINED,
        what=f"{battery.name}: back in the network",
        measures="time to rejoin",
        within_s=promise["joined_within_s"],
        every_s=2,
    )
    wait.until(
        lambda: envoy.ensemble.inventory().device(battery.serial_number).communicating,
        bool,
        what=f"{battery.name}: communicates",
        measures="time to communicate",
        within_s=promise["communicating_within_s"],
        every_s=5,
    )


@pytest.mark.promise("ZB-063")
def test_a_device_says_of_itself_what_the_gateway_lists_of_it(rig: Rig, envoy: Envoy) -> None:
    listed = envoy.ensemble.inventory()
    for node in rig.nodes:
        itself, entry = node.devinfo(), listed.device(node.serial_number)
        assert (itself.part_number, itself.app_firmware) == (
            entry.part_num,
            entry.img_pnum_running,
        ), f"{node.name}: says of itself what the gateway does not"
        assert int(itself.mac, 16) == node.at_get("SH") << 32 | node.at_get("SL"), (
            f"{node.name}: has another MAC ({itself.mac}) than its radio"
        )
        assert int(itself.radio_firmware, 16) == node.at_get("VR"), (
            f"{node.name}: says {itself.radio_firmware} of its radio, which says {node.at_get('VR'):X}"
        )


@pytest.mark.promise("ZB-066")
def test_a_device_says_that_it_is_where_the_gateway_has_it(rig: Rig, envoy: Envoy) -> None:
    try:
        network = envoy.zigbee.agent_file()
    except NotOffered as absent:
        pytest.skip(str(absent))
    joined = {each.serial_num: each for each in envoy.zigbee.status().state.joined_nodes}

    for node in rig.nodes:
        listed = joined.get(node.serial_number)
        assert listed is not None, f"{node.name}: not among the gateway's joined nodes"
        its_own = {
            "extended PAN id": (node.at_get("OP"), int(network.extended_pan_id, 16)),
            "channel": (node.at_get("CH"), network.channel),
            "address in the network": (node.at_get("MY"), int(listed.node_id, 16)),
            "address": (node.at_get("SH") << 32 | node.at_get("SL"), int(listed.mac_addr, 16)),
        }
        apart = [what for what, (said, meant) in its_own.items() if said != meant]
        assert not apart, f"{node.name}: of itself another {', '.join(apart)} than the gateway's"
        assert node.pairing().parent != NO_PARENT, f"{node.name}: joined, and has no parent"
