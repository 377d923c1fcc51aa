"""`envoy.ensemble`: batteries and system switch as the gateway sees them, and the mains relay."""

from collections.abc import Mapping

from hil.envoy.conversation import Conversation
from hil.envoy.dry_contacts import DryContacts
from hil.envoy.ensemble_status import EnsembleStatus
from hil.envoy.generator import Generator
from hil.envoy.inventory import Inventory
from hil.envoy.power import EnsemblePower
from hil.envoy.raw_data import RawData
from hil.envoy.relay import Relay
from hil.envoy.sealed_devices import SealedDevices
from hil.envoy.secondary_control import SecondaryControl
from hil.envoy.submodules import SubModules
from hil.envoy.zigbee import ProvisionItem, entries_of
from hil.vocabulary.grid import MainsState

INVENTORY = "/ivp/ensemble/inventory"
STATUS = "/ivp/ensemble/status"
RELAY = "/ivp/ensemble/relay"
DEVICES = "/ivp/ensemble/devices"
POWER = "/ivp/ensemble/power"
SUBMODULES = "/ivp/ensemble/submod"
RAW_DATA = "/ivp/ensemble/dataraw"
DRY_CONTACTS = "/ivp/ensemble/dry_contacts"
SECONDARY_CONTROL = "/ivp/ensemble/secctrl"
GENERATOR = "/ivp/ensemble/generator"


class Ensemble:
    """`/ivp/ensemble`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self.contacts_were_commanded = False
        """Whether this process has commanded a dry contact."""

    def inventory(self) -> Inventory:
        """Every device, with its firmware, charge and radio."""
        return self._conversation.get(Inventory, INVENTORY)

    def status(self) -> EnsembleStatus:
        """Devices with their sub-modules, secondary control and relay, in one document."""
        return self._conversation.get(EnsembleStatus, STATUS)

    def relay(self) -> Relay:
        """The mains relay and the modes that follow it."""
        return self._conversation.get(Relay, RELAY)

    def open_relay(self) -> Relay:
        """Command the site off the grid; returns at once, the relay follows in its own time."""
        return self.command_relay({"mains_admin_state": MainsState.OPEN})

    def close_relay(self) -> Relay:
        """Command the site back on the grid; returns at once, the relay follows."""
        return self.command_relay({"mains_admin_state": MainsState.CLOSED})

    def command_relay(self, body: Mapping[str, object] | str | bytes) -> Relay:
        """POST any body, legal or not; what the relay then says."""
        return self._conversation.post(Relay, RELAY, body)

    def devices(self) -> SealedDevices:
        """The Zigbee-era list of commissioned devices."""
        return self._conversation.get(SealedDevices, DEVICES)

    def add_devices(self, *items: ProvisionItem | Mapping[str, object]) -> SealedDevices:
        """Add batteries to the list; they pair in their own time. What the list then is.

        Raises:
            Refused: the gateway did not take one of them.
        """
        self.add_devices_raw({"serial_nums": entries_of(items)})
        return self.devices()

    def add_devices_raw(self, body: Mapping[str, object] | str | bytes) -> None:
        """POST any body, legal or not; what the answer holds is not known."""
        self._conversation.accept(self._conversation.send(DEVICES, body))

    def power(self) -> EnsemblePower:
        """What each battery gives or takes."""
        return self._conversation.get(EnsemblePower, POWER)

    def submodules(self) -> SubModules:
        """The boards inside each device."""
        return self._conversation.get(SubModules, SUBMODULES)

    def raw_data(self, serial_number: str) -> RawData:
        """Telemetry of one battery and its boards, as it was sent.

        Raises:
            NotOffered: nobody has this serial number.
        """
        return self._conversation.get(RawData, f"{RAW_DATA}/{serial_number}")

    def dry_contacts(self) -> DryContacts:
        """Where the dry contacts are."""
        return self._conversation.get(DryContacts, DRY_CONTACTS)

    def command_dry_contact(self, name: str, status: str) -> None:
        """Command one contact `open` or `closed`; returns at once, it shows 3 to 4 s later.

        Raises:
            Refused: the gateway did not take it.
        """
        self.command_dry_contacts({"dry_contacts": {"id": name, "status": status}})

    def command_dry_contacts(self, body: Mapping[str, object] | str | bytes) -> None:
        """POST any body, legal or not; what the answer holds is not known."""
        self.contacts_were_commanded = True
        self._conversation.accept(self._conversation.send(DRY_CONTACTS, body))

    def secondary_control(self) -> SecondaryControl:
        """Biases, energies and states of charge."""
        return self._conversation.get(SecondaryControl, SECONDARY_CONTROL)

    def override_biases(self, body: Mapping[str, object] | str | bytes) -> None:
        """Have the biases read otherwise until secondary control writes them anew, seconds later.

        By their own names, as `{"freq_bias_hz": -0.1}` (assumed); any body is sent, legal or not.

        Raises:
            Refused: the gateway did not take it.
        """
        self._conversation.accept(self._conversation.send(SECONDARY_CONTROL, body))

    def generator(self) -> Generator:
        """How the generator runs."""
        return self._conversation.get(Generator, GENERATOR)
