"""`/ivp/ensemble/inventory`: groups of devices. Source: captures of 7.3 to 8.3."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from hil.envoy.document import Bare, Document, GridModeWord, MainsWord, Since, Temperature, Until
from hil.errors import Unintelligible


class InventoryDevice(Document):
    """What every battery and system switch says."""

    part_num: str
    serial_num: str
    installed: int
    """UNIX seconds; this and the two other dates jump when the gateway restarts."""
    created_date: int
    img_load_date: int
    device_status: tuple[str, ...]
    last_rpt_date: int
    """UNIX seconds of the last full report; up to seven minutes old on a healthy device."""
    admin_state: int
    admin_state_str: str
    img_pnum_running: str
    communicating: bool
    """Whether it still answers the gateway's polls."""
    temperature: Temperature
    """°C of a battery, °F of an Enpower."""
    comm_level_sub_ghz: int
    comm_level_2_4_ghz: int
    """Bars, 0 to 5; 0 is healthy on a device that is wired."""
    zigbee_dongle_fw_version: Annotated[str | None, Until("8.0")] = None
    operating: Annotated[bool | None, Until("8.0")] = None


class EnchargeEntry(InventoryDevice):
    """A battery."""

    bmu_fw_version: Annotated[str | None, Since("7.0")] = None
    # One system only, 8.3.6086.
    bmu_ibl_fw_version: str | None = None
    # Firmware of 2021 only.
    real_power_w: int | None = None
    sleep_enabled: bool
    percent_full: int = Field(alias="percentFull")
    """State of charge, percent."""
    max_cell_temp: Temperature = Field(alias="maxCellTemp")
    """°C."""
    led_status: int
    dc_switch_off: bool
    encharge_rev: int
    encharge_capacity: int
    """Wh."""
    phase: Annotated[str | None, Since("8.1")] = None
    """`ph-a`, …; every battery of a split-phase site says `ph-a`."""
    der_index: Annotated[int | None, Since("8.1")] = None
    reported_enc_grid_state: Annotated[GridModeWord | None, Since("8.2.127")] = None
    """No sign of the grid: captures read `grid-tied` in an island too."""


class EnpowerEntry(InventoryDevice):
    """The system switch."""

    mains_admin_state: MainsWord
    mains_oper_state: MainsWord
    enpwr_grid_mode: GridModeWord = Field(alias="Enpwr_grid_mode")
    enchg_grid_mode: GridModeWord = Field(alias="Enchg_grid_mode")
    enpwr_relay_state_bm: int = Field(alias="Enpwr_relay_state_bm")
    """A bitmask; bit 8 is the mains relay closed (all captures), the rest differs by hardware."""
    enpwr_curr_state_id: int = Field(alias="Enpwr_curr_state_id")
    """16 closed, 128 on the generator, 256 no grid."""

    @property
    def mains_relay_is_closed(self) -> bool:
        """By bit 8 of `enpwr_relay_state_bm`."""
        return bool(self.enpwr_relay_state_bm & 1 << 8)


class OtherEntry(Document):
    """Hardware that is not tested here: collar, combiner controller, …"""

    described = False

    serial_num: str
    part_num: str


class EnchargeGroup(Document):
    """The batteries; may be there and empty."""

    type: Literal["ENCHARGE"]
    devices: tuple[EnchargeEntry, ...]


class EnpowerGroup(Document):
    """The system switch."""

    type: Literal["ENPOWER"]
    devices: tuple[EnpowerEntry, ...]
    # One system only, 8.3.6086.
    is_mid_device: bool | None = Field(alias="isMidDevice", default=None)


class OtherGroup(Document):
    """Any other kind."""

    type: str
    devices: tuple[OtherEntry, ...]


class ProfileGroup(Document):
    """The grid profile, as an element without a type, on firmware of 2021 (one capture)."""

    grid_profile_name: str
    id: str
    grid_profile_version: str
    item_count: int


def _kind(value: object) -> str:
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    if kind in ("ENCHARGE", "ENPOWER"):
        return str(kind)
    if kind is None and isinstance(value, dict) and "grid_profile_name" in value:
        return "profile"
    return "profile" if isinstance(value, ProfileGroup) else "other"


Group = Annotated[
    Annotated[EnchargeGroup, Tag("ENCHARGE")]
    | Annotated[EnpowerGroup, Tag("ENPOWER")]
    | Annotated[ProfileGroup, Tag("profile")]
    | Annotated[OtherGroup, Tag("other")],
    Discriminator(_kind),
]


class Inventory(Bare[tuple[Group, ...]]):
    """The groups in the gateway's order; empty on a site without batteries and switch."""

    @property
    def encharges(self) -> list[EnchargeEntry]:
        return [
            device
            for group in self.root
            if isinstance(group, EnchargeGroup)
            for device in group.devices
        ]

    @property
    def enpowers(self) -> list[EnpowerEntry]:
        return [
            device
            for group in self.root
            if isinstance(group, EnpowerGroup)
            for device in group.devices
        ]

    @property
    def devices(self) -> list[InventoryDevice]:
        """Batteries, then switches."""
        return [*self.encharges, *self.enpowers]

    @property
    def serial_numbers(self) -> list[str]:
        """Of `devices`."""
        return [device.serial_num for device in self.devices]

    def device(self, serial_number: str) -> InventoryDevice:
        """The one with this serial number.

        Raises:
            Unintelligible: it is not listed; says who is.
        """
        for device in self.devices:
            if device.serial_num == serial_number:
                return device
        raise Unintelligible(
            f"/ivp/ensemble/inventory does not list {serial_number}; it lists "
            f"{', '.join(self.serial_numbers) or 'no device'}"
        )
