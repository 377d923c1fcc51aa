"""Worlds of the Zigbee tests: sites at each stage of being commissioned."""

from collections.abc import Iterator

import pytest

from hil.consoles.encharge import Encharge
from hil.rig.rig import Rig

FORGOTTEN_WITHIN_S = 60
"""For the gateway to let go of deleted devices, before a test."""

LOST_WITHIN_S = 600
"""For the gateway to show a device that is out as lost, before a test."""


@pytest.fixture
def unsealed_site(rig: Rig) -> Iterator[None]:
    """Every device paired, the commissioning seal open; provisioned and sealed again afterwards."""
    rig.envoy.zigbee.reopen()
    yield
    rig.baseline.restore(only=("provisioned devices", "commissioning seal", "communicating"))


@pytest.fixture
def unknown_encharge(rig: Rig, encharge: Encharge, unsealed_site: None) -> Encharge:
    """A battery the gateway does not know, on an unsealed site; provisioned again afterwards."""
    rig.envoy.zigbee.deprovision([encharge.serial_number])
    rig.waiting.until(
        lambda: rig.envoy.zigbee.pairing_status().states,
        lambda states: encharge.serial_number not in states,
        what=f"{encharge.name}: deleted from the gateway",
        within_s=FORGOTTEN_WITHIN_S,
    )
    return encharge


@pytest.fixture
def fresh_site(rig: Rig, unsealed_site: None) -> None:
    """A gateway that knows no device at all; provisioned and sealed again afterwards."""
    rig.envoy.zigbee.deprovision([node.serial_number for node in rig.nodes])
    rig.waiting.until(
        lambda: rig.envoy.zigbee.pairing_status().states,
        lambda states: not states,
        what="the gateway has forgotten every device",
        within_s=FORGOTTEN_WITHIN_S,
    )


@pytest.fixture
def lossy_encharge(rig: Rig, encharge: Encharge) -> Iterator[Encharge]:
    """A battery that the test may force out of the network; it is let back in afterwards."""
    yield encharge
    rig.baseline.restore(only=(encharge.name, "provisioned devices", "communicating"))


@pytest.fixture
def lost_encharge(rig: Rig, lossy_encharge: Encharge) -> Encharge:
    """A battery that is out of the network and that the gateway shows as lost."""
    lossy_encharge.drop_from_network()
    rig.waiting.until(
        lambda: rig.envoy.ensemble.inventory().device(lossy_encharge.serial_number).communicating,
        lambda communicating: not communicating,
        what=f"{lossy_encharge.name}: lost",
        within_s=LOST_WITHIN_S,
        every_s=5,
    )
    return lossy_encharge
