"""Worlds of the Zigbee tests: sites at each stage of being commissioned."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from hil.consoles.encharge import Encharge
from hil.envoy.client import Envoy
from hil.rig.rig import Rig
from hil.vocabulary.secret import Secret
from hil.vocabulary.zigbee import PairingState

LOST_WITHIN_S = 600
"""For the gateway to show a device that is out as lost, before a test."""


@dataclass(frozen=True)
class Counted:
    """What the gateway's radio has counted, by the gateway's names."""

    by_name: Mapping[str, int]

    def since(self, before: "Counted", name: str) -> int | None:
        """How many more there are; None where this gateway does not count that."""
        if name not in self.by_name or name not in before.by_name:
            return None
        return self.by_name[name] - before.by_name[name]


Counters = Callable[[], Counted]


@pytest.fixture
def counters(envoy: Envoy) -> Counters:
    """The counters of the gateway's radio."""
    return lambda: Counted(envoy.zigbee.status().counters.zigbee_counters)


@pytest.fixture
def states(envoy: Envoy) -> Callable[[], dict[str, PairingState | str]]:
    """The pairing state of every device the gateway knows, by serial number."""
    return lambda: dict(envoy.zigbee.pairing_status().states)


@pytest.fixture
def unsealed_site(rig: Rig) -> Iterator[None]:
    """Every device paired, the commissioning seal open; provisioned and sealed again afterwards."""
    rig.envoy.zigbee.reopen()
    yield
    radios = [f"{node.name}: radio" for node in rig.nodes]
    rig.baseline.restore(
        only=("provisioned devices", *radios, "commissioning seal", "communicating")
    )


@pytest.fixture
def unknown_encharge(rig: Rig, encharge: Encharge, unsealed_site: None) -> Encharge:
    """A battery the gateway does not know, on an unsealed site; provisioned again afterwards."""
    rig.delete([encharge])
    return encharge


@pytest.fixture
def unknown_encharges(
    rig: Rig, encharges: tuple[Encharge, ...], unsealed_site: None
) -> tuple[Encharge, Encharge]:
    """Two batteries the gateway does not know, on an unsealed site; provisioned again afterwards."""
    first, second, *_ = encharges
    rig.delete([first, second])
    return first, second


@pytest.fixture
def fresh_site(rig: Rig, unsealed_site: None) -> None:
    """A gateway that knows no device at all; provisioned and sealed again afterwards."""
    rig.delete(rig.nodes)
    assert not rig.envoy.zigbee.pairing_status().states, "the gateway knows other devices as well"


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
        measures="time to be shown as lost",
        within_s=LOST_WITHIN_S,
        every_s=5,
    )
    return lossy_encharge


@pytest.fixture
def wrong_key(rig: Rig, encharge: Encharge) -> Secret:
    """A well-formed link key that is not the battery's."""
    right = rig.provision_items[encharge.serial_number].link_key
    assert right is not None
    wrong = Secret(right.reveal()[::-1])
    rig.timeline.redactor.learn(wrong)
    return wrong
