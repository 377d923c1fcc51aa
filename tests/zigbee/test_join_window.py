"""The window in which a gateway lets devices join: how a bench closes and opens it.

A reopened site has its window open, and closes it by itself; provisioning opens it again. Why not
another way: docs/decisions/0014-how-a-bench-opens-and-closes-the-join-window.md.
"""

from collections.abc import Callable

import pytest

from hil.consoles.encharge import Encharge
from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.vocabulary.zigbee import PAIRED, AssociationCode, NetworkMode, PairingState
from hil.waiting import Waiting


@pytest.mark.promise("ZB-025")
@pytest.mark.usefixtures("unsealed_site")
def test_a_battery_joins_through_an_open_window_only(
    rig: Rig,
    envoy: Envoy,
    encharge: Encharge,
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    serial_number = encharge.serial_number
    wait.until(
        lambda: envoy.zigbee.pairing_status().mode,
        lambda mode: mode == NetworkMode.JOIN_DISABLED,
        what="the gateway's window for joining closes by itself",
        measures="time until the join window closes",
        within_s=promise["closed_within_s"],
        every_s=5,
    )

    encharge.reset_network()
    wait.until(
        encharge.association,
        lambda code: code == AssociationCode.JOIN_NOT_ALLOWED,
        what=f"{encharge.name}: says that it may not join (AI 23)",
        measures="time to be turned away",
        within_s=promise["told_within_s"],
    )
    wait.stays(
        lambda: (
            encharge.association() == AssociationCode.JOINED,
            serial_number in envoy.zigbee.status().joined_serial_numbers,
        ),
        lambda joined: joined == (False, False),
        what=f"{encharge.name}: joined, by its own word and by the gateway's",
        for_s=promise["stays_out_s"],
        every_s=5,
    )

    envoy.zigbee.provision([rig.provision_items[serial_number]])
    assert envoy.zigbee.pairing_status().mode == NetworkMode.JOIN_ENABLED
    wait.until(
        encharge.association,
        lambda code: code == AssociationCode.JOINED,
        what=f"{encharge.name}: joined through the open window",
        measures="time to join",
        within_s=promise["joined_within_s"],
    )
    wait.until(
        lambda: states().get(serial_number),
        lambda state: state in PAIRED,
        what=f"{encharge.name}: paired again",
        measures="time to pair",
        within_s=promise["paired_within_s"],
    )
