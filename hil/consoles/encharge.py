"""The storage battery's console."""

from typing import ClassVar

from hil.consoles.node import Node
from hil.vocabulary.devices import DeviceType


class Encharge(Node):
    """A storage battery. Its console speaks `encharge_dialect`."""

    device_type: ClassVar[DeviceType] = DeviceType.ENCHARGE
