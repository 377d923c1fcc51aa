"""The bench's power switch: outlets, and what hangs on them. What it is told happens a little later."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from hil.simulator.world import World

ACTOR = "power switch"

HOSTNAME = "pdu-sim"
"""The one unit it has."""

REBOOT_DELAY_S = 5.0
"""pdudaemon's default."""


class Load(Protocol):
    """Something whose power can be cut."""

    def power_off(self) -> None: ...
    def power_on(self) -> None: ...


class PowerSwitch:
    """Outlets by port number, from 1, in the order of `loads` (serial number, device)."""

    def __init__(self, world: World, loads: Sequence[tuple[str, Load]]) -> None:
        self._world = world
        self._loads: Mapping[int, Load] = {
            port: load for port, (_, load) in enumerate(loads, start=1)
        }
        self.outlets = {serial: port for port, (serial, _) in enumerate(loads, start=1)}
        """Port by the serial number of what hangs on it."""
        world.add(ACTOR, self)

    def request(self, action: str, query: Mapping[str, str]) -> bool:
        """Queue `on`, `off` or `reboot`; whether that can be done at all."""
        port = query.get("port", "")
        if not (port.isascii() and port.isdigit() and query.get("hostname") == HOSTNAME):
            return False
        delay = query.get("delay", str(REBOOT_DELAY_S))
        try:
            delay_s = float(delay)
        except ValueError:
            return False
        if int(port) not in self._loads or not 0 <= delay_s < float("inf"):
            return False
        act_s = self._world.assumptions.power_switch.act_s
        match action:
            case "on" | "off":
                self._world.after(act_s, ACTOR, action, port=int(port))
            case "reboot":
                self._world.after(act_s, ACTOR, "off", port=int(port))
                self._world.after(act_s + delay_s, ACTOR, "on", port=int(port))
            case _:
                return False
        return True

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A request that was accepted is carried out."""
        port = payload["port"]
        assert isinstance(port, int)
        load = self._loads[port]
        if event == "on":
            load.power_on()
        else:
            load.power_off()
