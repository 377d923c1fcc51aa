"""`envoy.device_inventory`: what hangs on the power lines. Source: captures of 8.3.

Not the inventory of Ensemble, which lists what is on the radio.
"""

from pydantic import Field, JsonValue

from hil.envoy.conversation import Conversation
from hil.envoy.document import Bare, Document

INVENTORY, ACB_CONFIG = "/inventory.json?deleted=1", "/admin/lib/acb_config"


class LineDevice(Document):
    """A device; its numbers are texts, but for the last ones."""

    part_num: str
    serial_num: str
    installed: str
    """UNIX seconds."""
    created_date: str
    img_load_date: str
    last_rpt_date: str
    device_status: tuple[str, ...]
    admin_state: int
    """1 discovered, 2 verified, 3 deleted (public documentation)."""
    dev_type: int
    img_pnum_running: str
    ptpn: str
    channel_eid: int = Field(alias="chaneid")
    device_control: tuple[JsonValue, ...]
    # Not of one that was taken out of the site.
    producing: bool | None = None
    communicating: bool | None = None
    provisioned: bool | None = None
    operating: bool | None = None
    phase: str | None = None


class Group(Document):
    """Devices of one kind: `PCU`, `ACB`, `NSRB`, `ESUB`."""

    type: str
    devices: tuple[LineDevice, ...]


class DeviceInventory(Bare[tuple[Group, ...]]):
    """By kind; with `deleted=1` those that were taken out of the site, too."""

    def serial_numbers(self, kind: str) -> list[str]:
        """Of the devices of that kind that are in the site."""
        return [each.serial_num for each in self._of(kind)]

    def heard(self, kind: str) -> list[str]:
        """Of those among them that communicate."""
        return [each.serial_num for each in self._of(kind) if each.communicating]

    def _of(self, kind: str) -> list[LineDevice]:
        devices = (each for group in self.root if group.type == kind for each in group.devices)
        return [each for each in devices if each.producing is not None]


class AcbConfig(Document):
    """Which AC batteries sleep."""

    acb_sleep: tuple[JsonValue, ...]


class DeviceInventoryPage:
    """`/inventory.json`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def read(self) -> DeviceInventory:
        """A slow page: some 20 s on some gateways (public reports)."""
        return self._conversation.get(DeviceInventory, INVENTORY)
