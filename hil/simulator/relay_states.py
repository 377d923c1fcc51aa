"""The states of the mains relay, what leads from one to another, and how each is shown."""

from collections.abc import Mapping
from enum import StrEnum

from hil.simulator.assumptions import RelayAssumptions
from hil.vocabulary.grid import MainsState


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

SAME_WAIT = (
    frozenset({_S.ISLAND_SYNCING, _S.SYNCING_TO_CLOSE}),
    frozenset({_S.TRIPPING, _S.TRIPPING_TO_STAY}),
)
"""What is waited for goes on whatever is to follow it."""

NEEDS_GRID = frozenset(state for state, row in _MOVES.items() if _E.LEFT_WINDOW in row)
AWAITS_GRID = frozenset(state for state, row in _MOVES.items() if _E.BACK_IN_WINDOW in row)

CHATTER: Mapping[tuple[RelayState, RelayEvent], RelayState] = {
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


GENERATOR_CLOSED = (30, "ENPWR_STATE_OPER_GEN_CLOSE", 128)
"""Shown instead while the generator feeds the site. Source: a public capture."""


def admin_states(assumed: RelayAssumptions) -> Mapping[RelayState, tuple[int, str, int]]:
    """The Enpower's `admin_state`, `admin_state_str` and `Enpwr_curr_state_id` in each state.

    24 and 16, 21 and 256 are public captures; the numbers of the other islands are assumed.
    """
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
