"""The gateway's list of devices: registering, deleting, sealing, and the agent's file.

Bodies as in docs/wires/envoy-rest.md; what is refused is assumed, see there.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hil.simulator.network import Network
from hil.simulator.pairing import CORRECTABLE, PairingEvent, following
from hil.simulator.places import PlaceRule
from hil.simulator.site_file import EnchargeTruth, EnpowerTruth
from hil.simulator.world import World
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.identity import is_serial_number
from hil.vocabulary.zigbee import PairingState

_LINK_KEY = re.compile(r"(?!0{32}|F{32})[0-9A-F]{32}")  # an XBee refuses 00… and FF… (0xB2)
KEY_DIGITS = 32
_A_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Item:
    """One device of a provision request, its hexadecimal in upper case. None: was not given."""

    serial_number: str
    link_key: str | None = field(default=None, repr=False)
    mac: str | None = None
    device_type: int | None = None
    phase: int | None = None
    der_index: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one serial number of a request; `reason` where it failed."""

    serial_number: str
    status: str
    reason: str | None = None

    @property
    def ok(self) -> bool:
        return self.reason is None


@dataclass
class Record:
    """A registered device."""

    serial_number: str
    link_key: str = field(repr=False)
    mac: str
    device_type: int | None
    phase: int | None = None
    der_index: int | None = None
    state: PairingState = PairingState.REGISTERED
    commission_time: int = 0
    """UNIX seconds of the seal it was last part of; 0: never."""


@dataclass(frozen=True, slots=True)
class AgentFile:
    """`zigbee_agent_cfg.json`: what the seal wrote down."""

    commission_time: int
    devices: tuple[Record, ...]


