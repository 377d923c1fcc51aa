"""`envoy.secondary_control.pv_limit`, `.set_point`, `.third_party_pv`: what `/ivp/sc` is told.

`pvlimit`: captures of 7.3 to 8.3, always off; that it is written with POST is assumed. Of the other two
the interface page has the paths and what they are for, and nobody a body.
"""

from hil.envoy.conversation import Conversation
from hil.envoy.document import Document, Number
from hil.envoy.settings import SettingsGroup

PV_LIMIT = "/ivp/sc/pvlimit"
SET_POINT = "/ivp/sc/setp_override"
THIRD_PARTY_PV = "/ivp/sc/third_party_pv"


class PvLimit(Document):
    """How much of what they are rated the inverters give at most."""

    enable: bool
    pv_limit_pct: int


class SetPointOverride(Document):
    """What the batteries are told in place of what was computed; percent of their rating, negative
    charges. For debugging, says the interface page.
    """

    enable: bool
    setpoint_pct: Number


class ThirdPartyInverter(Document):
    """An inverter of another maker."""

    serial_num: str
    ac_nameplate_w: Number
    freq_watt: bool
    """Whether it gives less when the frequency rises."""


class ThirdPartyPv(Document):
    """All of them."""

    third_party_pv: tuple[ThirdPartyInverter, ...]


class PvLimitSettings(SettingsGroup[PvLimit]):
    """`/ivp/sc/pvlimit`."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation, PV_LIMIT, PvLimit)


class SetPointSettings(SettingsGroup[SetPointOverride]):
    """`/ivp/sc/setp_override`."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation, SET_POINT, SetPointOverride)


class ThirdPartyPvSettings(SettingsGroup[ThirdPartyPv]):
    """`/ivp/sc/third_party_pv`."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation, THIRD_PARTY_PV, ThirdPartyPv)
