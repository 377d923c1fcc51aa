"""What the gateway does not take: requests that are none, strangers, other keys and other types."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from hil.consoles.encharge import Encharge
from hil.errors import Refused
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.secret import Secret
from hil.vocabulary.zigbee import PAIRED, AssociationCode, PairingState
from hil.waiting import Waiting

NOBODY = "999999999999"
"""A well-formed serial number of no device."""
TRIED_AT_MOST = 40
"""So many devices that there are not are given to a gateway until it has no room."""


@pytest.mark.promise("ZB-033")
def test_a_battery_provisioned_as_something_else_is_named_for_it(
    rig: Rig,
    unknown_encharge: Encharge,
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    serial_number = unknown_encharge.serial_number
    right = rig.provision_items[serial_number]

    rig.envoy.zigbee.provision(
        [replace(right, device_type=DeviceType.ENPOWER, phase=None, der_index=None)]
    )

    wait.until(
        lambda: states().get(serial_number),
        lambda seen: seen == PairingState.ID_MISMATCH,
        what=f"{unknown_encharge.name}: named for not being what it was provisioned as",
        within_s=promise["blamed_within_s"],
    )
    wait.until(
        unknown_encharge.association,
        lambda code: code != AssociationCode.JOINED,
        what=f"{unknown_encharge.name}: has left a network that does not want it",
        within_s=promise["left_within_s"],
        every_s=2,
    )
    assert states().get(serial_number) not in PAIRED


@pytest.mark.promise("ZB-064")
def test_a_device_that_stands_twice_in_a_request_is_said_to_and_pairs_once(
    rig: Rig,
    unknown_encharge: Encharge,
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    item = rig.provision_items[unknown_encharge.serial_number]

    answer = rig.envoy.zigbee.provision([item, item])

    assert not answer.ok, (
        f"{unknown_encharge.name}: twice in one request, and nothing is said of it"
    )
    wait.until(
        lambda: states().get(unknown_encharge.serial_number),
        lambda seen: seen in PAIRED,
        what=f"{unknown_encharge.name}: paired all the same",
        within_s=promise["paired_within_s"],
        every_s=5,
    )


@pytest.mark.promise("ZB-034")
def test_a_sealed_site_takes_no_stranger(
    rig: Rig, states: Callable[[], dict[str, PairingState]]
) -> None:
    before = states()
    stranger = {
        **rig.provision_items[rig.encharges[0].serial_number].entry(),
        "serial_num": NOBODY,
        "mac_addr": "0013A200FFFFFFFE",
    }

    try:
        answer = rig.envoy.zigbee.provision([stranger])

        assert not answer.ok, "the gateway of a sealed site took a device that it does not know"
        assert states() == before
    finally:
        with suppress(Refused):  # where it was not taken there is nothing to delete
            rig.envoy.zigbee.deprovision([NOBODY])


@pytest.mark.promise("ZB-035")
@pytest.mark.parametrize(
    "body", ['{"serial_nums": [', "[]", '{"serial_nums": []}'], ids=["cut", "list", "empty"]
)
def test_a_request_that_is_none_is_refused_and_changes_nothing(
    body: str, rig: Rig, states: Callable[[], dict[str, PairingState]]
) -> None:
    before = states()

    with pytest.raises(Refused) as refused:
        rig.envoy.zigbee.provision_raw(body)

    assert refused.value.status == 400
    assert states() == before, "the gateway knows other devices than before"


@pytest.mark.promise("ZB-036")
@pytest.mark.parametrize("key", ["0" * 32, "F" * 32, "12" * 15], ids=["zeros", "ones", "short"])
def test_a_key_that_no_radio_takes_is_refused(
    key: str,
    rig: Rig,
    unknown_encharge: Encharge,
    states: Callable[[], dict[str, PairingState]],
) -> None:
    item = rig.provision_items[unknown_encharge.serial_number]

    # Not as a `Secret`: nothing with so many zeros in it could be read any more.
    answer = rig.envoy.zigbee.provision([{**item.entry(), "link_key": key}])

    assert not answer.ok, f"{unknown_encharge.name}: taken with a key that no radio takes"
    assert unknown_encharge.serial_number not in states(), f"{unknown_encharge.name}: registered"


@pytest.mark.promise("ZB-037")
def test_the_key_of_a_sealed_device_is_not_replaced(
    rig: Rig, encharge: Encharge, wrong_key: Secret
) -> None:
    sealed = rig.envoy.zigbee.agent_file()
    item = rig.provision_items[encharge.serial_number]

    answer = rig.envoy.zigbee.provision([replace(item, link_key=wrong_key)])

    assert not answer.ok, f"{encharge.name}: another key was taken for a device that is sealed"
    assert rig.envoy.zigbee.agent_file() == sealed, f"{encharge.name}: the agent's file has changed"


@pytest.mark.promise("ZB-065")
@pytest.mark.usefixtures("unsealed_site")
def test_a_gateway_that_has_no_room_says_so_and_keeps_those_that_it_has(
    rig: Rig, states: Callable[[], dict[str, PairingState]]
) -> None:
    known = set(states())
    key = rig.provision_items[rig.encharges[0].serial_number].entry()["link_key"]
    made_up: list[str] = []
    try:
        for number in range(TRIED_AT_MOST):
            serial_number = f"9999{number:08}"
            item = {
                "serial_num": serial_number,
                "mac_addr": f"0013A200FFFF{number:04X}",
                "device_type": DeviceType.ENPOWER.value,
                "link_key": key,
            }
            if not rig.envoy.zigbee.provision([item]).ok:
                break
            made_up.append(serial_number)
        else:
            pytest.skip(f"there is room for {TRIED_AT_MOST} devices more")

        forgotten = (known | set(made_up)) - states().keys()
        assert not forgotten, (
            f"gateway: no room for one more, and forgotten: {', '.join(sorted(forgotten))}"
        )
    finally:
        for serial_number in made_up:
            with suppress(Refused):  # one that was forgotten
                rig.envoy.zigbee.deprovision([serial_number])
