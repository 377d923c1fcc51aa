"""Where a battery is said to hang: phase and DER relay in a provisioning request."""

from dataclasses import replace

import pytest

from hil.consoles.encharge import Encharge
from hil.envoy.zigbee import ProvisionItem
from hil.rig.rig import Rig

PHASES = {1, 2, 3}


def refused(rig: Rig, battery: Encharge, item: ProvisionItem) -> None:
    """Provision, and see that it was refused and left no trace."""
    before = rig.envoy.zigbee.pairing_status().states
    inventory = {device.serial_num for device in rig.envoy.ensemble.inventory().devices}

    answer = rig.envoy.zigbee.provision([item])

    place = f"phase {item.phase}, der_index {item.der_index}"
    assert not answer.ok, f"{battery.name}: 400 was promised for {place}"
    assert not answer.results[item.serial_num].ok
    assert rig.envoy.zigbee.pairing_status().states == before, (
        "refused, and registered all the same"
    )
    after = {device.serial_num for device in rig.envoy.ensemble.inventory().devices}
    assert after <= inventory, "refused, and in the inventory all the same"


@pytest.mark.promise("ZB-008")
@pytest.mark.needs("three_phase")
@pytest.mark.parametrize(
    "wrong",
    [
        "phase-taken",
        pytest.param("der-index-of-another-phase", marks=pytest.mark.needs("der_index")),
        "no-phase",
    ],
)
def test_three_phase_batteries_are_refused_at_a_wrong_place(
    wrong: str, rig: Rig, unknown_encharge: Encharge
) -> None:
    item = rig.provision_items[unknown_encharge.serial_number]
    assert item.phase is not None, "the rig file names no phase of this battery"
    other = next(
        each.phase
        for serial_number, each in rig.provision_items.items()
        if each.phase and serial_number != item.serial_num
    )

    match wrong:
        case "phase-taken":
            refused(rig, unknown_encharge, replace(item, phase=other, der_index=other))
        case "der-index-of-another-phase":
            refused(rig, unknown_encharge, replace(item, der_index=min(PHASES - {item.phase})))
        case _:
            refused(rig, unknown_encharge, replace(item, phase=None, der_index=None))


@pytest.mark.promise("ZB-009")
@pytest.mark.needs("split_phase", "der_index")
def test_a_battery_is_refused_at_the_der_relay_of_another_ensemble_release(
    rig: Rig, unknown_encharge: Encharge
) -> None:
    site = rig.description.site
    assert site is not None
    item = rig.provision_items[unknown_encharge.serial_number]
    of_the_other_release = 2 if site.ensemble == "1.5" else 1

    refused(rig, unknown_encharge, replace(item, der_index=of_the_other_release))
    taken = rig.envoy.zigbee.provision([item])
    assert taken.ok, f"{unknown_encharge.name}: refused at its own DER relay: {taken.items}"
