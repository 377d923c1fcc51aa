"""`envoy.info`: who the gateway is and what it runs."""

from hil.envoy.conversation import Conversation
from hil.envoy.info_page import Info


class GatewayInfo:
    """`/info`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def read(self) -> Info:
        """Ask now; the firmware that other answers are held to is learnt anew."""
        return self._conversation.read_info()
