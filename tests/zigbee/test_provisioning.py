"""Provisioning: which devices the gateway takes in, and which it does not."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hil.consoles.encharge import Encharge
from hil.errors import Refused
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.vocabulary.secret import Secret
from hil.vocabulary.zigbee import PAIRED, REFUSED_KEY, AssociationCode, PairingState
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.zigbee.conftest import Counters

NOBODY = "999999999999"
"""A well-formed serial number of no device."""


@pytest.mark.promise("ZB-001")
@pytest.mark.usefixtures("fresh_site")
def test_devices_with_their_right_keys_are_paired(
    rig: Rig,
    states: Callable[[], dict[str, PairingState]],
    counters: "Counters",
    promise: Promise,
    wait: Waiting,
) -> None:
    before = counters()

    answer = rig.envoy.zigbee.provision(list(rig.provision_items.values()))

    assert answer.ok, f"refused: {answer.results}"
    wait.until(
        states,
        lambda seen: set(seen) == set(rig.provision_items) and set(seen.values()) <= PAIRED,
        what="every device is paired",
        measures="time to pair",
        within_s=promise["paired_within_s"],
        every_s=5,
    )
    for node in rig.nodes:
        assert node.pairing().pairing in ("paired", "commissioned"), node.name
    registered = counters().since(before, "reg_prov_dev")
    assert registered is None or registered >= len(rig.nodes), (
        f"gateway: counts {registered} devices as registered, {len(rig.nodes)} were"
    )


@pytest.mark.promise("ZB-004")
def test_a_wrong_key_never_pairs_and_the_right_one_afterwards_does(
    rig: Rig,
    unknown_encharge: Encharge,
    wrong_key: Secret,
    states: Callable[[], dict[str, PairingState]],
    counters: "Counters",
    promise: Promise,
    wait: Waiting,
) -> None:
    serial_number = unknown_encharge.serial_number
    right = rig.provision_items[serial_number]
    before = counters()

    taken = rig.envoy.zigbee.provision([replace(right, link_key=wrong_key)])
    assert taken.ok, f"{unknown_encharge.name}: whether a key is wrong shows only on the air"
    wait.until(
        lambda: states().get(serial_number),
        lambda seen: seen == PairingState.KEY_FAIL,
        what=f"{unknown_encharge.name}: named for its wrong key",
        measures="time to be named for the wrong key",
        within_s=promise["blamed_within_s"],
    )
    wait.until(
        unknown_encharge.association,
        lambda code: code in REFUSED_KEY,
        what=f"{unknown_encharge.name}: says that its key was refused (AI 27, AD or AF)",
        measures="time to say that its key was refused",
        within_s=promise["blamed_within_s"],
    )
    wait.stays(
        lambda: (states().get(serial_number), unknown_encharge.association()),
        lambda seen: seen[0] not in PAIRED and seen[1] != AssociationCode.JOINED,
        what=f"{unknown_encharge.name}: not paired with a wrong key",
        for_s=promise["stays_out_s"],
        every_s=5,
    )
    assert counters().since(before, "reg_prov_dev_err") != 0, (
        f"{unknown_encharge.name}: refused for its key, and the gateway does not count it"
    )

    rig.envoy.zigbee.deprovision([serial_number])
    rig.envoy.zigbee.provision([right])
    wait.until(
        lambda: states().get(serial_number),
        lambda seen: seen in PAIRED,
        what=f"{unknown_encharge.name}: paired with its right key",
        measures="time to pair",
        within_s=promise["paired_within_s"],
        every_s=5,
    )


@pytest.mark.promise("ZB-005")
@pytest.mark.usefixtures("fresh_site")
def test_good_devices_pair_although_one_serial_number_among_them_is_bad(
    rig: Rig,
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    good = list(rig.provision_items.values())
    bad = replace(good[0], serial_num="12203")

    answer = rig.envoy.zigbee.provision([good[0], bad, *good[1:]])

    assert not answer.ok, "400 was promised: one of the serial numbers is bad"
    refused = [item.serial_num for item in answer.items if not item.ok]
    assert refused == [bad.serial_num], "the gateway refused good ones too"
    wait.until(
        states,
        lambda seen: set(seen) == set(rig.provision_items) and set(seen.values()) <= PAIRED,
        what=f"{', '.join(node.name for node in rig.nodes)}: paired, and no other device is there",
        measures="time to pair",
        within_s=promise["paired_within_s"],
        every_s=5,
    )


@pytest.mark.promise("ZB-006")
@pytest.mark.paced
@pytest.mark.usefixtures("unsealed_site")
def test_a_deleted_device_is_forgotten(
    rig: Rig,
    encharge: Encharge,
    states: Callable[[], dict[str, PairingState]],
    counters: "Counters",
    promise: Promise,
    wait: Waiting,
) -> None:
    before = counters()
    others = {
        number: state for number, state in states().items() if number != encharge.serial_number
    }

    answer = rig.envoy.zigbee.deprovision([encharge.serial_number])

    assert answer.ok, f"refused: {answer.results}"
    wait.until(
        lambda: encharge.serial_number in rig.envoy.ensemble.inventory().serial_numbers,
        lambda listed: not listed,
        what=f"{encharge.name}: gone from the inventory",
        measures="time to be forgotten",
        within_s=promise["forgotten_within_s"],
    )
    assert states() == others, "deleting one device changed another"
    assert counters().since(before, "dereg_prov_dev") != 0, (
        f"{encharge.name}: deleted, and the gateway does not count it"
    )


@pytest.mark.promise("ZB-007")
@pytest.mark.needs("list_delete")
@pytest.mark.usefixtures("unsealed_site")
def test_several_devices_are_deleted_by_one_request(
    rig: Rig, states: Callable[[], dict[str, PairingState]], promise: Promise, wait: Waiting
) -> None:
    kept, *deleted = rig.nodes

    answer = rig.envoy.zigbee.deprovision([node.serial_number for node in deleted])

    assert answer.ok, f"refused: {answer.results}"
    wait.until(
        lambda: rig.envoy.ensemble.inventory().serial_numbers,
        lambda listed: list(listed) == [kept.serial_number],
        what=f"{', '.join(node.name for node in deleted)}: gone from the inventory, {kept.name} is not",
        measures="time to be forgotten",
        within_s=promise["forgotten_within_s"],
    )
    assert states().get(kept.serial_number) in PAIRED


@pytest.mark.promise("ZB-016")
@pytest.mark.needs("two_batteries", "list_delete")
@pytest.mark.usefixtures("unsealed_site")
def test_an_unknown_serial_number_does_not_keep_the_others_from_being_deleted(
    rig: Rig,
    encharges: tuple[Encharge, ...],
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    first, second, *_ = encharges
    deleted = {first.serial_number, second.serial_number}
    others = {number: state for number, state in states().items() if number not in deleted}

    answer = rig.envoy.zigbee.deprovision([first.serial_number, NOBODY, second.serial_number])

    assert not answer.ok, "400 was promised: one of the serial numbers is unknown"
    refused = [item.serial_num for item in answer.items if not item.ok]
    assert refused == [NOBODY], f"{first.name}, {second.name}: both were to be deleted"
    wait.until(
        lambda: set(rig.envoy.ensemble.inventory().serial_numbers),
        lambda listed: not listed & (deleted | {NOBODY}),
        what=f"{first.name}, {second.name}: gone from the inventory",
        measures="time to be forgotten",
        within_s=promise["forgotten_within_s"],
    )
    assert states() == others, "deleting two devices changed another"


@pytest.mark.promise("ZB-017")
@pytest.mark.needs("two_batteries", "single_delete")
@pytest.mark.usefixtures("unsealed_site")
def test_an_older_gateway_deletes_nothing_of_a_list(
    rig: Rig,
    encharges: tuple[Encharge, ...],
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    first, second, *_ = encharges
    names, before = f"{first.name}, {second.name}", states()

    # With a result for each, or without: an older gateway may take the list for one number.
    with suppress(Refused):
        answer = rig.envoy.zigbee.deprovision([first.serial_number, second.serial_number])
        assert not answer.ok, f"{names}: 400 was promised for a list"

    wait.stays(
        states,
        lambda seen: seen == before,
        what=f"{names}: still known, as every other device",
        for_s=promise["for_s"],
        every_s=5,
    )
