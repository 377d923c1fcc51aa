"""The rapid shutdown switch: while its loop is open nothing on the site's own side gives any power.

That the DER relays open and the mains relay stays closed is public (the installation guide of the
switch); that the inverters enter service as the profile has it afterwards is the grid code's.
"""

from hil.simulator.enter_service import EnterService
from hil.simulator.relay import MainsRelay
from hil.simulator.relay_guards import Guard
from hil.simulator.world import World

ACTOR = "rapid shutdown"


class RapidShutdown:
    """`is_active` once the DER relays have followed the loop, until they have again."""

    def __init__(self, world: World, *, enters: EnterService, relay: MainsRelay) -> None:
        self._world, self._enters, self._relay = world, enters, relay
        self._loop_is_closed = True
        self.is_active = False
        relay.guards.watch(Guard.RAPID_SHUTDOWN, self._stands)
        world.add(ACTOR, self)

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
            self._enters.ac_is_back()
        if self.is_active and self._world.has_defect("rapid-shutdown-opens-the-mains"):
            self._relay.grid_tripped()
        self._world.touch()

    def _stands(self) -> bool:
        return self.is_active

    def _switch(self, *, closed: bool) -> None:
        self._loop_is_closed = closed
        self._world.after(self._world.assumptions.relay.rapid_shutdown_s, ACTOR, "followed")
