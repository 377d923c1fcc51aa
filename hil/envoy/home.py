"""`envoy.home`: the gateway's own front page: its network, and how many devices it hears. Captures of 8.3."""

from pydantic import Field

from hil.envoy.conversation import Conversation
from hil.envoy.document import Document

HOME = "/home"


class Interface(Document):
    """A network interface."""

    type: str
    interface: str
    mac: str | None = None
    """Not of the modem."""
    dhcp: bool
    ip: str | None
    signal_strength: int
    signal_strength_max: int
    carrier: bool
    # Of the wireless one, and of the modem.
    supported: bool | None = None
    present: bool | None = None
    configured: bool | None = None
    status: str | None = None
    network: bool | None = None


class Network(Document):
    """How it reaches the cloud."""

    web_comm: bool
    ever_reported_to_enlighten: bool
    last_enlighten_report_time: int
    """UNIX seconds."""
    primary_interface: str
    interfaces: tuple[Interface, ...]


class Heard(Document):
    """Devices of a kind."""

    num: int
    level: int
    """Bars, 0 to 5."""


class HeardBatteries(Heard):
    """Encharges, by radio."""

    level_24g: int
    level_subg: int


class Comm(Heard):
    """Everybody; by kind: microinverters, AC batteries, Q relays, system switches, Encharges."""

    pcu: Heard
    acb: Heard
    nsrb: Heard
    esub: Heard
    encharge: tuple[HeardBatteries, ...]

    @property
    def encharges(self) -> int:
        """How many."""
        return sum(each.num for each in self.encharge)


class WirelessConnection(Document):
    """A radio of the gateway."""

    signal_strength: int
    signal_strength_max: int
    type: str
    connected: bool


class HomePage(Document):
    """All of it."""

    software_build_epoch: int
    timezone: str
    current_date: str
    """`MM/DD/YYYY` in that zone."""
    current_time: str
    network: Network
    tariff: str
    comm: Comm
    wireless: tuple[WirelessConnection, ...] = Field(alias="wireless_connection")


class Home:
    """`/home`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def read(self) -> HomePage:
        """A slow page: up to a minute on some gateways (public reports)."""
        return self._conversation.get(HomePage, HOME)