class Provisioning:
    """Registration and sealing. Starts in the past of a site that was sealed a day before its epoch."""

    NAME = "gateway provisioning"

    def __init__(
        self,
        world: World,
        network: Network,
        devices: Iterable[EnpowerTruth | EnchargeTruth],
        place_rule: PlaceRule,
    ) -> None:
        self._world, self._network, self._place_rule = world, network, place_rule
        self.records: dict[str, Record] = {}
        self.agent_file: AgentFile | None = None
        world.add(self.NAME, self)
        network.registrar = self
        for device in devices:
            record = Record(
                serial_number=device.serial_number,
                link_key=device.link_key,
                mac=device.mac,
                device_type=device.device_type,
                phase=device.phase if isinstance(device, EnchargeTruth) else None,
                der_index=device.der_index if isinstance(device, EnchargeTruth) else None,
                state=PairingState.PAIRED,
            )
            self.records[device.serial_number] = record
            network.polling.meet(device.serial_number, communicating=True)
        self.seal(commission_time=world.epoch - _A_DAY_S)

    @property
    def sealed(self) -> bool:
        return self._network.sealed

    @property
    def is_commissioning(self) -> bool:
        """Whether a registered device is still to come; `Commission_in_progress` (assumed)."""
        coming = (PairingState.REGISTERED, PairingState.KEY_EXCHANGE)
        return not self.sealed and any(each.state in coming for each in self.records.values())

    def holds_the_relay(self) -> bool:
        """Whether the mains relay has to stay where it is."""
        return self.is_commissioning and not self._world.has_defect("opens-while-commissioning")

    @property
    def unpaired(self) -> tuple[str, ...]:
        """Registered serial numbers that stand in the way of a seal."""
        assumed = self._world.assumptions.gateway
        if not assumed.seal_needs_all_paired or self._world.has_defect("seals-too-early"):
            return ()
        return tuple(
            record.serial_number
            for record in self.records.values()
            if record.state not in (PairingState.PAIRED, PairingState.COMMISSIONED)
        )

    def provision(self, items: Sequence[Item]) -> list[Outcome]:
        """Register each item that can be; the others do not stand in their way."""
        outcomes: list[Outcome] = []
        for item in items:
            if (
                self._world.has_defect("bad-serial-spoils-the-others")
                and not all(is_serial_number(each.serial_number) for each in items)
            ) or not is_serial_number(item.serial_number):
                outcomes.append(_failed(item, "invalid serial"))
            elif any(
                outcome.serial_number == item.serial_number for outcome in outcomes
            ) and not self._world.has_defect("duplicate-goes-unsaid"):
                outcomes.append(_failed(item, "duplicate"))
            elif item.serial_number in self.records:
                outcomes.append(self._provision_again(item, self.records[item.serial_number]))
            else:
                outcomes.append(self._provision_new(item))
        return outcomes

    def deprovision(self, serial_numbers: Iterable[str]) -> list[Outcome]:
        """Delete each of them that is known; its device is sent away, if it hears it."""
        outcomes: list[Outcome] = []
        asked = tuple(serial_numbers)
        if self._world.has_defect("unknown-serial-stops-a-delete") and not (
            set(asked) <= set(self.records)
        ):
            return [Outcome(each, "failed", "not found") for each in asked]
        for serial_number in asked:
            record = self.records.pop(serial_number, None)
            if record is None:
                outcomes.append(Outcome(serial_number, "failed", "not found"))
                continue
            self._network.deregister(record.mac)
            self._network.send_away(record.mac)
            if self.agent_file is not None:
                left = tuple(
                    device
                    for device in self.agent_file.devices
                    if device.serial_number != serial_number
                )
                self.agent_file = AgentFile(self.agent_file.commission_time, left)
            self._world.after(
                self._world.assumptions.gateway.forget_s,
                self.NAME,
                "forget",
                serial_number=serial_number,
            )
            outcomes.append(Outcome(serial_number, "deleted"))
            if self._world.has_defect("delete-stops-after-the-first"):
                break
        return outcomes

    def seal(self, *, commission_time: int | None = None) -> int:
        """Close the network and write the agent's file; returns the commission time.

        A second seal changes nothing. Whoever calls this has looked at `unpaired`.
        """
        if self.agent_file is not None:
            return self.agent_file.commission_time
        time = int(self._network.clock.unix_time) if commission_time is None else commission_time
        for record in self.records.values():
            record.commission_time = time
            self._happened(record.serial_number, PairingEvent.SEALED)
        self._network.seal({r.mac: (r.serial_number, r.link_key) for r in self.records.values()})
        written = tuple(self.records.values())
        if self._world.has_defect("seal-without-last-key"):
            written = written[:-1]
        self.agent_file = AgentFile(time, written)
        return time

    def unseal(self) -> bool:
        """Remove the agent's file and allow joining again; False where there is no seal."""
        if self.agent_file is None:
            return False
        if not self._world.has_defect("reopening-keeps-the-file"):
            self.agent_file = None
        self._network.unseal()
        for serial_number in self.records:
            self._happened(serial_number, PairingEvent.UNSEALED)
        return True

    # What the network tells it.

    def expects(self, eui: str) -> bool:
        return self._by_eui(eui) is not None

    def identified(self, eui: str, serial_number: str, device_type: DeviceType) -> bool:
        """Compare DEV_INFO with the request that this EUI was registered by."""
        record = self._by_eui(eui)
        if record is None:
            return False
        if record.serial_number == serial_number and (
            record.device_type in (None, device_type) or self._world.has_defect("any-type-accepted")
        ):
            record.device_type = device_type
            return True
        self._happened(record.serial_number, PairingEvent.MISIDENTIFIED)
        self._network.deregister(eui)
        self._network.counters.reg_prov_dev_err += 1
        return False

    def configured(self, serial_number: str) -> None:
        self._paired(serial_number, PairingEvent.CONFIGURED)

    def keys_agreed(self, serial_number: str) -> None:
        self._happened(serial_number, PairingEvent.KEYS_AGREED)

    def key_refused(self, serial_number: str) -> None:
        if self._world.has_defect("one-wrong-key-at-a-time") and any(
            record.state is PairingState.KEY_FAIL
            for record in self.records.values()
            if record.serial_number != serial_number
        ):
            return
        self._happened(serial_number, PairingEvent.KEY_REFUSED)

    def key_expired(self, serial_number: str) -> None:
        self._happened(serial_number, PairingEvent.KEY_EXPIRED)

    def left(self, serial_number: str) -> None:
        self._happened(serial_number, PairingEvent.LEFT)

    def lost(self, serial_number: str) -> None:
        self._happened(serial_number, PairingEvent.LOST)

    def heard_again(self, serial_number: str) -> None:
        if not self._world.has_defect("found-device-stays-lost"):
            self._paired(serial_number, PairingEvent.HEARD_AGAIN)

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A timer has run out: a deleted device leaves the inventory, unless it is back."""
        if event != "forget":
            raise ValueError(f"provisioning knows no event {event!r}")
        serial_number = str(payload["serial_number"])
        if self._world.has_defect("deleted-device-stays-listed"):
            return
        if serial_number not in self.records or not self._network.is_joined(serial_number):
            self._network.polling.forget(serial_number)

    def restarted(self) -> None:
        """The gateway has booted: what the seal wrote down is there, anything else is lost."""
        if self._world.has_defect("reboot-forgets-the-seal"):
            self.agent_file, self._network.sealed = None, False
        if not self.sealed:
            for serial_number in self.records:
                self._network.polling.forget(serial_number)
            self.records.clear()

    def _provision_new(self, item: Item) -> Outcome:
        if item.link_key is None or not self._may_be_a_key(item.link_key):
            return _failed(item, "invalid key")
        if self._refuses_strangers:
            return _failed(item, "sealed")
        if len(self.records) >= self._world.assumptions.gateway.max_devices:
            if self._world.has_defect("no-room-forgets-the-oldest"):
                del self.records[next(iter(self.records))]
            return _failed(item, "no room")
        taken = {record.phase for record in self.records.values()}
        if item.device_type == DeviceType.ENCHARGE and (
            reason := self._place_rule.objection(item.phase, item.der_index, taken=taken)
        ):
            return _failed(item, reason)
        mac = item.mac or ""
        if self._world.has_defect("mac-is-ignored"):
            mac = self._network.eui_of(item.serial_number) or mac
        record = Record(
            serial_number=item.serial_number,
            link_key=item.link_key,
            mac=mac,
            device_type=item.device_type,
            phase=item.phase,
            der_index=item.der_index,
        )
        self.records[item.serial_number] = record
        self._network.register(record.serial_number, record.mac, record.link_key)
        return Outcome(item.serial_number, "registered")

    def _provision_again(self, item: Item, record: Record) -> Outcome:
        link_key = record.link_key if item.link_key is None else item.link_key
        if not self._may_be_a_key(link_key):
            return _failed(item, "invalid key")
        if self._refuses_the_same and link_key == record.link_key:
            return _failed(item, "already provisioned")
        corrected = link_key != record.link_key
        if record.state in CORRECTABLE:
            mac = record.mac if item.mac is None else item.mac
            device_type = record.device_type if item.device_type is None else item.device_type
            corrected |= (mac, device_type) != (record.mac, record.device_type)
            if mac != record.mac:
                self._network.deregister(record.mac)
            record.link_key, record.mac, record.device_type = link_key, mac, device_type
            self._happened(record.serial_number, PairingEvent.REGISTERED_ANEW)
        elif corrected:
            if self.agent_file is None or not self._world.has_defect("sealed-key-is-replaced"):
                return _failed(item, "key conflict")
            record.link_key = link_key
        if not self.sealed:
            self._network.register(record.serial_number, record.mac, record.link_key)
        return Outcome(item.serial_number, "registered" if corrected else "already provisioned")

    @property
    def _refuses_the_same(self) -> bool:
        accepts = self._world.assumptions.gateway.same_again_is_accepted
        return not accepts or self._world.has_defect("same-again-is-refused")

    @property
    def _refuses_strangers(self) -> bool:
        refuses = self._world.assumptions.gateway.sealed_refuses_new_devices
        return self.sealed and refuses and not self._world.has_defect("sealed-site-takes-strangers")

    def _may_be_a_key(self, link_key: str) -> bool:
        if self._world.has_defect("any-key-accepted"):
            return len(link_key) == KEY_DIGITS
        return _LINK_KEY.fullmatch(link_key) is not None

    def _by_eui(self, eui: str) -> Record | None:
        return next((record for record in self.records.values() if record.mac == eui), None)

    def _paired(self, serial_number: str, event: PairingEvent) -> None:
        self._happened(serial_number, event)
        if self.sealed:
            self._happened(serial_number, PairingEvent.SEALED)

    def _happened(self, serial_number: str, event: PairingEvent) -> None:
        record = self.records.get(serial_number)
        if record is not None:
            record.state = following(record.state, event)


def _failed(item: Item, reason: str) -> Outcome:
    return Outcome(item.serial_number, "failed", reason)
