"""What a rig file says of the bench's own instruments. Keys: `rigs/README.md`."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from hil.equipment.power_switch import RAPID_SHUTDOWN
from hil.files.closed_yaml import Closed, Misfit
from hil.files.forms import SerialNumber
from hil.rig.addresses import GatewayUrl


def _host_and_port(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{text!r} is no address; write HOST:PORT, such as 192.0.2.31:5025")
    return text


class OutletEntry(Closed):
    """Where a device is plugged in, as pdudaemon's configuration names it."""

    hostname: str
    port: Annotated[int, Field(ge=1)]


class PowerSwitchEntry(Closed):
    """A power switch behind pdudaemon."""

    url: GatewayUrl
    outlets: Mapping[SerialNumber, OutletEntry]
    rapid_shutdown: OutletEntry | None = None
    """What holds the loop of the rapid shutdown switch closed while it has power."""

    @field_validator("outlets")
    @classmethod
    def _one_device_each(cls, outlets: Mapping[str, OutletEntry]) -> Mapping[str, OutletEntry]:
        seen: dict[tuple[str, int], str] = {}
        for serial_number, outlet in outlets.items():
            place = (outlet.hostname, outlet.port)
            if place in seen:
                raise Misfit(f"that outlet is {seen[place]}'s already", at=(serial_number,))
            seen[place] = serial_number
        return outlets

    @model_validator(mode="after")
    def _the_loop_has_an_outlet_of_its_own(self) -> Self:
        for serial_number, outlet in self.outlets.items():
            if outlet == self.rapid_shutdown:
                raise Misfit(f"that outlet is {serial_number}'s already", at=("rapid_shutdown",))
        return self

    @property
    def by_load(self) -> Mapping[str, OutletEntry]:
        """Every outlet, by what hangs on it."""
        loop = {} if self.rapid_shutdown is None else {RAPID_SHUTDOWN: self.rapid_shutdown}
        return {**self.outlets, **loop}


class AcSourceEntry(Closed):
    """An AC source that plays the grid, by SCPI over TCP."""

    address: Annotated[str, AfterValidator(_host_and_port)]
    nominal_v: Annotated[float, Field(gt=0, le=300)]
    """Line to neutral, rms."""
    nominal_hz: Annotated[float, Field(ge=45, le=65)]


class AttenuatorEntry(Closed):
    """A programmable attenuator between the devices' antennas and the gateway's."""

    address: Annotated[str, AfterValidator(_host_and_port)]
    channels: Mapping[SerialNumber, Annotated[int, Field(ge=1)]]
    in_reach_db: Annotated[float, Field(ge=0)] = 0.0
    weak_db: Annotated[float, Field(gt=0)] | None = None
    """With so much about 30 % of what is sent is lost, and no device is."""
    out_of_reach_db: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        if self.out_of_reach_db <= self.in_reach_db:
            raise Misfit("more than in_reach_db is wanted", at=("out_of_reach_db",))
        if self.weak_db is not None and not self.in_reach_db < self.weak_db < self.out_of_reach_db:
            raise Misfit("between in_reach_db and out_of_reach_db is wanted", at=("weak_db",))
        seen: dict[int, str] = {}
        for serial_number, channel in self.channels.items():
            if channel in seen:
                raise Misfit(
                    f"that channel is {seen[channel]}'s already", at=("channels", serial_number)
                )
            seen[channel] = serial_number
        return self


class InstrumentsEntry(Closed):
    """What stands beside the devices. Each may be missing."""

    power_switch: PowerSwitchEntry | None = None
    ac_source: AcSourceEntry | None = None
    attenuator: AttenuatorEntry | None = None
