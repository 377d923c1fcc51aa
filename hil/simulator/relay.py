"""The mains relay in the Enpower: the contactor between site and grid, and who may move it.

Opening and closing are commands; the contactor follows later. Utility outages and the generator
are not modelled yet.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from hil.simulator.assumptions import RelayAssumptions
from hil.simulator.network import Network
from hil.simulator.world import World
from hil.vocabulary.grid import GridMode, MainsState

ACTOR = "mains relay"


class RelayState(StrEnum):
    """Where the relay is between two moves of its contactor."""

    ON_GRID = "on grid"
    OPENING = "opening"
    """Commanded open; the battery tops up and PV is curtailed before the contactor moves."""
    ISLAND_SYNCING = "island, synchronizing"
    ISLAND_SYNCED = "island, synchronized"
    SYNCING_TO_CLOSE = "island, synchronizing, to close then"
    """Commanded closed before the island was in step with the grid."""
    CLOSING = "closing"


class RelayEvent(StrEnum):
    """What happens to it: two commands, and three things that take their time."""

    OPEN = "open"
    CLOSE = "close"
    OPENED = "opened"
    SYNCHRONIZED = "synchronized"
    CLOSED = "closed"


_S, _E = RelayState, RelayEvent

TABLE: Mapping[RelayState, Mapping[RelayEvent, RelayState]] = {
    _S.ON_GRID: {_E.OPEN: _S.OPENING, _E.CLOSE: _S.ON_GRID},
    _S.OPENING: {_E.OPEN: _S.OPENING, _E.CLOSE: _S.ON_GRID, _E.OPENED: _S.ISLAND_SYNCING},
    _S.ISLAND_SYNCING: {
        _E.OPEN: _S.ISLAND_SYNCING,
        _E.CLOSE: _S.SYNCING_TO_CLOSE,
        _E.SYNCHRONIZED: _S.ISLAND_SYNCED,
    },
    _S.SYNCING_TO_CLOSE: {
        _E.OPEN: _S.ISLAND_SYNCING,
        _E.CLOSE: _S.SYNCING_TO_CLOSE,
        _E.SYNCHRONIZED: _S.CLOSING,
    },
    _S.ISLAND_SYNCED: {_E.OPEN: _S.ISLAND_SYNCED, _E.CLOSE: _S.CLOSING},
    _S.CLOSING: {_E.OPEN: _S.ISLAND_SYNCED, _E.CLOSE: _S.CLOSING, _E.CLOSED: _S.ON_GRID},
}
"""State, event → state. An event that a state does not list cannot happen there."""

OPER: Mapping[RelayState, MainsState] = {
    _S.ON_GRID: MainsState.CLOSED,
    _S.OPENING: MainsState.CLOSED,
    _S.ISLAND_SYNCING: MainsState.OPEN_SYNCHRONIZING,
    _S.SYNCING_TO_CLOSE: MainsState.OPEN_SYNCHRONIZING,
    _S.ISLAND_SYNCED: MainsState.OPEN_SYNCHRONIZED,
    _S.CLOSING: MainsState.OPEN_SYNCHRONIZED,
}
"""`mains_oper_state` in each state. Source: public captures of a commanded island."""

_CONTACTOR_CLOSED_BIT = 0x100
_OTHER_RELAY_BITS = 0x30


class MainsRelay:
    """The relay of one site. `operations` counts the moves of its contactor."""

    def __init__(
        self, world: World, *, network: Network, enpower: str | None, encharges: Sequence[str]
    ) -> None:
        self._world, self._network = world, network
        self._enpower, self._encharges = enpower, tuple(encharges)
        self._timer: int | None = None
        self.state = RelayState.ON_GRID
        self.admin = MainsState.CLOSED
        self.grid_mode = GridMode.ON_GRID if enpower else GridMode.GRID_TIED
        self.operations = 0
        self.moved_at_s: float | None = None
        world.add(ACTOR, self)

    @property
    def oper(self) -> MainsState:
        """`mains_oper_state`."""
        if self.state is RelayState.ISLAND_SYNCING and self._world.has_defect(
            "synchronizing-unsaid"
        ):
            return MainsState.OPEN
        return OPER[self.state]

    @property
    def is_open(self) -> bool:
        """Whether the site is cut off from the grid."""
        return self.oper.is_open

    @property
    def since_moved_s(self) -> float:
        """Rig seconds since the contactor last moved; infinite when it never has."""
        return float("inf") if self.moved_at_s is None else self._world.now_s - self.moved_at_s

    @property
    def state_bitmask(self) -> int:
        """`Enpwr_relay_state_bm`: bit 8 is the mains contactor (public captures), others opaque."""
        return _OTHER_RELAY_BITS | (0 if self.is_open else _CONTACTOR_CLOSED_BIT)

    @property
    def admin_state(self) -> tuple[int, str, int]:
        """The Enpower's `admin_state`, `admin_state_str` and `Enpwr_curr_state_id`.

        24 and 16 are public captures; the numbers of the island states are assumed.
        """
        assumed = self._world.assumptions.relay
        return _admin_states(assumed)[self.state]

    def command(self, wanted: MainsState) -> None:
        """What POST `/ivp/ensemble/relay` does: `wanted` is OPEN or CLOSED.

        Whether one that can have no effect is shown as the admin state is an assumption.
        """
        if not self.is_there:
            return
        if not self.is_blocked or self._world.assumptions.relay.blocked_command_is_kept:
            self.admin = wanted
        if not self.is_blocked:
            self._happen(RelayEvent.OPEN if wanted is MainsState.OPEN else RelayEvent.CLOSE)

    @property
    def is_there(self) -> bool:
        """Whether the site has a system switch at all."""
        return self._enpower is not None

    @property
    def is_blocked(self) -> bool:
        """Whether a command would reach no Enpower, or an island would have no source."""
        has_source = any(self._is_heard(serial) for serial in self._encharges)
        return not has_source or self._enpower is None or not self._is_heard(self._enpower)

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A timer of the relay ends."""
        if event == "grid mode":
            stuck = self._world.has_defect("modes-never-return")
            self.grid_mode = GridMode.OFF_GRID if self.is_open or stuck else GridMode.ON_GRID
            return
        self._timer = None
        self._happen(RelayEvent(event))

    def _happen(self, event: RelayEvent) -> None:
        defective = self._world.has_defect
        if event is RelayEvent.OPENED and defective("relay-never-opens"):
            return
        comes_late = defective("closes-only-after-opening")
        if comes_late and (self.state, event) == (RelayState.OPENING, RelayEvent.CLOSE):
            return
        if (self.state, event) == (RelayState.ISLAND_SYNCED, RelayEvent.OPEN) and defective(
            "open-again-closes"
        ):
            event = RelayEvent.CLOSE
        before, was_open = self.state, self.is_open
        self.state = TABLE[before][event]
        if self.is_open != was_open:
            self.operations += 1
            self.moved_at_s = self._world.now_s
            self._world.after(self._world.assumptions.relay.grid_mode_lag_s, ACTOR, "grid mode")
        if self.oper is OPER[before] and self.oper is MainsState.OPEN_SYNCHRONIZING:
            return  # synchronizing goes on whatever is to follow it
        if self.state is not before:
            self._start_timer()
        if comes_late and event is RelayEvent.OPENED and self.admin is MainsState.CLOSED:
            self._happen(RelayEvent.CLOSE)

    def _is_heard(self, serial: str) -> bool:
        return serial in self._network.inventory and self._network.view(serial).communicating

    def _start_timer(self) -> None:
        self._world.cancel(self._timer)
        assumed = self._world.assumptions.relay
        close_s = assumed.close_command_s
        if self._world.has_defect("closes-too-late"):
            close_s *= 6
        ends = {
            RelayState.OPENING: (assumed.open_command_s, RelayEvent.OPENED),
            RelayState.ISLAND_SYNCING: (assumed.synchronize_s, RelayEvent.SYNCHRONIZED),
            RelayState.CLOSING: (close_s, RelayEvent.CLOSED),
        }.get(self.state)
        self._timer = None if ends is None else self._world.after(ends[0], ACTOR, ends[1].value)


def _admin_states(assumed: RelayAssumptions) -> Mapping[RelayState, tuple[int, str, int]]:
    closed = (24, "ENPWR_STATE_OPER_CLOSED", 16)
    wait = (assumed.admin_state_wait, "ENPWR_STATE_OPER_GRIDMODE_WAIT", assumed.state_id_wait)
    return {
        RelayState.ON_GRID: closed,
        RelayState.OPENING: closed,
        RelayState.ISLAND_SYNCING: (
            assumed.admin_state_open,
            "ENPWR_STATE_OPER_OPEN",
            assumed.state_id_open,
        ),
        RelayState.ISLAND_SYNCED: (
            assumed.admin_state_sync_ready,
            "ENPWR_STATE_OPER_SYNC_READY",
            assumed.state_id_sync_ready,
        ),
        RelayState.SYNCING_TO_CLOSE: wait,
        RelayState.CLOSING: wait,
    }
