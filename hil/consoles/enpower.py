"""The system switch's console."""

from typing import ClassVar

from hil.consoles.node import Node
from hil.vocabulary.devices import DeviceType


class Enpower(Node):
    """The system switch. Its console speaks `enpower_dialect`."""

    device_type: ClassVar[DeviceType] = DeviceType.ENPOWER
