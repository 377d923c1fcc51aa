"""The radio network's part of a rig's baseline: who may join, who is known, who is heard."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from hil.consoles.node import Node
from hil.envoy.client import Envoy
from hil.envoy.zigbee import ProvisionAnswer, ProvisionItem
from hil.errors import NotAuthorized, NotInTime, NotOffered, RestoreFailed, WrongDevice
from hil.rig.facet import Facet
from hil.vocabulary.zigbee import PAIRED, AssociationCode, PairingState
from hil.waiting import Waiting

PAIR_WITHIN_S = 300.0
"""For the devices of one provisioning to be paired again."""
HEARD_WITHIN_S = 300.0
"""For a device that has joined to be heard by the gateway; it is asked every few seconds."""
LOOK_EVERY_S = 5.0

_ON_THE_WAY = (PairingState.REGISTERED, PairingState.KEY_EXCHANGE)
_KNOWN = PAIRED | {PairingState.JOINING, PairingState.LOST}
"""The gateway knows the device and holds its key; whether it is on the air is another facet."""


@dataclass(frozen=True)
class JoiningAllowed(Facet):
    """Whether a node may join (`DJ`)."""

    node: Node

    @property
    def name(self) -> str:
        return f"{self.node.name}: joining"

    @property
    def wanted(self) -> object:
        return "allowed"

    def read(self) -> object:
        return "forbidden" if self.node.joining_disabled() else "allowed"

    def put_back(self, found: object, now: object) -> None:
        if found == "allowed":
            self.node.enable_joining()
        else:
            self.node.disable_joining()


@dataclass(frozen=True)
class Provisioned(Facet):
    """Which devices the gateway knows, and that it holds the right keys."""

    envoy: Envoy
    items: Mapping[str, ProvisionItem]
    """How each device of the rig is provisioned, by serial number."""
    waiting: Waiting
    name = "provisioned devices"

    @property
    def wanted(self) -> object:
        return dict.fromkeys(sorted(self.items), "known")

    def read(self) -> object:
        states = self.envoy.zigbee.pairing_status().states
        return {
            serial_number: "known" if state in _KNOWN else str(state)
            for serial_number, state in sorted(states.items())
        }

    def put_back(self, found: object, now: object) -> None:
        assert isinstance(found, dict)
        assert isinstance(now, dict)
        if strangers := sorted(set(now) - set(self.items)):
            raise WrongDevice(
                f"the gateway also knows {', '.join(strangers)}, which the rig file does not list; "
                "add them to it, or delete them from the gateway"
            )
        wrong = [serial_number for serial_number in now if now[serial_number] != "known"]
        absent = [serial_number for serial_number in found if serial_number not in now]
        if not absent and all(now[each] in _ON_THE_WAY for each in wrong):
            # Unless it was registered with something wrong: then only its entry expires.
            with suppress(NotInTime):
                self._wait_until_known(found)
                return
        if self.envoy.zigbee.is_sealed():
            self.envoy.zigbee.reopen()
        for each in wrong:  # one by one: a list is taken from release 6.0.92 on
            _accepted(self.envoy.zigbee.deprovision([each]))
        _register(self.envoy, [self.items[serial_number] for serial_number in (*absent, *wrong)])
        self._wait_until_known(found)

    def _wait_until_known(self, found: object) -> None:
        self.waiting.until(
            self.read,
            lambda seen: seen == found,
            what="every device is paired again",
            within_s=PAIR_WITHIN_S,
            every_s=LOOK_EVERY_S,
        )


def _register(envoy: Envoy, items: Sequence[ProvisionItem]) -> None:
    """Provision them; one that is refused, maybe since the gateway knows it, is deleted before.

    Raises:
        RestoreFailed: it is refused all the same; with the reasons.
    """
    answer = envoy.zigbee.provision(items)
    refused = [item.serial_num for item in answer.items if not item.ok]
    if refused:
        known = set(envoy.zigbee.pairing_status().states) & set(refused)
        for serial_number in sorted(known):  # one by one: a list is taken from release 6.0.92 on
            _accepted(envoy.zigbee.deprovision([serial_number]))
        answer = envoy.zigbee.provision([item for item in items if item.serial_num in refused])
    _accepted(answer)


def _accepted(answer: ProvisionAnswer) -> None:
    """Raise RestoreFailed with the reason of each device that was not taken."""
    refused = [
        f"{item.serial_num}: {item.reason or item.status}" for item in answer.items if not item.ok
    ]
    if refused:
        raise RestoreFailed(f"the gateway refused {'; '.join(refused)}")


@dataclass(frozen=True)
class OnTheNetwork(Facet):
    """Whether a node's radio is in the network (`AI`)."""

    node: Node
    envoy: Envoy
    item: ProvisionItem
    """How it is provisioned."""
    commanded = False

    @property
    def name(self) -> str:
        return f"{self.node.name}: radio"

    @property
    def wanted(self) -> object:
        return "joined"

    def read(self) -> object:
        code = self.node.association()
        return "joined" if code == AssociationCode.JOINED else f"out (AI {code:02X})"

    def differs(self, found: object, now: object) -> bool:
        return found == "joined" and now != "joined"

    def put_back(self, found: object, now: object) -> None:
        # Where the token does not let us, the window is as it is.
        with suppress(NotAuthorized, NotOffered):
            self._let_it_in()
        self.node.rejoin()

    def _let_it_in(self) -> None:
        """An unsealed gateway closes its window after a while, and forgets the keys of who is lost.

        Provisioning opens the one and renews the other.
        """
        zigbee = self.envoy.zigbee
        pairing = zigbee.pairing_status()
        is_lost = pairing.states.get(self.item.serial_num) == PairingState.LOST
        if pairing.joining_is_allowed and not is_lost:
            return
        # Firmware may leave the file of a seal behind that it opened: what is only paired tells.
        if PairingState.PAIRED in pairing.states.values() or not zigbee.is_sealed():
            _register(self.envoy, [self.item])


