"""`/ivp/ensemble/devices`. Source: the interface page, no other capture."""

from hil.envoy.document import Document


class SealedDevice(Document):
    """One commissioned device. The three Zigbee fields are empty in the only known document."""

    serial_num: str
    zigbee_sn: str
    zigbee_ic: str
    zigbee_crc: str
    device_type: int
    """13 Encharge, 17 Enpower: `hil.vocabulary.devices.DeviceType`."""
    commission_time: int
    """UNIX seconds."""


class SealedDevices(Document):
    """The list."""

    serial_nums: tuple[SealedDevice, ...]

    @property
    def serial_numbers(self) -> list[str]:
        return [device.serial_num for device in self.serial_nums]
