"""The mains relay in the Enpower: the contactor between site and grid, and who may move it.

Opening and closing are commands; the contactor follows later. When the grid fails it opens by
itself, and closes by itself once the grid has been well for long enough; what was commanded stays.
The generator is not modelled yet.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from hil.simulator.assumptions import RelayAssumptions
from hil.simulator.grid import Grid
from hil.simulator.grid_profile import Propagation
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
    TRIPPING = "tripping"
    """The grid is lost; the contactor is about to open, by itself."""
    TRIPPING_TO_STAY = "tripping, commanded open"
    NO_GRID = "island, no grid"
    """To close as soon as it may."""
    NO_GRID_TO_STAY = "island, no grid, commanded open"
    RETURNING = "island, grid back"
    """Waiting for the reconnect delay of the grid profile to pass."""
    RESYNCING = "island, synchronizing after an outage"


class RelayEvent(StrEnum):
    """What happens to it: two commands, what the grid does, and what takes its time."""

    OPEN = "open"
    CLOSE = "close"
    OPENED = "opened"
    SYNCHRONIZED = "synchronized"
    CLOSED = "closed"
    DELAY_OVER = "delay over"
    TRIPPED = "tripped"
    LEFT_WINDOW = "grid left the window"
    BACK_IN_WINDOW = "grid back in the window"


_S, _E = RelayState, RelayEvent

_MOVES: Mapping[RelayState, Mapping[RelayEvent, RelayState]] = {
    _S.ON_GRID: {_E.OPEN: _S.OPENING, _E.CLOSE: _S.ON_GRID, _E.TRIPPED: _S.TRIPPING},
    _S.OPENING: {
        _E.OPEN: _S.OPENING,
        _E.CLOSE: _S.ON_GRID,
        _E.OPENED: _S.ISLAND_SYNCING,
        _E.TRIPPED: _S.TRIPPING_TO_STAY,
    },
    _S.ISLAND_SYNCING: {
        _E.OPEN: _S.ISLAND_SYNCING,
        _E.CLOSE: _S.SYNCING_TO_CLOSE,
        _E.SYNCHRONIZED: _S.ISLAND_SYNCED,
        _E.LEFT_WINDOW: _S.NO_GRID_TO_STAY,
    },
    _S.SYNCING_TO_CLOSE: {
        _E.OPEN: _S.ISLAND_SYNCING,
        _E.CLOSE: _S.SYNCING_TO_CLOSE,
        _E.SYNCHRONIZED: _S.CLOSING,
        _E.LEFT_WINDOW: _S.NO_GRID,
    },
    _S.ISLAND_SYNCED: {
        _E.OPEN: _S.ISLAND_SYNCED,
        _E.CLOSE: _S.CLOSING,
        _E.LEFT_WINDOW: _S.NO_GRID_TO_STAY,
    },
    _S.CLOSING: {
        _E.OPEN: _S.ISLAND_SYNCED,
        _E.CLOSE: _S.CLOSING,
        _E.CLOSED: _S.ON_GRID,
        _E.LEFT_WINDOW: _S.NO_GRID,
    },
    _S.TRIPPING: {
        _E.OPEN: _S.TRIPPING_TO_STAY,
        _E.CLOSE: _S.TRIPPING,
        _E.OPENED: _S.NO_GRID,
    },
    _S.TRIPPING_TO_STAY: {
        _E.OPEN: _S.TRIPPING_TO_STAY,
        _E.CLOSE: _S.TRIPPING,
        _E.OPENED: _S.NO_GRID_TO_STAY,
    },
    _S.NO_GRID: {
        _E.OPEN: _S.NO_GRID_TO_STAY,
        _E.CLOSE: _S.NO_GRID,
        _E.BACK_IN_WINDOW: _S.RETURNING,
    },
    _S.NO_GRID_TO_STAY: {
        _E.OPEN: _S.NO_GRID_TO_STAY,
        _E.CLOSE: _S.NO_GRID,
        _E.BACK_IN_WINDOW: _S.ISLAND_SYNCING,
    },
    _S.RETURNING: {
        _E.OPEN: _S.ISLAND_SYNCING,
        _E.CLOSE: _S.RETURNING,
        _E.DELAY_OVER: _S.RESYNCING,
        _E.LEFT_WINDOW: _S.NO_GRID,
    },
    _S.RESYNCING: {
        _E.OPEN: _S.ISLAND_SYNCING,
        _E.CLOSE: _S.RESYNCING,
        _E.CLOSED: _S.ON_GRID,
        _E.LEFT_WINDOW: _S.NO_GRID,
    },
}

_ANYWHERE = (_E.TRIPPED, _E.LEFT_WINDOW, _E.BACK_IN_WINDOW)

TABLE: Mapping[RelayState, Mapping[RelayEvent, RelayState]] = {
    state: dict.fromkeys(_ANYWHERE, state) | dict(row) for state, row in _MOVES.items()
}
"""State, event → state. The grid may do anything at any time; another event that a state does not
list cannot happen there."""

_SAME_WAIT = (
    frozenset({_S.ISLAND_SYNCING, _S.SYNCING_TO_CLOSE}),
    frozenset({_S.TRIPPING, _S.TRIPPING_TO_STAY}),
)
"""What is waited for goes on whatever is to follow it."""

_NEEDS_GRID = frozenset(state for state, row in _MOVES.items() if _E.LEFT_WINDOW in row)
_AWAITS_GRID = frozenset(state for state, row in _MOVES.items() if _E.BACK_IN_WINDOW in row)

_CHATTER: Mapping[tuple[RelayState, RelayEvent], RelayState] = {
    (_S.OPENING, _E.CLOSE): _S.SYNCING_TO_CLOSE,
    (_S.CLOSING, _E.OPEN): _S.OPENING,
}
"""What the defect does to a change of mind: the contactor moves first, and then back."""

OPER: Mapping[RelayState, MainsState] = {
    _S.ON_GRID: MainsState.CLOSED,
    _S.OPENING: MainsState.CLOSED,
    _S.ISLAND_SYNCING: MainsState.OPEN_SYNCHRONIZING,
    _S.SYNCING_TO_CLOSE: MainsState.OPEN_SYNCHRONIZING,
    _S.ISLAND_SYNCED: MainsState.OPEN_SYNCHRONIZED,
    _S.CLOSING: MainsState.OPEN_SYNCHRONIZED,
    _S.TRIPPING: MainsState.CLOSED,
    _S.TRIPPING_TO_STAY: MainsState.CLOSED,
    _S.NO_GRID: MainsState.OPEN,
    _S.NO_GRID_TO_STAY: MainsState.OPEN,
    _S.RETURNING: MainsState.OPEN,
    _S.RESYNCING: MainsState.OPEN_SYNCHRONIZING,
}
"""`mains_oper_state` in each state. Source: public captures of a commanded island and of an outage;
what is shown between the return of the grid and closing is assumed."""

_CONTACTOR_CLOSED_BIT = 0x100
_OTHER_RELAY_BITS = 0x30


class MainsRelay:
    """The relay of one site. `operations` counts the moves of its contactor."""

    def __init__(
        self,
        world: World,
        *,
        network: Network,
        grid: Grid,
        profile: Propagation,
        enpower: str | None,
        encharges: Sequence[str],
    ) -> None:
        self._world, self._network = world, network
        self._grid, self._profile = grid, profile
        grid.watcher = self
        self._well_since_s = float("-inf")
        """Since when the grid is in its window, as the reconnect delay counts it."""
        self._enpower, self._encharges = enpower, tuple(encharges)
        self._timer: int | None = None
        self.state = RelayState.ON_GRID
        self.admin = MainsState.CLOSED
        self.grid_mode = GridMode.ON_GRID if enpower else GridMode.GRID_TIED
        self.operations = 0
        self.moved_at_s: float | None = None
        self._was_returning = False
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

        24 and 16, 21 and 256 are public captures; the numbers of the other islands are assumed.
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

    # What the contactor does alone, whether the gateway hears the Enpower or not.

    def grid_tripped(self) -> None:
        """Let go of a grid that is lost or was beyond its limits for too long."""
        if not self.is_open:
            self._grid_is_well_from_now()
            if self._world.has_defect("outage-changes-the-command"):
                self.admin = MainsState.OPEN
        self._happen(RelayEvent.TRIPPED)

    def grid_left_window(self) -> None:
        """Stop whatever was to end in closing."""
        self._happen(RelayEvent.LEFT_WINDOW)

    def grid_back_in_window(self) -> None:
        """Count the reconnect delay, from zero."""
        self._grid_is_well_from_now()
        self._happen(RelayEvent.BACK_IN_WINDOW)

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A timer of the relay ends."""
        if event == "grid mode":
            stuck = self._world.has_defect("modes-never-return")
            self.grid_mode = GridMode.OFF_GRID if self.is_open or stuck else GridMode.ON_GRID
            return
        self._timer = None
        self._happen(RelayEvent(event))

    def _happen(self, event: RelayEvent) -> None:
        if not self.is_there:
            return
        defective = self._world.has_defect
        is_commanded = self.state is RelayState.OPENING and event is RelayEvent.OPENED
        if is_commanded and defective("relay-never-opens"):
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
        if (before, event) in _CHATTER and self._world.has_defect("relay-chatters"):
            self.state = _CHATTER[before, event]
        if self.is_open != was_open:
            self.operations += 1
            self.moved_at_s = self._world.now_s
            self._world.after(self._world.assumptions.relay.grid_mode_lag_s, ACTOR, "grid mode")
        if self.state is not before and not any({before, self.state} <= w for w in _SAME_WAIT):
            self._start_timer()
        if comes_late and is_commanded and self.admin is MainsState.CLOSED:
            self._happen(RelayEvent.CLOSE)
            return
        # A contactor that has just opened looks at the grid that it has left.
        if self.state in _NEEDS_GRID and not self._grid.in_window:
            self._happen(RelayEvent.LEFT_WINDOW)
        elif self.state in _AWAITS_GRID and self._grid.in_window:
            self._happen(RelayEvent.BACK_IN_WINDOW)

    def _grid_is_well_from_now(self) -> None:
        waits = self.state in (RelayState.NO_GRID, RelayState.NO_GRID_TO_STAY)
        if waits and self._was_returning and self._world.has_defect("flicker-keeps-the-timer"):
            return
        self._well_since_s = self._world.now_s
        self._was_returning = waits

    @property
    def _delay_left_s(self) -> float:
        """Of the active profile's reconnect delay, which nothing that closes may undercut."""
        delay_s = self._profile.active.tpm["reconnect_s"]
        if self._world.has_defect("closes-before-the-delay"):
            delay_s /= 2
        return max(0.0, self._well_since_s + delay_s - self._world.now_s)

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
            RelayState.SYNCING_TO_CLOSE: (assumed.synchronize_s, RelayEvent.SYNCHRONIZED),
            RelayState.CLOSING: (
                max(close_s, self._delay_left_s),
                RelayEvent.CLOSED,
            ),
            RelayState.TRIPPING: (assumed.mid_open_s, RelayEvent.OPENED),
            RelayState.TRIPPING_TO_STAY: (assumed.mid_open_s, RelayEvent.OPENED),
            RelayState.RETURNING: (self._delay_left_s, RelayEvent.DELAY_OVER),
            RelayState.RESYNCING: (assumed.resynchronize_s, RelayEvent.CLOSED),
        }.get(self.state)
        self._timer = None if ends is None else self._world.after(ends[0], ACTOR, ends[1].value)


def _admin_states(assumed: RelayAssumptions) -> Mapping[RelayState, tuple[int, str, int]]:
    closed = (24, "ENPWR_STATE_OPER_CLOSED", 16)
    no_grid = (21, "ENPWR_STATE_OPER_NO_GRID", 256)
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
        RelayState.TRIPPING: closed,
        RelayState.TRIPPING_TO_STAY: closed,
        RelayState.NO_GRID: no_grid,
        RelayState.NO_GRID_TO_STAY: no_grid,
        RelayState.RETURNING: no_grid,
        RelayState.RESYNCING: wait,
    }
