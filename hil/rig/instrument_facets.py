"""The instruments' part of a rig's baseline: put right first, since all else hangs on power."""

from collections.abc import Sequence
from dataclasses import dataclass

from hil.consoles.node import Node
from hil.equipment.ac_source import AcSource
from hil.equipment.power_switch import PowerSwitch
from hil.rig.facets import Facet
from hil.waiting import Waiting

STARTED_WITHIN_S = 120.0
"""For a device that got its power back to answer on its console."""


@dataclass(frozen=True)
class MainsSupply(Facet):
    """What the AC source gives the site."""

    source: AcSource
    name = "mains supply"
    gives_power = True

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

    node: Node
    switch: PowerSwitch
    waiting: Waiting
    gives_power = True

    @property
    def name(self) -> str:
        return f"{self.node.name}: power"

    @property
    def wanted(self) -> object:
        return "on"

    def read(self) -> object:
        return "cut" if self.switch.is_off(self.node.serial_number) else "on"

    def put_back(self, found: object, now: object) -> None:
        self.switch.on(self.node.serial_number)
        self.waiting.until(
            self.node.console.answers,
            bool,
            what=f"{self.node.name}: its console answers after a power cut",
            within_s=STARTED_WITHIN_S,
            every_s=2,
        )


def instrument_facets(
    nodes: Sequence[Node],
    power_switch: PowerSwitch | None,
    ac_source: AcSource | None,
    waiting: Waiting,
) -> list[Facet]:
    """What the instruments add to the baseline."""
    facets: list[Facet] = [MainsSupply(ac_source)] if ac_source is not None else []
    if power_switch is not None:
        switched = [node for node in nodes if node.serial_number in power_switch.outlets]
        facets += [Powered(node, power_switch, waiting) for node in switched]
    return facets
