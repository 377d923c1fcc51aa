"""The instruments' part of a rig's baseline: put right first, since all else hangs on power."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hil.consoles.forced_loss import STARTED_WITHIN_S
from hil.consoles.node import Node
from hil.envoy.client import Envoy
from hil.equipment.ac_source import AcSource
from hil.equipment.attenuator import Attenuator
from hil.equipment.power_switch import RAPID_SHUTDOWN, PowerSwitch
from hil.rig.facet import Facet

GATEWAY_STARTED_WITHIN_S = 600.0
"""For a gateway that got its power back to answer; two to five minutes on public record."""


@dataclass(frozen=True)
class Instruments:
    """The bench's own, each None where the rig file names none."""

    power_switch: PowerSwitch | None
    ac_source: AcSource | None
    attenuator: Attenuator | None


@dataclass(frozen=True)
class MainsSupply(Facet):
    """What the AC source gives the site."""

    source: AcSource
    name = "mains supply"
    gives_power = True
    is_hazard = True

    @property
    def wanted(self) -> object:
        return str(self.source.nominal)

    def read(self) -> object:
        return str(self.source.supply())

    def put_back(self, found: object, now: object) -> None:
        self.source.restore()


@dataclass(frozen=True)
class Powered(Facet):
    """The power of one device, as far as the power switch was asked to cut it."""

    device: str
    """Kind and serial number, for messages."""
    serial_number: str
    answers: Callable[[], bool] = field(repr=False)
    """Whether it is up."""
    start_s: float
    switch: PowerSwitch
    gives_power = True
    is_remembered = True
    is_hazard = True

    @property
    def name(self) -> str:
        return f"{self.device}: power"

    @property
    def started_within_s(self) -> float:
        return self.start_s

    @property
    def wanted(self) -> object:
        return "on"

    def read(self) -> object:
        if self.switch.is_off(self.serial_number):
            return "cut"
        if self.serial_number in self.switch.starting:
            if not self.answers():
                return "back, and not started yet"
            self.switch.starting.discard(self.serial_number)
        return "on"

    def put_back(self, found: object, now: object) -> None:
        if now == "cut":
            self.switch.on(self.serial_number)


@dataclass(frozen=True)
class InverterPowered(Facet):
    """The AC of one microinverter, as far as the power switch was asked to cut it."""

    serial_number: str
    switch: PowerSwitch
    gives_power = True
    is_remembered = True
    is_hazard = True

    @property
    def name(self) -> str:
        return f"inverter {self.serial_number}: power"

    @property
    def wanted(self) -> object:
        return "on"

    def read(self) -> object:
        return "cut" if self.switch.is_off(self.serial_number) else "on"

    def put_back(self, found: object, now: object) -> None:
        self.switch.on(self.serial_number)


@dataclass(frozen=True)
class LoopClosed(Facet):
    """The loop of the rapid shutdown switch, as far as the power switch was asked to open it."""

    switch: PowerSwitch
    name = "rapid shutdown"
    gives_power = True
    is_remembered = True
    is_hazard = True

    @property
    def wanted(self) -> object:
        return "off"

    def read(self) -> object:
        return "on" if self.switch.is_off(RAPID_SHUTDOWN) else "off"

    def put_back(self, found: object, now: object) -> None:
        self.switch.on(RAPID_SHUTDOWN)


@dataclass(frozen=True)
class InReach(Facet):
    """Whether a device's radio is heard, as far as the attenuator decides."""

    device: str
    """Kind and serial number, for messages."""
    serial_number: str
    attenuator: Attenuator

    @property
    def name(self) -> str:
        return f"{self.device}: attenuation"

    @property
    def wanted(self) -> object:
        return f"{self.attenuator.in_reach_db:g} dB"

    def read(self) -> object:
        return f"{self.attenuator.attenuation_db(self.serial_number):g} dB"

    def put_back(self, found: object, now: object) -> None:
        self.attenuator.bring_back(self.serial_number)


def instrument_facets(
    nodes: Sequence[Node],
    envoy: Envoy,
    gateway: str,
    inverters: Sequence[str],
    instruments: Instruments,
) -> list[Facet]:
    """What the instruments add to the baseline; `gateway` and `inverters` by serial number."""
    facets: list[Facet] = []
    power_switch = instruments.power_switch
    if instruments.ac_source is not None:
        facets.append(MainsSupply(instruments.ac_source))
    if (attenuator := instruments.attenuator) is not None:
        facets += [
            InReach(node.name, node.serial_number, attenuator)
            for node in nodes
            if node.serial_number in attenuator.channels
        ]
    if power_switch is None:
        return facets
    # The gateway first: it takes longest, and nodes start meanwhile.
    devices: list[tuple[str, str, Callable[[], bool], float]] = [
        (f"envoy {gateway}", gateway, envoy.answers, GATEWAY_STARTED_WITHIN_S),
        *(
            (node.name, node.serial_number, node.console.answers, STARTED_WITHIN_S)
            for node in nodes
        ),
    ]
    return (
        facets
        + [
            Powered(name, serial_number, answers, within_s, power_switch)
            for name, serial_number, answers, within_s in devices
            if serial_number in power_switch.outlets
        ]
        + [
            InverterPowered(each, power_switch)
            for each in inverters
            if each in power_switch.outlets
        ]
        + ([LoopClosed(power_switch)] if RAPID_SHUTDOWN in power_switch.outlets else [])
    )
