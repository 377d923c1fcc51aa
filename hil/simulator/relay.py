"""The mains relay in the Enpower: the contactor between site and grid, and who may move it.

Opening and closing are commands; the contactor follows later. When the grid fails it opens by
itself, and closes by itself once the grid has been well for long enough; what was commanded stays.
Beside it hangs the generator's relay (`generator.py`), which says here when it has moved.
"""

from collections.abc import Callable, Sequence

from hil.simulator.grid import Grid
from hil.simulator.grid_profile import Propagation
from hil.simulator.network import Network
from hil.simulator.relay_guards import Guard, Guards
from hil.simulator.relay_states import (
    AWAITS_GRID,
    CHATTER,
    GENERATOR_CLOSED,
    NEEDS_GRID,
    OPER,
    SAME_WAIT,
    TABLE,
    RelayEvent,
    RelayState,
    admin_states,
)
from hil.simulator.world import World
from hil.vocabulary.grid import GridMode, MainsState

ACTOR = "mains relay"

GEN_RELAY_NONE = 5
"""`gen_relay_state` without a generator (public captures)."""

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
        self._opening_since_s = float("-inf")
        self.state = RelayState.ON_GRID
        self.admin = MainsState.CLOSED
        self.grid_mode = GridMode.ON_GRID if enpower else GridMode.GRID_TIED
        self.operations = 0
        self.moved_at_s: float | None = None
        self.on_change: Callable[[], None] = _nobody
        """Called after every change; set by whoever reports them."""
        self.override_is_latched = False
        """Of the Enpower's manual override: commands move nothing until it is started anew."""
        self.guards = Guards()
        self.guards.watch(Guard.NO_BATTERY, self._has_no_source)
        self.guards.watch(Guard.OVERRIDE, self._is_overridden)
        self.on_generator = False
        self.gen_relay_state = GEN_RELAY_NONE
        """`gen_relay_state` of live data; set by the generator."""
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
        shows_open = self.is_open and not self._world.has_defect("inventory-misses-the-relay")
        return _OTHER_RELAY_BITS | (0 if shows_open else _CONTACTOR_CLOSED_BIT)

    @property
    def admin_state(self) -> tuple[int, str, int]:
        """The Enpower's `admin_state`, `admin_state_str` and `Enpwr_curr_state_id`."""
        if self.on_generator:
            return GENERATOR_CLOSED
        states = admin_states(self._world.assumptions.relay)
        number, word, state_id = states[self.state]
        if self._world.has_defect("outage-keeps-its-number"):
            state_id = states[RelayState.ON_GRID][2]
        return number, word, state_id

    def command(self, wanted: MainsState) -> bool:
        """What POST `/ivp/ensemble/relay` does: `wanted` is OPEN or CLOSED.

        Returns whether it reached the Enpower; one that did not is forgotten. Whether one that a
        guard holds back is shown as the admin state is an assumption.
        """
        if not self.is_there:
            return True
        if not self.is_reachable:
            if self._world.has_defect("blind-open"):
                self._world.after(1.0, ACTOR, "send again", wanted=str(wanted))
            return self._world.has_defect("unheard-command-accepted")
        event = RelayEvent.OPEN if wanted is MainsState.OPEN else RelayEvent.CLOSE
        held_back = self.guards.against(event)
        if not held_back or self._world.assumptions.relay.blocked_command_is_kept:
            self.admin = wanted
        if not held_back:
            self._happen(event)
        return True

    @property
    def is_there(self) -> bool:
        """Whether the site has a system switch at all."""
        return self._enpower is not None

    @property
    def is_reachable(self) -> bool:
        """Whether a command would reach the Enpower now."""
        return self.is_on_the_air and self._enpower is not None and self._is_heard(self._enpower)

    @property
    def is_on_the_air(self) -> bool:
        """Whether the Enpower is in the radio network, whatever the gateway thinks of it."""
        return self._enpower is not None and self._network.is_operational(self._enpower)

    @property
    def sources(self) -> list[str]:
        """The batteries that are heard."""
        is_blind = self._world.has_defect("opens-without-a-battery")
        return [serial for serial in self._encharges if is_blind or self._is_heard(serial)]

    def _has_no_source(self) -> bool:
        return not self.sources

    def _is_overridden(self) -> bool:
        return self.override_is_latched

    @property
    def opening_s(self) -> float | None:
        """Rig seconds since it was commanded open, while its contactor has not moved yet."""
        if self.state is not RelayState.OPENING:
            return None
        return self._world.now_s - self._opening_since_s

    # What the contactor does alone, whether the gateway hears the Enpower or not.

    def grid_tripped(self) -> None:
        """Let go of a grid that is lost or was beyond its limits for too long."""
        if self._world.has_defect("lost-enpower-holds-on") and not self.is_on_the_air:
            return
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

    def generator_moved(self, *, closed: bool) -> None:
        """The generator's relay has closed or opened; the modes follow."""
        self.on_generator = closed
        self.on_change()
        self._world.after(self._world.assumptions.relay.grid_mode_lag_s, ACTOR, "grid mode")

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A timer of the relay ends."""
        if event == "grid mode":
            stuck = self._world.has_defect("modes-never-return")
            self.grid_mode = GridMode.OFF_GRID if self.is_open or stuck else GridMode.ON_GRID
            if self.on_generator and not self._world.has_defect("generator-mode-unsaid"):
                self.grid_mode = GridMode.GENERATOR
            self.on_change()
            return
        if event == "send again":
            wanted = MainsState(str(payload["wanted"]))
            self.command(wanted)  # of the defect: until the Enpower hears it
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
        if (before, event) in CHATTER and self._world.has_defect("relay-chatters"):
            self.state = CHATTER[before, event]
        self.on_change()
        self._world.touch()
        if self.is_open != was_open:
            self.operations += 1
            self.moved_at_s = self._world.now_s
            self._world.after(self._world.assumptions.relay.grid_mode_lag_s, ACTOR, "grid mode")
        if self.state is not before and not any({before, self.state} <= w for w in SAME_WAIT):
            self._start_timer()
        if self.state is RelayState.OPENING and before is not RelayState.OPENING:
            self._opening_since_s = self._world.now_s
        if comes_late and is_commanded and self.admin is MainsState.CLOSED:
            self._happen(RelayEvent.CLOSE)
            return
        # A contactor that has just opened looks at the grid that it has left.
        if self.state in NEEDS_GRID and not self._grid.in_window:
            self._happen(RelayEvent.LEFT_WINDOW)
        elif self.state in AWAITS_GRID and self._grid.in_window:
            self._happen(RelayEvent.BACK_IN_WINDOW)

    def _grid_is_well_from_now(self) -> None:
        waits = self.state in (RelayState.NO_GRID, RelayState.NO_GRID_TO_STAY)
        if waits and self._was_returning and self._world.has_defect("flicker-keeps-the-timer"):
            return
        self._well_since_s = self._world.now_s
        self._was_returning = waits

    @property
    def _delay_left_s(self) -> float:
        """Of the reconnect delay of the profile in force, which nothing that closes may undercut."""
        delay_s = self._profile.in_force.tpm["reconnect_s"]
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


def _nobody() -> None:
    pass
