"""The rapid shutdown switch: while its loop is open nothing on the site's own side gives any power.

That the DER relays open and the mains relay stays closed is public (the installation guide of the
switch); that the inverters wait for the profile's reconnect delay afterwards is the grid code's.
"""

from hil.simulator.grid_profile import Propagation
from hil.simulator.relay import MainsRelay
from hil.simulator.relay_guards import Guard
from hil.simulator.world import World

ACTOR = "rapid shutdown"


class RapidShutdown:
    """`is_active` once the DER relays have followed the loop, until they have again."""

    def __init__(self, world: World, *, profile: Propagation, relay: MainsRelay) -> None:
        self._world, self._profile, self._relay = world, profile, relay
        self._loop_is_closed = True
        self._pv_back_at_s = float("-inf")
        self.is_active = False
        relay.guards.watch(Guard.RAPID_SHUTDOWN, self._stands)
        world.add(ACTOR, self)

    @property
    def pv_back_in_s(self) -> float:
        """Until inverters that were shut down may give power; 0 or less where none was."""
        return self._pv_back_at_s - self._world.now_s

    def power_off(self) -> None:
        """Open the loop, as the handle turned to OFF does."""
        self._switch(closed=False)

    def power_on(self) -> None:
        """Close the loop."""
        self._switch(closed=True)

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """The DER relays have followed."""
        was_active, self.is_active = self.is_active, not self._loop_is_closed
        if was_active and not self.is_active:
            if self._world.has_defect("rapid-shutdown-stays"):
                self.is_active = True
            # Of the profile as it is now: another one does not move what has begun.
            self._pv_back_at_s = self._world.now_s + self._profile.in_force.tpm["reconnect_s"]
        if self.is_active and self._world.has_defect("rapid-shutdown-opens-the-mains"):
            self._relay.grid_tripped()
        self._world.touch()

    def _stands(self) -> bool:
        return self.is_active

    def _switch(self, *, closed: bool) -> None:
        self._loop_is_closed = closed
        self._world.after(self._world.assumptions.relay.rapid_shutdown_s, ACTOR, "followed")
