"""Power cuts of a battery and of the gateway: what is forgotten, and what may not be."""

from collections.abc import Callable

import pytest

from hil.consoles.encharge import Encharge
from hil.envoy.client import Envoy
from hil.equipment.power_switch import PowerSwitch
from hil.errors import Unavailable, WrongDevice
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.vocabulary.zigbee import AssociationCode, PairingState
from hil.waiting import Waiting


@pytest.mark.promise("ZB-024")
@pytest.mark.needs("power_switch")
def test_a_power_cut_forgets_that_joining_was_forbidden(
    lost_encharge: Encharge, power_switch: PowerSwitch, promise: Promise, wait: Waiting
) -> None:
    assert lost_encharge.joining_disabled()

    power_switch.cycle(lost_encharge.serial_number)

    wait.until(
        lost_encharge.console.answers,
        bool,
        what=f"{lost_encharge.name}: its console answers again",
        measures="time to start",
        within_s=promise["started_within_s"],
    )
    wait.until(
        lost_encharge.association,
        lambda code: code == AssociationCode.JOINED,
        what=f"{lost_encharge.name}: back in the network after a power cut",
        measures="time to rejoin",
        within_s=promise["joined_within_s"],
        every_s=2,
    )
    assert not lost_encharge.joining_disabled(), f"{lost_encharge.name}: still forbids joining"


@pytest.mark.promise("ZB-018")
@pytest.mark.needs("power_switch")
@pytest.mark.usefixtures("unsealed_site")
def test_a_battery_of_a_reopened_site_is_back_after_a_power_cut_with_its_old_key(
    rig: Rig,
    encharge: Encharge,
    power_switch: PowerSwitch,
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    power_switch.cycle(encharge.serial_number)

    wait.until(
        encharge.console.answers,
        bool,
        what=f"{encharge.name}: its console answers again",
        measures="time to start",
        within_s=promise["started_within_s"],
    )
    wait.until(
        lambda: (
            encharge.association(),
            encharge.pairing().pairing,
            states().get(encharge.serial_number),
        ),
        lambda seen: seen == (AssociationCode.JOINED, PairingState.PAIRED, PairingState.PAIRED),
        what=f"{encharge.name}: joined, paired by its own word and by the gateway's",
        measures="time to rejoin",
        within_s=promise["paired_within_s"],
        every_s=2,
    )
    key = rig.provision_items[encharge.serial_number].link_key
    assert encharge.link_key() == key, f"{encharge.name}: has another key than before"


@pytest.mark.promise("ZB-019")
@pytest.mark.needs("power_switch")
def test_a_deleted_battery_stays_out_though_the_window_is_open_and_its_power_was_cut(
    rig: Rig,
    envoy: Envoy,
    unknown_encharge: Encharge,
    power_switch: PowerSwitch,
    promise: Promise,
    wait: Waiting,
) -> None:
    serial_number = unknown_encharge.serial_number
    power_switch.cycle(serial_number)
    wait.until(
        unknown_encharge.console.answers,
        bool,
        what=f"{unknown_encharge.name}: its console answers again",
        measures="time to start",
        within_s=promise["started_within_s"],
    )

    # Of a device that the gateway knows already: nothing but the window changes.
    known = next(item for item in rig.provision_items.values() if item.serial_num != serial_number)
    envoy.zigbee.provision([known])

    wait.stays(
        lambda: (
            unknown_encharge.association() == AssociationCode.JOINED,
            serial_number in envoy.zigbee.status().joined_serial_numbers,
            serial_number in envoy.ensemble.inventory().serial_numbers,
        ),
        lambda seen: not any(seen),
        what=f"{unknown_encharge.name}: joined, by its own word, by the gateway's, or listed",
        for_s=promise["stays_out_s"],
        every_s=2,
    )


@pytest.mark.promise("ZB-014")
@pytest.mark.needs("gateway_power")
def test_a_sealed_site_communicates_again_after_a_power_cut_of_the_gateway(
    rig: Rig, envoy: Envoy, power_switch: PowerSwitch, promise: Promise, wait: Waiting
) -> None:
    gateway = rig.description.envoy.serial_number
    listed, keys = sorted(envoy.ensemble.inventory().serial_numbers), envoy.zigbee.agent_file()

    power_switch.cycle(gateway)
    if envoy.answers():
        raise WrongDevice(
            f"envoy {gateway}: answers although its power was cut; suspect that its outlet in the "
            "rig file is another device's"
        )

    wait.until(
        envoy.answers,
        bool,
        what=f"envoy {gateway}: answers again",
        measures="time to start",
        within_s=promise["started_within_s"],
        every_s=5,
    )
    wait.until(
        lambda: heard(envoy),
        lambda communicating: communicating == listed,
        what=f"envoy {gateway}: hears {', '.join(listed)} again",
        measures="time to hear every device again",
        within_s=promise["communicating_within_s"],
        every_s=5,
    )
    # Not the dates: a gateway that restarts writes them anew (public captures).
    assert sorted(envoy.ensemble.inventory().serial_numbers) == listed
    assert set(envoy.zigbee.pairing_status().states.values()) == {PairingState.COMMISSIONED}
    assert envoy.zigbee.agent_file() == keys, f"envoy {gateway}: the agent's file has changed"


def heard(envoy: Envoy) -> list[str]:
    """Serial numbers of the devices that communicate; none while the gateway is still busy."""
    try:
        devices = envoy.ensemble.inventory().devices
    except Unavailable:
        return []
    return sorted(device.serial_num for device in devices if device.communicating)
