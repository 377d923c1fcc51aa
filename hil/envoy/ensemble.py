"""`envoy.ensemble`: batteries and system switch as the gateway sees them, and the mains relay."""

from collections.abc import Mapping

from hil.envoy.conversation import Conversation
from hil.envoy.ensemble_status import EnsembleStatus
from hil.envoy.inventory import Inventory
from hil.envoy.relay import Relay
from hil.envoy.sealed_devices import SealedDevices
from hil.vocabulary.grid import MainsState

INVENTORY = "/ivp/ensemble/inventory"
STATUS = "/ivp/ensemble/status"
RELAY = "/ivp/ensemble/relay"
DEVICES = "/ivp/ensemble/devices"


class Ensemble:
    """`/ivp/ensemble`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

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
