"""Leaving and joining again and again: what wears out, what is left behind."""

from typing import TYPE_CHECKING

import pytest

from hil.consoles.encharge import Encharge
from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.vocabulary.zigbee import AssociationCode
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.zigbee.conftest import Counters

CYCLES = 20
HANDSHAKE = ("rx_hello_msg", "tx_dev_info_req", "rx_dev_info_rsp")
"""What is counted of a device that joins."""


@pytest.mark.promise("ZB-026")
def test_twenty_rejoins_are_each_in_time_and_leave_nothing_behind_in_the_gateway(
    lossy_encharge: Encharge,
    envoy: Envoy,
    counters: "Counters",
    promise: Promise,
    wait: Waiting,
) -> None:
    name, serial_number = lossy_encharge.name, lossy_encharge.serial_number
    before, counted_before = envoy.zigbee.status(), counters()

    for cycle in range(1, CYCLES + 1):
        lossy_encharge.reset_network()
        wait.until(
            lossy_encharge.association,
            lambda code: code != AssociationCode.JOINED,
            what=f"{name}: out of the network, time {cycle} of {CYCLES}",
            measures="time to leave",
            within_s=promise["left_within_s"],
        )
        wait.until(
            lossy_encharge.association,
            lambda code: code == AssociationCode.JOINED,
            what=f"{name}: back in the network, time {cycle} of {CYCLES}",
            measures="time to rejoin",
            within_s=promise["joined_within_s"],
        )

    after = wait.until(
        envoy.zigbee.status,
        lambda now: (now.counters.buffers_in_use or 0) <= (before.counters.buffers_in_use or 0),
        what=f"the gateway uses no more buffers than before {CYCLES} rejoins of {name}",
        measures="time until the buffers are free",
        within_s=promise["freed_within_s"],
        every_s=5,
        show=lambda now: f"{now.counters.buffers_in_use} in use",
    )
    assert sorted(after.joined_serial_numbers) == sorted(before.joined_serial_numbers), (
        f"{name}: {CYCLES} rejoins changed who has joined"
    )
    assert after.state.num_joined_nodes == before.state.num_joined_nodes
    assert after.state.num_client_devices == before.state.num_client_devices
    wait.until(
        lambda: envoy.ensemble.inventory().device(serial_number).communicating,
        lambda communicating: communicating,
        what=f"{name}: communicating after {CYCLES} rejoins",
        measures="time to communicate again",
        within_s=promise["communicating_within_s"],
    )
    # Not each time: a device may be told to leave again before it has said HELLO.
    counted = counters()
    for counter in HANDSHAKE:
        assert counted.since(counted_before, counter) != 0, (
            f"{name}: {CYCLES} rejoins, and none in the gateway's {counter}"
        )
