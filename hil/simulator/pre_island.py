"""What a site does between the command to leave the grid and the move of its contactor.

The batteries are topped up from the grid and the sun is turned down in steps (a public measurement
on one site, which also gives the power); how many steps and how far down is assumed.
"""

from hil.simulator.relay import MainsRelay
from hil.simulator.steps import begun, next_in_s
from hil.simulator.world import World


class PreIsland:
    """Follows the relay of one site; nothing of it is left once that has opened, or is told to stay."""

    def __init__(self, world: World, relay: MainsRelay) -> None:
        self._world, self._relay = world, relay

    @property
    def share_of_sun(self) -> float:
        """What the inverters may give of what they have, from 1 down to 0."""
        steps = self._world.assumptions.relay.pre_island_steps
        opening_s = self._relay.opening_s
        if opening_s is None or self._world.has_defect("opens-under-full-sun"):
            return 1.0
        return max(0.0, 1.0 - (begun(opening_s, self._step_s) - 1) / steps)

    @property
    def top_up_mw(self) -> int | None:
        """What all batteries together may take from the grid; None where they go on as before."""
        if self._relay.opening_s is None or self._world.has_defect("opens-without-topping-up"):
            return None
        return round(self._world.assumptions.relay.pre_island_top_up_w * 1000)

    @property
    def changes_in_s(self) -> float | None:
        """Until the sun is turned down further; None where it is not."""
        opening_s = self._relay.opening_s
        if opening_s is None:
            return None
        return next_in_s(opening_s, self._step_s)

    @property
    def _step_s(self) -> float:
        assumed = self._world.assumptions.relay
        return assumed.open_command_s / (assumed.pre_island_steps + 1)
