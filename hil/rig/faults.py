"""Every fault that a test can ask for, on one interface: `rig.faults`."""

from collections.abc import Callable, Collection
from typing import NoReturn

from hil.consoles.node import Node
from hil.faults.console_wire import ConsoleWire
from hil.faults.fault import Fault
from hil.faults.gateway_wire import GatewayWire
from hil.rig.drivers import Drivers
from hil.rig.instrument_facets import Instruments
from hil.rig.site_faults import SiteFaults
from hil.vocabulary.capabilities import Capability
from hil.waiting import Waiting


class Faults:
    """The faults of one rig. Each is a handle: a block, or `end`, ends it, else the rig's restore.

    Those of consoles are had on every rig, those of the gateway's wire where it is asked over the LAN
    (capability `gateway_wire`); a site fault needs the actor that its capability names.
    """

    def __init__(
        self,
        drivers: Drivers,
        gateway: str,
        *,
        capabilities: Collection[Capability],
        waiting: Waiting,
        restore: Callable[[Collection[str]], object],
    ) -> None:
        self._wires = drivers.wires
        self._on = drivers.wires.on
        self._capabilities = capabilities
        self.site = SiteFaults(
            Instruments(drivers.power_switch, drivers.ac_source, drivers.attenuator),
            drivers.envoy,
            drivers.gateway_time,
            drivers.gateway_update,
            gateway,
            dict(drivers.provision_items),
            waiting=waiting,
            on=self._on,
            restore=restore,
        )
        """Outages, steps of the grid, power cuts, reboots, radios out of reach, a corrupted key."""

    @property
    def gateway(self) -> GatewayWire:
        """The wire to the gateway: failing pages, resets, slow answers, a clock that is off.

        Raises:
            RigError: there is none, the gateway is asked through its own shell. A test is skipped.
        """
        if Capability.GATEWAY_WIRE not in self._capabilities:
            self.site.lacking(Capability.GATEWAY_WIRE)
        return self._wires.gateway

    def console(self, node: Node) -> ConsoleWire:
        """The line of a device's console: bytes lost or garbled, commands held up, the line cut."""
        return self._wires.consoles[node.serial_number]

    def on(self) -> list[Fault]:
        """Those that are on, in the order in which they began."""
        return self._on.on()

    def end_all(self) -> None:
        """Lift every fault that is on, the last one first."""
        self._on.end_all()

    def when_lacking(self, told: Callable[[Capability], NoReturn]) -> None:
        """Have `told` called for a fault that this rig cannot have, instead of an error."""
        self.site.lacking = told
