"""The bench's power switch: outlets, and what hangs on them. Told something, it takes a little time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hil.simulator.world import World

ACTOR = "power switch"

HOSTNAME = "pdu-sim"
"""The one unit it has."""

REBOOT_DELAY = "5"
"""pdudaemon's default, in seconds."""

RAPID_SHUTDOWN = "rapid shutdown"
"""What hangs on the outlet that holds the loop of the rapid shutdown switch closed."""

TRIES, RETRY_S = 5, 5.0
"""pdudaemon's defaults: how often it asks a unit that does not obey before it says so."""


class Load(Protocol):
    """Something whose power can be cut."""

    def power_off(self) -> None: ...
    def power_on(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Request:
    """What becomes of a request: whether it is done, and after how long the daemon says so."""

    done: bool | None
    """None where the daemon stumbles over what it was given: a delay that is no whole number."""
    after_s: float = 0.0


class PowerSwitch:
    """Outlets by port number, from 1, in the order of `loads` (serial number, device)."""

    def __init__(self, world: World, loads: Sequence[tuple[str, Load]]) -> None:
        self._world = world
        self._loads: Mapping[int, Load] = {
            port: load for port, (_, load) in enumerate(loads, start=1)
        }
        self.outlets = {serial: port for port, (serial, _) in enumerate(loads, start=1)}
        """Port by what hangs on it: a serial number, or the rapid shutdown's loop."""
        world.add(ACTOR, self)

    def request(self, action: str, query: Mapping[str, str]) -> Request:
        """Begin to carry out `on`, `off` or `reboot`; the daemon answers when it is through.

        The daemon knows its units, not their outlets: one that a unit has not got is tried, in vain.
        """
        port, delay = query.get("port", ""), query.get("delay")
        if not port or query.get("hostname") != HOSTNAME:
            return Request(done=False)
        if not port.isdecimal() or int(port) not in self._loads:
            return Request(done=False, after_s=TRIES * RETRY_S)
        act_s = self._world.assumptions.power_switch.act_s
        if action == "reboot":
            self._world.after(act_s, ACTOR, "off", port=int(port))
            delay_s = _whole_seconds(REBOOT_DELAY if delay is None else delay)
            if delay_s is None:
                return Request(done=None, after_s=act_s)
            self._world.after(2 * act_s + delay_s, ACTOR, "on", port=int(port))
            return Request(done=True, after_s=2 * act_s + delay_s)
        delay_s = _whole_seconds("0" if delay is None else delay)
        if delay_s is None:
            return Request(done=None)
        self._world.after(delay_s + act_s, ACTOR, action, port=int(port))
        return Request(done=True, after_s=delay_s + act_s)

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A request that was accepted is carried out."""
        port = payload["port"]
        assert isinstance(port, int)
        load = self._loads[port]
        if event == "on":
            load.power_on()
        else:
            load.power_off()


def _whole_seconds(text: str) -> float | None:
    """A delay as the daemon reads it; a negative one is none."""
    try:
        return max(0.0, float(int(text)))
    except ValueError:
        return None
