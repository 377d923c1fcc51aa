"""The mains relay and the modes the site runs in."""

from enum import IntEnum, StrEnum
from typing import NamedTuple


class MainsState(StrEnum):
    """`mains_oper_state`: where the mains relay is. `mains_admin_state` uses OPEN and CLOSED only.

    Source: interface page (open, closed); public captures (the two synchronizing words).
    """

    CLOSED = "closed"
    OPEN = "open"
    OPEN_SYNCHRONIZING = "open synchronizing"
    """Commanded open, grid still alive, the island not yet in step with it."""
    OPEN_SYNCHRONIZED = "open synchronized"
    """Commanded open, in step with the grid: ready to close."""

    @property
    def is_open(self) -> bool:
        """Whether the site is cut off, in step with the grid or not."""
        return self is not MainsState.CLOSED


class MainsPair(NamedTuple):
    """What the mains relay was told, and where it is."""

    commanded: str
    actual: str

    def __str__(self) -> str:
        return f"commanded {self.commanded}, is {self.actual}"


ON_GRID = MainsPair(MainsState.CLOSED, MainsState.CLOSED)
"""A site that runs on the grid, as it was told to."""
NO_GRID = MainsPair(MainsState.CLOSED, MainsState.OPEN)
"""A site whose grid has failed: it is an island, and nobody has told it to be one."""


class LiveMainsState(IntEnum):
    """`main_relay_state` of live data. Source: public captures.

    There are other numbers off the grid and on the way back (inferred): all but `CLOSED` are open.
    """

    OPEN = 0
    CLOSED = 1


class GridMode(StrEnum):
    """`Enchg_grid_mode`, `Solar_grid_mode`, `Enpwr_grid_mode`. Source: public captures."""

    ON_GRID = "multimode-ongrid"
    OFF_GRID = "multimode-offgrid"
    GENERATOR = "multimode-generator"
    GRID_TIED = "grid-tied"
    """No system switch, or (old firmware) no battery."""
    UNKNOWN = "unknown"
