"""Whether an island lives: what its sources can carry, overload, blackout and black start.

The table is that of public manuals: ten seconds of overload, a restart a minute later with one load
after the other, five tries; with little charge left, further apart each time; with next to none, no
start without AC.
"""

from collections.abc import Mapping
from enum import StrEnum

from hil.simulator.steps import begun, has_come, next_in_s
from hil.simulator.world import World


class IslandState(StrEnum):
    """What becomes of a site that is cut off."""

    UP = "up"
    OVERLOADED = "overloaded"
    """Its batteries give more than their rating, which they can for some seconds."""
    DARK = "dark"
    """Collapsed; it will be tried again."""
    DEAD = "dead"
    """So little charge is left that nothing tries any more: the grid or a generator has to come."""


class IslandEvent(StrEnum):
    """What happens to it."""

    CARRIED = "carried"
    """Its sources can carry what is asked of them for good."""
    OVERLOAD = "overload"
    COLLAPSE = "collapse"
    """More is asked than can be given, or it was for too long, or the charge is used up."""
    RETRY = "retry"
    DRAINED = "drained"
    AC_BACK = "AC back"
    """The grid or a generator has taken over."""


_S, _E = IslandState, IslandEvent

TABLE: Mapping[IslandState, Mapping[IslandEvent, IslandState]] = {
    _S.UP: {
        _E.CARRIED: _S.UP,
        _E.OVERLOAD: _S.OVERLOADED,
        _E.COLLAPSE: _S.DARK,
        _E.AC_BACK: _S.UP,
    },
    _S.OVERLOADED: {
        _E.CARRIED: _S.UP,
        _E.OVERLOAD: _S.OVERLOADED,
        _E.COLLAPSE: _S.DARK,
        _E.AC_BACK: _S.UP,
    },
    _S.DARK: {_E.RETRY: _S.UP, _E.DRAINED: _S.DEAD, _E.AC_BACK: _S.UP},
    _S.DEAD: {_E.AC_BACK: _S.UP},
}
"""State, event → state; what a state does not list cannot happen there."""


class Island:
    """The island of one site. Times in rig seconds; `until_s` is when its state ends by itself."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.state = IslandState.UP
        self.until_s: float | None = None
        self.collapses = 0
        """Since AC was last there."""
        self._low_charge_tries = 0
        self._was_overload = False
        """What it last collapsed for."""
        self._loads_return_from_s: float | None = None
        """After an overload they do so one by one."""

    @property
    def is_dark(self) -> bool:
        return self.state in (IslandState.DARK, IslandState.DEAD)

    @property
    def is_due(self) -> bool:
        """Whether its state has lasted as long as it may."""
        return self.until_s is not None and has_come(self.until_s - self._world.now_s)

    @property
    def skips_load(self) -> bool:
        """Whether what made it collapse time and again is left out."""
        tries = self._world.assumptions.physics.overload_tries
        if self._world.has_defect("gives-a-load-up-too-soon"):
            tries = 3
        if self._world.has_defect("gives-a-load-up-too-late"):
            tries += 1
        return self.collapses >= tries and not self._world.has_defect("heavy-load-never-left-out")

    @property
    def share_of_load(self) -> float:
        """What is back of the house, up to 1."""
        if self._loads_return_from_s is None or self._world.has_defect("loads-return-at-once"):
            return 1.0
        back = begun(self._world.now_s - self._loads_return_from_s, self._load_return_s)
        return min(1.0, back / self._world.assumptions.physics.loads)

    @property
    def next_load_in_s(self) -> float | None:
        """Until one more is back; None where none is missing."""
        if self._loads_return_from_s is None or self.share_of_load >= 1.0:
            return None
        return next_in_s(self._world.now_s - self._loads_return_from_s, self._load_return_s)

    @property
    def _load_return_s(self) -> float:
        is_hasty = self._world.has_defect("loads-return-too-soon")
        return 4.0 if is_hasty else self._world.assumptions.physics.load_return_s

    def ac_is_back(self) -> None:
        """The grid or a generator carries the site: all is forgotten."""
        self._happen(IslandEvent.AC_BACK)
        self.until_s, self.collapses, self._low_charge_tries = None, 0, 0
        self._loads_return_from_s = None

    def carried(self) -> None:
        """What is asked can be given."""
        self._happen(IslandEvent.CARRIED)
        self.until_s = None

    def overloaded(self) -> None:
        """More than the ratings is asked, less than what they can give for a moment."""
        if self.state is not IslandState.OVERLOADED:
            self.until_s = self._world.now_s + self._world.assumptions.physics.overload_s
        self._happen(IslandEvent.OVERLOAD)

    def collapse(self, *, for_want_of_charge: bool) -> None:
        """It is dark from now on, and tries again later."""
        physics = self._world.assumptions.physics
        self._happen(IslandEvent.COLLAPSE)
        self._loads_return_from_s = None
        self._was_overload = not for_want_of_charge
        if for_want_of_charge:
            self.try_later()
            return
        self.collapses += 1
        self.until_s = self._world.now_s + physics.restart_s
        if self._world.has_defect("overload-restarts-at-once"):
            self.until_s = self._world.now_s + 10
        if self._world.has_defect("overload-stays-dark"):
            self.until_s = None

    def try_later(self) -> None:
        """With too little charge, each black start is further away than the one before."""
        waits_min = self._world.assumptions.physics.black_start_retry_min
        if self._world.has_defect("first-black-start-at-once"):
            waits_min = (0.5, *waits_min[1:])
        if self._world.has_defect("third-pause-left-out"):
            waits_min = (*waits_min[:2], *waits_min[3:])
        if self._world.has_defect("fourth-pause-like-the-third"):
            waits_min = waits_min[:-1]
        wait_min = waits_min[min(self._low_charge_tries, len(waits_min) - 1)]
        if not self._world.has_defect("black-starts-keep-their-pace"):
            self._low_charge_tries += 1
        self.until_s = self._world.now_s + 60 * wait_min

    def retry(self) -> None:
        """A black start has worked."""
        self._happen(IslandEvent.RETRY)
        self.until_s = None
        self._loads_return_from_s = self._world.now_s if self._was_overload else None

    def drained(self) -> None:
        """No charge is left to try with."""
        self._happen(IslandEvent.DRAINED)
        self.until_s = None

    def _happen(self, event: IslandEvent) -> None:
        self.state = TABLE[self.state][event]