@dataclass(frozen=True)
class Sealed(Facet):
    """Whether the site is sealed. What the seal holds is a promise, not a part of the baseline."""

    envoy: Envoy
    waiting: Waiting
    name = "commissioning seal"

    @property
    def wanted(self) -> object:
        return "sealed"

    def read(self) -> object:
        return "sealed" if self.envoy.zigbee.is_sealed() else "open"

    def put_back(self, found: object, now: object) -> None:
        if found == "sealed":
            # A device whose radio has just come back is not paired yet, and would be in the way.
            self.waiting.until(
                lambda: self.envoy.zigbee.pairing_status().states,
                lambda states: set(states.values()) <= PAIRED,
                what="every device can be sealed",
                within_s=PAIR_WITHIN_S,
                every_s=LOOK_EVERY_S,
            )
            self.envoy.zigbee.commission()
        else:
            self.envoy.zigbee.reopen()


@dataclass(frozen=True)
class Communicating(Facet):
    """Which devices the gateway hears. They come back by themselves once their radio has.

    One that says it has, and is not heard, is started anew.
    """

    envoy: Envoy
    nodes: tuple[Node, ...]
    """Of the rig file; the gateway may list others."""
    waiting: Waiting
    name = "communicating"
    commanded = False

    @property
    def wanted(self) -> object:
        return sorted(node.serial_number for node in self.nodes)

    def read(self) -> object:
        inventory = self.envoy.ensemble.inventory()
        heard = {device.serial_num for device in inventory.devices if device.communicating}
        return sorted(heard & {node.serial_number for node in self.nodes})

    def differs(self, found: object, now: object) -> bool:
        return bool(_missing(found, now))

    def put_back(self, found: object, now: object) -> None:
        silent = [
            node
            for node in self.nodes
            if node.serial_number in _missing(found, now)
            and node.association() == AssociationCode.JOINED
        ]
        with suppress(NotInTime):
            self.waiting.until(
                lambda: _missing(found, self.read()) & {node.serial_number for node in silent},
                lambda unheard: not unheard,
                what="the gateway hears whoever says that it has joined",
                within_s=HEARD_WITHIN_S,
                every_s=LOOK_EVERY_S,
            )
            return
        for node in silent:
            if node.serial_number in _missing(found, self.read()):
                node.start_anew()


def _missing(found: object, now: object) -> set[str]:
    """Which of the serial numbers that were found are not there now."""
    assert isinstance(found, list)
    assert isinstance(now, list)
    return set(found) - set(now)
