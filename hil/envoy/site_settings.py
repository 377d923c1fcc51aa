"""`envoy.site_settings`: what is configured for the site."""

from hil.envoy.conversation import Conversation
from hil.envoy.pel import PowerExportLimit


class SiteSettings:
    """`/ivp/ss`."""

    def __init__(self, conversation: Conversation) -> None:
        self.pel = PowerExportLimit(conversation)
