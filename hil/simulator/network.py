"""The gateway's side of the radio: PAN, permit-join window, link keys, and who has joined.

Source: Digi's XBee 3 Zigbee manual (trust centre, key table, permit-join window).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from hil.simulator.gateway_clock import GatewayClock
from hil.simulator.network_parties import Radio, Registrar
from hil.simulator.polling import NodeView, Polling
from hil.simulator.site_file import GatewayTruth
from hil.simulator.world import World
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.zigbee import AssociationCode, NetworkMode

UNASKED_S = 6.0
"""How long the defect goes on hearing devices after somebody has asked for them."""


@dataclass
class KeyEntry:
    """A link key in the trust centre's table; at infinity it is held until it is taken out."""

    serial_number: str
    link_key: str = field(repr=False)
    expires_s: float


@dataclass
class Member:
    """A node of the network. `orphaned` is the event that will strike it off, if one is due."""

    serial_number: str
    node_id: str
    """Four hexadecimal digits."""
    orphaned: int | None = None


@dataclass
class Counters:
    """`zigbee_counters` of `/ivp/zb/status`, by the names on the wire (public capture)."""

    rx_packets: int = 0
    rx_err: int = 0
    tx_packets: int = 0
    tx_err: int = 0
    tx_comp_err: int = 0
    reg_prov_dev: int = 0
    reg_prov_dev_err: int = 0
    dereg_prov_dev: int = 0
    dereg_prov_dev_err: int = 0
    rx_hello_msg: int = 0
    tx_dev_info_req: int = 0
    rx_dev_info_rsp: int = 0


