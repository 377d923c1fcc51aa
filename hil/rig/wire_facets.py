"""The wires' part of a rig's baseline: sound before anything else is read over them."""

from dataclasses import dataclass

from hil.faults.console_wire import ConsoleWire
from hil.faults.fault import FaultsOn
from hil.faults.gateway_wire import WHERE, GatewayWire
from hil.rig.facet import Facet

SOUND = "sound"


class _Wire(Facet):
    """What this process, or the keeper, has been asked to do to a wire."""

    gives_power = True
    is_remembered = True
    is_hazard = True

    @property
    def wanted(self) -> object:
        return SOUND


@dataclass(frozen=True)
class GatewayWireSound(_Wire):
    """The wire to the gateway."""

    on: FaultsOn
    name = WHERE

    def read(self) -> object:
        return ", ".join(fault.what for fault in self.on.on(WHERE)) or SOUND

    def put_back(self, found: object, now: object) -> None:
        self.on.end_all(WHERE)


@dataclass(frozen=True)
class ConsoleWireSound(_Wire):
    """The line of one console."""

    wire: ConsoleWire
    on: FaultsOn

    @property
    def name(self) -> str:
        return self.wire.where

    def read(self) -> object:
        return ", ".join(self.wire.faults()) or SOUND

    def put_back(self, found: object, now: object) -> None:
        self.on.end_all(self.wire.where)
        self.wire.make_sound()  # one that a run has begun whose end the keeper sees to


@dataclass(frozen=True)
class FaultyWires:
    """The wires of a rig on which a test may meet faults."""

    on: FaultsOn
    gateway: GatewayWire
    consoles: dict[str, ConsoleWire]
    """By serial number of the device."""

    @property
    def facets(self) -> list[Facet]:
        """What they add to the baseline."""
        return [
            GatewayWireSound(self.on),
            *(ConsoleWireSound(wire, self.on) for wire in self.consoles.values()),
        ]
