"""Faults of the site itself: each needs an actor, an instrument of the bench or the gateway.

The same on every rig: a simulated one has the instruments of a bench, and nothing else causes these.
What a rig lacks an actor for is a capability that it has not got.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import NoReturn, TypeVar

from hil.consoles.node import Node
from hil.envoy.client import Envoy
from hil.envoy.zigbee import ProvisionItem
from hil.equipment.ac_source import AcSource
from hil.equipment.attenuator import Attenuator
from hil.equipment.power_switch import RAPID_SHUTDOWN, PowerSwitch
from hil.errors import RigError
from hil.faults.fault import Fault, FaultsOn
from hil.rig.deleting import delete
from hil.rig.gateway_time import GatewayTime
from hil.rig.gateway_update import GatewayUpdate
from hil.rig.instrument_facets import GATEWAY_STARTED_WITHIN_S, Instruments
from hil.vocabulary.capabilities import Capability
from hil.vocabulary.identity import Firmware
from hil.vocabulary.secret import Secret
from hil.waiting import Waiting

LOOK_EVERY_S = 5.0

A = TypeVar("A")


def _raise(capability: Capability) -> NoReturn:
    raise RigError(f"this rig cannot do: {capability}; its rig file names nothing that could")


class SiteFaults:
    """`restore` puts back parts of the baseline, by the beginnings of their names."""

    def __init__(
        self,
        instruments: Instruments,
        envoy: Envoy,
        time: GatewayTime | None,
        update: GatewayUpdate | None,
        gateway: str,
        items: dict[str, ProvisionItem],
        *,
        waiting: Waiting,
        on: FaultsOn,
        restore: Callable[[Collection[str]], object],
    ) -> None:
        self._instruments, self._envoy, self._gateway, self._items = (
            instruments,
            envoy,
            gateway,
            items,
        )
        self._waiting, self._on, self._restore = waiting, on, restore
        self._time, self._update = time, update
        self.lacking: Callable[[Capability], NoReturn] = _raise
        """Called for what this rig has no actor for."""

    def outage(self) -> Fault:
        """The grid is gone; with the end it is there again, at its nominal values."""
        source = self._source()
        source.outage()
        return self._on.begin("grid", "outage", lift=source.restore)

    def grid_step(
        self, *, voltage_v: float | None = None, frequency_hz: float | None = None
    ) -> Fault:
        """The grid is beside its nominal values, from one moment to the next."""
        source = self._source()
        source.step(voltage_v=voltage_v, frequency_hz=frequency_hz)
        steps = ((voltage_v, "V"), (frequency_hz, "Hz"))
        what = ", ".join(f"{value:g} {unit}" for value, unit in steps if value is not None)
        return self._on.begin("grid", what, lift=source.restore)

    def power_cut(self, node: Node) -> Fault:
        """A device has no power; with the end it has, and starts."""
        switch = self._switch(node.serial_number, Capability.POWER_SWITCH)
        switch.off(node.serial_number)
        return self._on.begin(node.name, "no power", lift=lambda: switch.on(node.serial_number))

    def gateway_reboot(self) -> Fault:
        """The gateway's power is cut for a moment; with the end it answers again."""
        switch = self._switch(self._gateway, Capability.GATEWAY_POWER)
        switch.cycle(self._gateway)
        name = f"envoy {self._gateway}"

        def answers() -> None:
            self._waiting.until(
                self._envoy.answers,
                bool,
                what=f"{name}: answers again",
                within_s=GATEWAY_STARTED_WITHIN_S,
                every_s=LOOK_EVERY_S,
            )

        return self._on.begin(name, "reboots", lift=answers)

    def gateway_update(self) -> Fault:
        """Other firmware is put into the gateway, which goes on while it is written and restarts.

        With the end the expected one runs again.
        """
        update = self._actor(self._update, Capability.GATEWAY_UPDATE)
        began_s = self._waiting.clock.now()
        update.install()
        name = f"envoy {self._gateway}"

        def runs(version: Firmware, within_s: float) -> None:
            self._waiting.until(
                update.seen,
                lambda seen: seen == str(version),
                what=f"{name}: runs {version}, and answers",
                within_s=within_s,
                every_s=LOOK_EVERY_S,
            )

        def put_back() -> None:
            if not update.is_in:
                return  # whoever has put the rig back has seen to it
            left_s = began_s + update.within_s - self._waiting.clock.now()
            if left_s > 0:
                runs(update.other, left_s)  # a command in the middle of its update is refused
            elif update.seen() == str(update.expected):
                return  # it was never put in
            update.put_back()
            runs(update.expected, update.within_s)

        return self._on.begin(name, f"is updated to {update.other}", lift=put_back)

    def rapid_shutdown(self) -> Fault:
        """The handle of the rapid shutdown switch is at OFF; with the end it is at ON."""
        switch = self._switch(RAPID_SHUTDOWN, Capability.RAPID_SHUTDOWN)
        switch.off(RAPID_SHUTDOWN)
        return self._on.begin("site", "rapid shutdown", lift=lambda: switch.on(RAPID_SHUTDOWN))

    def clock_steps(self, by_s: float) -> Fault:
        """The gateway's clock is set so far ahead (behind, where negative), all that goes by it follows.

        With the end it is right, if no time server has corrected it before.
        """
        time = self._actor(self._time, Capability.GATEWAY_SHELL)
        time.step(by_s)
        what = f"its clock was set {abs(by_s):g} s {'ahead' if by_s > 0 else 'back'}"
        return self._on.begin(f"envoy {self._gateway}", what, lift=time.put_right)

    def meter_lost(self, measures: str = "net-consumption") -> Fault:
        """A meter does not measure any more; the gateway is the actor, which has it disabled."""
        meters = self._envoy.meters
        meter = meters.read().by_type.get(measures)
        if meter is None:
            raise RigError(f"envoy {self._gateway}: no meter measures {measures}")
        eid = meter.eid
        meters.disable(eid)

        def measure_again() -> None:
            meters.enable(eid)

        return self._on.begin(
            f"envoy {self._gateway}", f"does not measure {measures}", lift=measure_again
        )

    def out_of_reach(self, node: Node) -> Fault:
        """Neither a device's radio nor the gateway's hears the other."""
        attenuator = self._attenuator()
        attenuator.take_out_of_reach(node.serial_number)
        return self._on.begin(
            node.name, "out of reach", lift=lambda: attenuator.bring_back(node.serial_number)
        )

    def weak_link(self, node: Node) -> Fault:
        """About 30 % of what goes between a device and the gateway is lost."""
        attenuator = self._attenuator()
        if attenuator.weak_db is None:
            self.lacking(Capability.WEAK_RADIO)
        attenuator.weaken(node.serial_number)
        return self._on.begin(
            node.name, "weak link", lift=lambda: attenuator.bring_back(node.serial_number)
        )

    def key_corrupted(self, node: Node) -> Fault:
        """The gateway holds another link key of a device than the device does, on a reopened site.

        With the end the device is provisioned with its own, and the site is sealed.
        """
        zigbee, item = self._envoy.zigbee, self._items[node.serial_number]
        if zigbee.is_sealed():
            zigbee.reopen()
        delete(self._envoy, [node], self._waiting)
        assert item.link_key is not None
        zigbee.provision([replace(item, link_key=_corrupted(item.link_key))])
        put_back = (
            "provisioned devices",
            f"{node.name}: radio",
            "commissioning seal",
            "communicating",
        )

        def provision_anew() -> None:
            self._restore(put_back)

        return self._on.begin(
            node.name,
            "its key is corrupted",
            lift=provision_anew,
        )

    def _source(self) -> AcSource:
        return self._actor(self._instruments.ac_source, Capability.GRID_SOURCE)

    def _attenuator(self) -> Attenuator:
        return self._actor(self._instruments.attenuator, Capability.RADIO_ATTENUATOR)

    def _switch(self, serial_number: str, capability: Capability) -> PowerSwitch:
        switch = self._actor(self._instruments.power_switch, capability)
        if serial_number not in switch.outlets:
            self.lacking(capability)
        return switch

    def _actor(self, actor: A | None, capability: Capability) -> A:
        if actor is None:
            self.lacking(capability)
        return actor


def _corrupted(key: Secret) -> Secret:
    """The key with its last digit another."""
    digits = key.reveal()
    return Secret(digits[:-1] + ("0" if digits[-1] != "0" else "1"))