class Network:
    """The coordinator. EUIs and keys are upper-case hexadecimal throughout."""

    NAME = "gateway network"

    registrar: Registrar
    """Set by the provisioning that takes this network over."""

    def __init__(self, world: World, gateway: GatewayTruth) -> None:
        self._world = world
        self.pan_id = gateway.pan_id
        self.extended_pan_id = gateway.extended_pan_id
        self.channel = gateway.channel
        self.sealed = False
        self.powered = True
        """Whether the gateway is up; while it is not, the coordinator hears nobody."""
        self.has_restarted = False
        """Whether the gateway has lost its power since the site was built; for a defect."""
        self.counters = Counters()
        self.buffers_in_use = 0
        """Of those that messages to and from the radio go through."""
        self.asked_at_s = -math.inf
        """When somebody asked last how far devices are with pairing; for a defect."""
        self.members: dict[str, Member] = {}
        self._window_closes_s = -math.inf
        self._keys: dict[str, KeyEntry] = {}
        self._radios: dict[str, Radio] = {}
        self._to_send_away: set[str] = set()
        """EUIs of those who have not heard that they are to leave; forgotten with the power."""
        self._by_serial_number: dict[str, Radio] = {}
        self.on_report: Callable[[str], None] = _nobody
        """Called with the serial number of whoever has just reported."""
        self.on_power: Callable[[str, bool], None] = _nobody
        """Called with the serial number of whose power was cut (False) or is back (True)."""
        world.add(self.NAME, self)
        self.clock = GatewayClock(world)
        """What the gateway dates by."""
        self.polling = Polling(world, self, self.clock)

    # What the rest of the gateway asks of it.

    @property
    def mode(self) -> NetworkMode:
        """Whether the permit-join window is open now."""
        is_open = self._world.now_s < self._window_closes_s
        return NetworkMode.JOIN_ENABLED if is_open else NetworkMode.JOIN_DISABLED

    @property
    def max_payload_bytes(self) -> int:
        """What one message to a device may hold."""
        return self._world.assumptions.gateway.max_payload_bytes

    @property
    def inventory(self) -> tuple[str, ...]:
        """Serial numbers of the devices the gateway lists."""
        return self.polling.inventory

    def view(self, serial_number: str) -> NodeView:
        """One device as the gateway sees it now.

        Raises:
            KeyError: it is not in the inventory.
        """
        return self.polling.view(serial_number)

    def eui_of(self, serial_number: str) -> str | None:
        """What only a device itself knows; for a defect."""
        euis = (eui for eui, radio in self._radios.items() if radio.serial_number == serial_number)
        return next(euis, None)

    def register(self, serial_number: str, eui: str, link_key: str) -> None:
        """Put a key into the table (it stays there for KT seconds) and open the window."""
        ttl_s = self._world.assumptions.gateway.key_entry_ttl_s
        self._keys[eui] = KeyEntry(serial_number, link_key, self._world.now_s + ttl_s)
        self._world.after(ttl_s, self.NAME, "key expires", eui=eui)
        self.counters.reg_prov_dev += not self._world.has_defect("registrations-not-counted")
        self.open_window()

    def deregister(self, eui: str) -> None:
        """Take a key out of the table; a node that has it stays where it is."""
        if self._world.has_defect("delete-keeps-the-key"):
            return
        if self._keys.pop(eui, None) is not None:
            self.counters.dereg_prov_dev += not self._world.has_defect("deletions-not-counted")

    def send_away(self, eui: str) -> None:
        """Send a ZDO leave; one that is out of reach may be sent it again once it is heard."""
        self.counters.tx_packets += 1
        is_repeated = self._world.assumptions.gateway.unheard_leave_is_repeated
        if (radio := self._radios.get(eui)) is not None and not radio.in_reach and is_repeated:
            self._to_send_away.add(eui)
        elif eui in self.members:
            self._radios[eui].told_to_leave()

    def open_window(self) -> None:
        """Permit joining for a while, also to those the coordinator does not know."""
        self._window_closes_s = self._world.now_s + self._world.assumptions.gateway.permit_join_s

    def seal(self, held: dict[str, tuple[str, str]]) -> None:
        """Close the window and hold these keys (EUI → serial number, key) for good.

        A sealed coordinator admits the devices it holds a key of, although its window is closed.
        """
        self.sealed = True
        if not self._world.has_defect("seal-leaves-joining-open"):
            self._window_closes_s = -math.inf
        self._keys = {
            eui: KeyEntry(serial_number, link_key, math.inf)
            for eui, (serial_number, link_key) in held.items()
        }

    def unseal(self) -> None:
        """Open the window; the keys that were held expire from now on."""
        self.sealed = False
        ttl_s = self._world.assumptions.gateway.key_entry_ttl_s
        for eui, entry in self._keys.items():
            entry.expires_s = self._world.now_s + ttl_s
            self._world.after(ttl_s, self.NAME, "key expires", eui=eui)
        self.open_window()

    def power_lost(self) -> None:
        """The gateway is gone; its devices stay where they are (orphans are not modelled)."""
        self.powered = False
        self._world.touch()
        self._window_closes_s = -math.inf
        self._to_send_away.clear()
        self.polling.stop()

    def power_back(self) -> None:
        """The gateway is up; a sealed one holds its keys, another has none left."""
        self.powered = self.has_restarted = True
        self._world.touch()
        if not self.sealed:
            self._keys.clear()
            if self._world.assumptions.gateway.restart_without_list_sends_nodes_away:
                for eui in tuple(self.members):
                    self.send_away(eui)
        self.polling.restart()

    # What devices do on the air.

    def attach(self, radio: Radio) -> None:
        """A device is within range from now on."""
        self._radios[radio.eui] = radio
        self._by_serial_number[radio.serial_number] = radio

    def permits_joining(self, eui: str) -> bool:
        """What its beacon says to this device."""
        if not self.powered:
            return False
        if self.mode is NetworkMode.JOIN_ENABLED or self._world.has_defect("closed-window-admits"):
            return True
        admits = self._world.assumptions.gateway.sealed_admits_known_devices
        return self.sealed and admits and eui in self._keys

    def trusts(self, eui: str, link_key: str) -> bool:
        """Whether a device with this key could read the network key sent to it."""
        entry = self._keys.get(eui)
        if entry is None or not self.powered:
            return False
        return entry.link_key == link_key or self._world.has_defect("wrong-key-accepted")

    def joined(self, radio: Radio) -> str:
        """A device has the network key; returns the 16-bit id it gets."""
        node_id = self.take_in(radio)
        if self._world.has_defect("rejoin-leaks-a-buffer"):
            self.buffers_in_use += 1
        entry = self._keys.get(radio.eui)
        if entry is not None:
            self.registrar.keys_agreed(entry.serial_number)
        return node_id

    def take_in(self, radio: Radio) -> str:
        """Count a device among the nodes, without any handshake; returns its 16-bit id."""
        before = self.members.get(radio.eui)
        if before is not None:
            self._world.cancel(before.orphaned)  # it had fallen silent, and is here again
        self._to_send_away.discard(radio.eui)
        taken = {member.node_id for member in self.members.values()}
        while True:
            luck = self._world.chance(radio.serial_number, "node id")
            node_id = f"{1 + int(luck * 0xFFF6):04X}"
            if node_id not in taken:
                self.members[radio.eui] = Member(radio.serial_number, node_id)
                return node_id

    def refused(self, eui: str) -> AssociationCode:
        """A device gave up without the network key; returns what its radio says about it."""
        entry = self._keys.get(eui)
        if entry is None or not self.powered:
            return AssociationCode.NETWORK_KEY_NOT_RECEIVED
        self.counters.reg_prov_dev_err += not self._world.has_defect("refused-keys-not-counted")
        self.registrar.key_refused(entry.serial_number)
        return AssociationCode.WRONG_LINK_KEY

    def resumed(self, radio: Radio, node_id: str) -> None:
        """A device is back in the network it remembers, under the id it had."""
        was_struck_off = radio.eui not in self.members
        member = self.members.setdefault(radio.eui, Member(radio.serial_number, node_id))
        self._world.cancel(member.orphaned)
        member.orphaned = None
        if radio.eui in self._to_send_away:
            self._to_send_away.discard(radio.eui)
            radio.told_to_leave()
        elif was_struck_off and self.powered and radio.operational:
            # It was back before polling had given it up, which would have said so.
            self.heard_again(radio.serial_number)

    def hello(self, radio: Radio, device_type: DeviceType) -> bool:
        """A device says HELLO; whether it is asked for its DEV_INFO, gives it, and may stay."""
        if not self.powered:
            return False
        self.counters.rx_packets += 1
        self.counters.rx_hello_msg += not self._world.has_defect("hellos-not-counted")
        if not self.registrar.expects(radio.eui):
            return False
        unasked = self._world.now_s - self.asked_at_s > UNASKED_S
        if self._world.has_defect("pairs-only-when-asked") and unasked and not self.sealed:
            return False
        self.counters.tx_packets += 1
        self.counters.tx_dev_info_req += 1
        self.counters.rx_packets += 1
        self.counters.rx_dev_info_rsp += not self._world.has_defect("device-info-not-counted")
        return self.registrar.identified(radio.eui, radio.serial_number, device_type)

    def configured(self, serial_number: str) -> None:
        """A device has its META and inventory exchange behind it."""
        self.counters.rx_packets += 1
        self.registrar.configured(serial_number)
        if self.polling.meet(serial_number):
            self.on_report(serial_number)

    def reported(self, serial_number: str) -> None:
        """A device sends its report."""
        if not self.powered:
            return
        self.counters.rx_packets += 1
        if self.polling.reported(serial_number):
            self.on_report(serial_number)

    def left(self, eui: str) -> None:
        """A leave frame was heard."""
        member = self.members.get(eui)
        if member is not None:
            if not self._world.has_defect("left-node-stays-joined"):
                del self.members[eui]
            self._world.cancel(member.orphaned)
            self.registrar.left(member.serial_number)
            if self._world.has_defect("lost-at-once"):
                self.polling.give_up(member.serial_number)

    def fell_silent(self, eui: str) -> None:
        """A device is gone without a word; the coordinator notices after a while."""
        member = self.members.get(eui)
        if member is not None and member.orphaned is None:
            delay_s = self._world.assumptions.zigbee.orphan_detect_s
            member.orphaned = self._world.after(delay_s, self.NAME, "orphaned", eui=eui)

    # What polling asks of it.

    def is_operational(self, serial_number: str) -> bool:
        radio = self._by_serial_number.get(serial_number)
        if radio is None or not radio.in_reach:
            return False
        return radio.operational or (radio.path.is_double and radio.running)

    def fading(self, serial_number: str) -> float:
        radio = self._by_serial_number.get(serial_number)
        return 0.0 if radio is None else radio.path.fading

    def is_joined(self, serial_number: str) -> bool:
        return any(member.serial_number == serial_number for member in self.members.values())

    def count_poll(self, *, delivered: bool, answered: bool) -> None:
        self.counters.tx_packets += 1
        if not self._world.has_defect("lost-polls-not-counted"):
            self.counters.tx_err += not delivered
        self.counters.rx_packets += answered

    def lost(self, serial_number: str) -> None:
        self.registrar.lost(serial_number)

    def heard_again(self, serial_number: str) -> None:
        self.registrar.heard_again(serial_number)

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A timer of the coordinator has run out."""
        eui = str(payload["eui"])
        match event:
            case "key expires":
                entry = self._keys.get(eui)
                if entry is not None and entry.expires_s <= self._world.now_s:
                    del self._keys[eui]
                    if self._world.has_defect("expired-entry-unsaid"):
                        return
                    self.registrar.key_expired(entry.serial_number)
            case "orphaned":
                self.left(eui)
            case _:
                raise ValueError(f"the coordinator knows no event {event!r}")


def _nobody(*what: object) -> None:
    pass
