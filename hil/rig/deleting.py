"""Deleting devices from the gateway, and seeing that it has forgotten them."""

from collections.abc import Sequence

from hil.consoles.node import Node
from hil.envoy.client import Envoy
from hil.waiting import Waiting

FORGOTTEN_WITHIN_S = 60.0
"""For the gateway to let go of a deleted device."""


def delete(envoy: Envoy, nodes: Sequence[Node], waiting: Waiting) -> None:
    """Delete them one by one, a list is taken from release 6.0.92 on; none is known afterwards.

    Raises:
        NotInTime: the gateway still knows one a minute later.
    """
    deleted = {node.serial_number for node in nodes}
    for node in nodes:
        envoy.zigbee.deprovision([node.serial_number])
    waiting.until(
        lambda: envoy.zigbee.pairing_status().states,
        lambda states: not deleted & set(states),
        what=f"{', '.join(node.name for node in nodes)}: deleted from the gateway",
        measures="time to be forgotten",
        within_s=FORGOTTEN_WITHIN_S,
    )
