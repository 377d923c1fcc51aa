"""Whom the coordinator of the radio network deals with: devices, and who keeps the list of them."""

from typing import Protocol

from hil.simulator.radio_path import RadioPath
from hil.vocabulary.devices import DeviceType


class Radio(Protocol):
    """A device within the coordinator's range."""

    @property
    def serial_number(self) -> str: ...
    @property
    def eui(self) -> str:
        """EUI-64, 16 upper-case hexadecimal digits."""

    @property
    def operational(self) -> bool:
        """Whether it is in the network, configured, and answers."""

    path: RadioPath

    @property
    def running(self) -> bool:
        """Whether its firmware is up."""

    @property
    def in_reach(self) -> bool:
        """Whether it and the coordinator hear each other."""

    def told_to_leave(self) -> None:
        """The coordinator sends it away (ZDO leave)."""


class Registrar(Protocol):
    """Who keeps the list of devices that may join: the gateway's provisioning."""

    def keys_agreed(self, serial_number: str) -> None: ...
    def key_refused(self, serial_number: str) -> None: ...
    def key_expired(self, serial_number: str) -> None: ...
    def expects(self, eui: str) -> bool:
        """Whether a device with this EUI is registered."""

    def identified(self, eui: str, serial_number: str, device_type: DeviceType) -> bool:
        """A device said who it is; whether that is the device that was registered."""

    def configured(self, serial_number: str) -> None: ...
    def left(self, serial_number: str) -> None: ...
    def lost(self, serial_number: str) -> None: ...
    def heard_again(self, serial_number: str) -> None: ...
