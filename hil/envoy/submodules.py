"""`/ivp/ensemble/submod`: the boards inside each device.

A public capture shows only the empty form (`{"serial_nums": {}}`); that an entry looks as in
`/ivp/ensemble/status` is assumed, so nothing of it but the list of boards is required.
"""

from pydantic import JsonValue

from hil.envoy.document import Document


class SubModule(Document):
    """One board: a battery's inverter, its management unit, a controller board."""

    device_type: int
    admin_state: int | None = None
    part_number: str | None = None
    assembly_number: str | None = None
    dmir: JsonValue = None
    procload: JsonValue = None


class BoardsOfDevice(Document):
    """The boards of one device, by their own serial number."""

    device_type: int | None = None
    admin_state: int | None = None
    part_number: str | None = None
    submodule_count: int | None = None
    submodules: dict[str, SubModule]


class SubModules(Document):
    """By the device's serial number."""

    serial_nums: dict[str, BoardsOfDevice]
