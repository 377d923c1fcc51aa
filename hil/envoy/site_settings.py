"""`envoy.site_settings`: what is configured for the site."""

from hil.envoy.conversation import Conversation
from hil.envoy.dry_contacts import DryContactSettings
from hil.envoy.generator import GenConfig, GenMode, GenSchedule
from hil.envoy.pcs_der import DerPortSettings, PowerControl
from hil.envoy.pel import PowerExportLimit


class SiteSettings:
    """`/ivp/ss`."""

    def __init__(self, conversation: Conversation) -> None:
        self.pel = PowerExportLimit(conversation)
        self.pcs = PowerControl(conversation)
        self.der = DerPortSettings(conversation)
        self.dry_contact = DryContactSettings(conversation)
        self.gen_config = GenConfig(conversation)
        self.gen_mode = GenMode(conversation)
        self.gen_schedule = GenSchedule(conversation)
