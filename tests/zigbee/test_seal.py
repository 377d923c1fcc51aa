"""The commissioning seal: when it is given, what it holds, what opening it leaves."""

import pytest

from hil.consoles.encharge import Encharge
from hil.envoy.client import Envoy
from hil.errors import NotOffered, Refused
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.vocabulary.zigbee import PAIRED, NetworkMode, PairingState
from hil.waiting import Waiting


@pytest.mark.promise("ZB-010")
def test_sealing_is_refused_until_every_device_is_paired(
    rig: Rig, envoy: Envoy, unknown_encharge: Encharge, promise: Promise, wait: Waiting
) -> None:
    # Registered this very moment: its radio cannot have joined yet.
    envoy.zigbee.provision([rig.provision_items[unknown_encharge.serial_number]])

    with pytest.raises(Refused) as refused:
        envoy.zigbee.commission()

    assert unknown_encharge.serial_number in refused.value.body, "the device is not named"
    assert not envoy.zigbee.is_sealed(), "refused, and sealed all the same"
    wait.until(
        lambda: envoy.zigbee.pairing_status().states[unknown_encharge.serial_number],
        lambda state: state in PAIRED,
        what=f"{unknown_encharge.name}: paired",
        measures="time to pair",
        within_s=promise["paired_within_s"],
        every_s=5,
    )
    envoy.zigbee.commission()
    assert unknown_encharge.serial_number in envoy.zigbee.agent_file().link_keys


@pytest.mark.promise("ZB-011")
@pytest.mark.paced
@pytest.mark.usefixtures("unsealed_site")
def test_sealing_writes_the_file_and_disables_joining(
    rig: Rig, envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    envoy.zigbee.commission()

    wait.until(
        lambda: envoy.zigbee.pairing_status().mode,
        lambda mode: mode == NetworkMode.JOIN_DISABLED,
        what="joining is disabled",
        measures="time to seal",
        within_s=promise["sealed_within_s"],
    )
    in_file = {device.serial_num for device in envoy.zigbee.agent_file().devices}
    assert in_file == {node.serial_number for node in rig.nodes}
    assert set(envoy.zigbee.pairing_status().states.values()) == {PairingState.COMMISSIONED}


@pytest.mark.promise("ZB-012")
def test_reopening_removes_the_file_and_keeps_the_pairs(
    rig: Rig, envoy: Envoy, promise: Promise, wait: Waiting, unsealed_site: None
) -> None:
    with pytest.raises(NotOffered):
        envoy.zigbee.agent_file()
    everyone = {node.serial_number for node in rig.nodes}

    def paired_and_heard() -> tuple[list[str], list[str]]:
        states = envoy.zigbee.pairing_status().states
        devices = envoy.ensemble.inventory().devices
        return (
            sorted(number for number, state in states.items() if state == PairingState.PAIRED),
            sorted(device.serial_num for device in devices if device.communicating),
        )

    wait.stays(
        paired_and_heard,
        lambda seen: all(everyone <= set(devices) for devices in seen),
        what="every device stays paired and communicating",
        for_s=promise["for_s"],
        every_s=10,
    )
    assert [node.pairing().zb for node in rig.nodes] == ["JOINED"] * len(rig.nodes)


@pytest.mark.promise("ZB-013")
@pytest.mark.paced
def test_the_sealed_file_holds_the_key_that_each_device_holds(rig: Rig, envoy: Envoy) -> None:
    sealed = envoy.zigbee.agent_file().link_keys

    for node in rig.nodes:
        assert sealed.get(node.serial_number) == node.link_key(), (
            f"{node.name}: the agent's file and `pair get_key` differ"
        )
