"""`/ivp/ensemble/status`: devices by serial number, with their boards. Source: captures 7.3 to 8.3.

Its names differ from the inventory's (`part_number` here, `part_num` there), and it lists devices
that the inventory hides (communications kit, gateway unit).
"""

from typing import Annotated

from pydantic import Discriminator, JsonValue, Tag

from hil.envoy.document import Document, GridModeWord, Since, Until
from hil.envoy.relay import Relay
from hil.vocabulary.devices import DeviceType


class Part(Document):
    """The number of a loaded image."""

    part_number: str
    assembly_number: str


class Board(Document):
    """A sub-module: a battery's inverters, its management unit, a controller board."""

    device_type: int
    admin_state: int
    part_number: str
    assembly_number: str
    dmir: Part
    procload: Part
    # Only of the 10C battery (8.3.1598, one system).
    alternate_device_type: int | None = None
    fsm_state: str | None = None
    rated_power: int | None = None
    is_ll: bool | None = None
    pcu_phase: str | None = None


class DeviceStatus(Document):
    """Any device."""

    device_type: int
    """`hil.vocabulary.devices.DeviceType`, and more that are not tested here."""
    admin_state: int
    admin_state_str: str
    msg_retry_count: int
    part_number: str
    assembly_number: str
    app_fw_version: str
    ibl_fw_version: str
    swift_asic_fw_version: str
    bmu_fw_version: str
    submodule_count: int
    submodules: dict[str, Board]
    com_interface_str: Annotated[str | None, Since("8.1")] = None
    """`ZigBee`, `CAN`, `USB`."""
    device_id: Annotated[str | None, Since("8.1")] = None
    # By hardware rather than by firmware: absent on wired devices, and on some Zigbee ones.
    zb_fw_version: str | None = None
    zb_bootloader_vers: str | None = None
    # Only where the newest hardware is (8.3.1598 and later).
    prop_set: bool | None = None
    installed: int | None = None
    bmu_ibl_fw_version: str | None = None
    dmir: Part | None = None
    procload: Part | None = None


class EnchargeStatus(DeviceStatus):
    """A battery."""

    reported_grid_mode: GridModeWord
    phase: int | str
    """1 to 3 on firmware 7, `ph-a` and so on from 8 on."""
    encharge_revision: int
    encharge_capacity: int
    """Wh."""
    encharge_rated_power: int
    """W."""
    der_index: Annotated[int | None, Since("8.1")] = None
    reported_enc_grid_state: Annotated[GridModeWord | None, Since("8.2.127")] = None


def _kind(value: object) -> str:
    found = value.get("device_type") if isinstance(value, dict) else None
    is_encharge = found == DeviceType.ENCHARGE or isinstance(value, EnchargeStatus)
    return "ENCHARGE" if is_encharge else "other"


AnyDevice = Annotated[
    Annotated[EnchargeStatus, Tag("ENCHARGE")] | Annotated[DeviceStatus, Tag("other")],
    Discriminator(_kind),
]


class StatusInventory(Document):
    """The devices by serial number; none on a site without Ensemble hardware."""

    serial_nums: dict[str, AnyDevice]


class EnsembleStatus(Document):
    """Everything at once."""

    inventory: StatusInventory
    secctrl: dict[str, JsonValue]
    """Secondary control as it came; to be described with its own resource."""
    relay: Relay
    counters: Annotated[dict[str, int] | None, Until("8.0")] = None
    """REST hits and messages since the start of the process; `rest_RelayGet` and others."""
    profile: Annotated[dict[str, JsonValue] | None, Until("8.0")] = None
    # Also in one capture of 8.1.
    fakeit: Annotated[dict[str, JsonValue] | None, Until("8.0")] = None
