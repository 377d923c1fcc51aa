"""How inverters come back: they wait, and then give more from second to second.

After a while without AC by the delay and the soft start of the grid profile (enter service, IEEE 1547);
after a move of the contactor sooner, as a public measurement on one site has it.
"""

import math

from hil.simulator.grid_profile import Propagation
from hil.simulator.relay import MainsRelay
from hil.simulator.steps import begun, has_come, next_in_s, wait_for
from hil.simulator.world import World

LONG_AGO_S = float("-inf")


class EnterService:
    """Follows one site's inverters, all of them together."""

    def __init__(self, world: World, *, profile: Propagation, relay: MainsRelay) -> None:
        self._world, self._profile, self._relay = world, profile, relay
        self._begins_s = LONG_AGO_S
        """When inverters that were without AC may give power."""
        self._ramp_pct_s = 0.0
        self._gone_since_s: float | None = None

    def ac_is_back(self) -> None:
        """They were without, and are not any more; another profile does not move what has begun."""
        tpm = self._profile.in_force.tpm
        self._begins_s, self._ramp_pct_s = self._world.now_s + tpm["reconnect_s"], tpm["ramp_pct_s"]
        if self._world.has_defect("soft-start-twice-as-fast"):
            self._ramp_pct_s *= 2

    def follow_grid(self, *, is_gone: bool) -> None:
        """Whether the site hangs on a grid that is dead; an island that follows, or a flicker, is no loss."""
        now_s, since_s = self._world.now_s, self._gone_since_s
        if is_gone:
            self._gone_since_s = now_s if since_s is None else since_s
            return
        self._gone_since_s = None
        longest_s = self._profile.in_force.tpm["uv_fast_ms"] / 1000
        if since_s is not None and now_s - since_s > longest_s and not self._relay.is_open:
            self.ac_is_back()

    @property
    def stands_by(self) -> bool:
        """Whether they have to wait."""
        return not has_come(self._waits_s)

    @property
    def share(self) -> float:
        """What they may give of their ratings, up to 1; in steps, between which nothing changes."""
        risen = (begun(since_s, self._step_s) * pct_s / 100 for since_s, pct_s in self._ramps)
        return min((1.0, *(steps * self._step_s for steps in risen)))

    @property
    def changes_in_s(self) -> float | None:
        """Until they may give power, or more of it; None where nothing holds them back."""
        if self.stands_by:
            return wait_for(self._waits_s)
        if self.share >= 1.0:
            return None
        return min(next_in_s(since_s, self._step_s) for since_s, _ in self._ramps)

    @property
    def _waits_s(self) -> float:
        return -min(self._since_ac_s, self._since_moved_s)

    @property
    def _ramps(self) -> list[tuple[float, float]]:
        """What goes on or is over: since when (s), and by how much of the ratings (%/s)."""
        ramps = []
        if self._relay.is_open:
            ramp_pct_s = self._world.assumptions.relay.pv_resume_ramp_pct_s
            ramps.append((self._since_moved_s, ramp_pct_s))
        if not self._world.has_defect("soft-start-left-out"):
            ramps.append((self._since_ac_s, self._ramp_pct_s))
        # A ramp of 0 is none (assumed); what never began is infinitely long ago.
        return [ramp for ramp in ramps if ramp[1] > 0 and math.isfinite(ramp[0])]

    @property
    def _step_s(self) -> float:
        return self._world.assumptions.relay.soft_start_step_s

    @property
    def _since_ac_s(self) -> float:
        """Since they may give power as far as AC goes; below 0 while they wait for it."""
        return self._world.now_s - self._begins_s

    @property
    def _since_moved_s(self) -> float:
        """The same after a move of the contactor."""
        assumed = self._world.assumptions.relay
        pause_s = assumed.pv_resume_s if self._relay.is_open else assumed.pv_back_s
        if self._world.has_defect("sun-stands-by-for-long"):
            pause_s = 300.0
        return self._relay.since_moved_s - pause_s
