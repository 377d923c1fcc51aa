"""What the gateway last heard of the mains relay: true while the Enpower is on the air, then stale.

The Enpower decides alone while nobody hears it; the gateway goes on showing its last word (public
reports of the relay view; that every view of it does so is assumed).
"""

from dataclasses import dataclass, replace

from hil.simulator.relay import MainsRelay
from hil.simulator.world import World
from hil.vocabulary.grid import GridMode, MainsState


@dataclass(frozen=True, slots=True)
class LastWord:
    """The relay as it was when the Enpower was last heard."""

    oper: MainsState
    grid_mode: GridMode
    admin_state: tuple[int, str, int]
    """`admin_state`, `admin_state_str` and `Enpwr_curr_state_id`."""
    state_bitmask: int
    gen_relay_state: int
    """Of the generator's relay, which is in the same box."""


class RelayReport:
    """The gateway's notes on the relay, kept at every change and every look."""

    def __init__(self, world: World, relay: MainsRelay) -> None:
        self._world, self._relay = world, relay
        self._word = self._now()
        relay.on_change = self._keep

    @property
    def last(self) -> LastWord:
        """What there is to show; without a system switch it is no report, and always so."""
        self._keep()
        return self._word

    def _keep(self) -> None:
        if self._relay.is_on_the_air or not self._relay.is_there:
            self._word = self._now()
        elif self._world.has_defect("lost-enpower-reads-open"):
            self._word = replace(self._word, oper=MainsState.OPEN)

    def _now(self) -> LastWord:
        relay = self._relay
        return LastWord(
            relay.oper,
            relay.grid_mode,
            relay.admin_state,
            relay.state_bitmask,
            relay.gen_relay_state,
        )
