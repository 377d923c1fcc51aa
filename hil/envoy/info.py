"""`envoy.info`: who the gateway is and what it runs."""

from hil.envoy.conversation import Conversation
from hil.envoy.info_page import Info
from hil.envoy.own_temperature import OWN_TEMPERATURE, OwnTemperature


class GatewayInfo:
    """`/info`, and its temperature."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def read(self) -> Info:
        """Ask now; the firmware that other answers are held to is learnt anew."""
        return self._conversation.read_info()

    def own_temperature(self) -> OwnTemperature:
        """How warm its board is."""
        return self._conversation.get(OwnTemperature, OWN_TEMPERATURE)
