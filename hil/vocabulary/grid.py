"""The mains relay and the modes the site runs in."""

from enum import StrEnum
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


class GridMode(StrEnum):
    """`Enchg_grid_mode`, `Solar_grid_mode`, `Enpwr_grid_mode`. Source: public captures."""

    ON_GRID = "multimode-ongrid"
    OFF_GRID = "multimode-offgrid"
    GENERATOR = "multimode-generator"
    GRID_TIED = "grid-tied"
    """No system switch, or (old firmware) no battery."""
    UNKNOWN = "unknown"
