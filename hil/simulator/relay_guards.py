"""What holds the mains relay back: while one of these is so, a command moves nothing.

Source of the list: public field reports and the gateway's own words; what the gateway answers then,
and whether it shows the command all the same, is assumed. That the generator's relay opens before
the mains relay closes is an interlock and no guard (`generator.py`).
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

from hil.simulator.relay_states import RelayEvent


class Guard(StrEnum):
    """One reason for a command to move nothing."""

    NO_BATTERY = "no battery communicates"
    LOW_CHARGE = "no battery has charge enough"
    OVERLOAD = "the house draws more than the batteries can give"
    UPDATE = "a firmware update runs"
    COMMISSIONING = "devices are being commissioned"
    OVERRIDE = "the manual override is latched"
    RAPID_SHUTDOWN = "rapid shutdown"


_OPEN, _CLOSE = RelayEvent.OPEN, RelayEvent.CLOSE

TABLE: Mapping[Guard, frozenset[RelayEvent]] = {
    Guard.NO_BATTERY: frozenset({_OPEN, _CLOSE}),
    Guard.LOW_CHARGE: frozenset({_OPEN}),
    Guard.OVERLOAD: frozenset({_OPEN}),
    Guard.UPDATE: frozenset({_OPEN}),
    Guard.COMMISSIONING: frozenset({_OPEN}),
    Guard.OVERRIDE: frozenset({_OPEN, _CLOSE}),
    Guard.RAPID_SHUTDOWN: frozenset({_OPEN}),
}
"""Guard → the commands that it holds back. Back to the grid is held back by as little as can be."""


class Guards:
    """The guards of one relay; each is watched by whoever knows."""

    def __init__(self) -> None:
        self._is_up: dict[Guard, Callable[[], bool]] = {}

    def watch(self, guard: Guard, is_up: Callable[[], bool]) -> None:
        """From now on `is_up` says whether that guard stands in the way."""
        self._is_up[guard] = is_up

    def against(self, command: RelayEvent) -> tuple[Guard, ...]:
        """Those that hold this command back now."""
        return tuple(
            guard for guard, is_up in self._is_up.items() if command in TABLE[guard] and is_up()
        )
