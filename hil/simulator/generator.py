"""The standby generator at the Enpower, and its relay: never closed while the mains relay is.

What starts it by itself is an island without enough charge, and the hour of its exercise.
"""

from collections.abc import Mapping
from enum import StrEnum

from hil.simulator.batteries import Batteries
from hil.simulator.gateway_clock import GatewayClock
from hil.simulator.generator_exercise import GeneratorExercise
from hil.simulator.island import Island
from hil.simulator.relay import GEN_RELAY_NONE, MainsRelay
from hil.simulator.relay_states import RelayState
from hil.simulator.site_settings import SiteSettings
from hil.simulator.world import World

ACTOR = "generator"


class GeneratorState(StrEnum):
    """Where it is."""

    OFF = "off"
    WARMING = "warming up"
    READY = "ready"
    """Runs, its relay open."""
    CLOSED = "closed"
    """Feeds the site."""
    COOLING = "cooling down"


class GeneratorEvent(StrEnum):
    """What happens to it."""

    WANTED = "wanted"
    WARM = "warm"
    MAY_CLOSE = "may close"
    MUST_OPEN = "must open"
    """The mains relay is closed, or about to be."""
    UNWANTED = "unwanted"
    COOL = "cool"


_S, _E = GeneratorState, GeneratorEvent

TABLE: Mapping[GeneratorState, Mapping[GeneratorEvent, GeneratorState]] = {
    _S.OFF: {_E.WANTED: _S.WARMING, _E.UNWANTED: _S.OFF},
    _S.WARMING: {_E.WANTED: _S.WARMING, _E.WARM: _S.READY, _E.UNWANTED: _S.OFF},
    _S.READY: {_E.WANTED: _S.READY, _E.MAY_CLOSE: _S.CLOSED, _E.UNWANTED: _S.COOLING},
    _S.CLOSED: {_E.WANTED: _S.CLOSED, _E.MUST_OPEN: _S.READY, _E.UNWANTED: _S.COOLING},
    _S.COOLING: {_E.WANTED: _S.READY, _E.UNWANTED: _S.COOLING, _E.COOL: _S.OFF},
}
"""State, event → state; what a state does not list cannot happen there."""

MAINS_STAYS_OPEN = frozenset(
    {
        RelayState.ISLAND_SYNCING,
        RelayState.ISLAND_SYNCED,
        RelayState.NO_GRID,
        RelayState.NO_GRID_TO_STAY,
        RelayState.RETURNING,
    }
)
"""The mains relay is open and not on its way to close: its own may close."""

LIVE_STATES: Mapping[GeneratorState, int] = {
    GeneratorState.OFF: 6,
    GeneratorState.WARMING: 8,
    GeneratorState.READY: 10,
    GeneratorState.CLOSED: 7,
    GeneratorState.COOLING: 6,
}
"""`gen_relay_state` of live data. Source: names and numbers of the live protobuf, which stands for
which is assumed."""


class Generator:
    """The generator of one site; one that is not set up stays off."""

    def __init__(
        self,
        world: World,
        *,
        relay: MainsRelay,
        settings: SiteSettings,
        batteries: Batteries,
        island: Island,
        clock: GatewayClock,
    ) -> None:
        self._world, self._relay, self._settings = world, relay, settings
        self._batteries, self._island = batteries, island
        self.exercise = GeneratorExercise(world, clock, settings)
        self.state = GeneratorState.OFF
        self._timer: int | None = None
        world.add(ACTOR, self)
        world.watch(self.look)

    @property
    def is_there(self) -> bool:
        """Whether one is set up."""
        return self._settings.gen_config is not None

    @property
    def is_closed(self) -> bool:
        """Whether it feeds the site."""
        return self.state is GeneratorState.CLOSED

    @property
    def rated_mw(self) -> int:
        """What it can give for good."""
        config = self._settings.gen_config
        return 0 if config is None else round(config.name_plate_rating_wat * 1_000_000)

    @property
    def least_mw(self) -> int:
        """It is not loaded with less."""
        config = self._settings.gen_config
        return 0 if config is None else self.rated_mw * config.min_gen_loading_perc // 100

    @property
    def charges(self) -> bool:
        """Whether the batteries may be charged with it."""
        config = self._settings.gen_config
        return config is not None and config.charge_from_generator

    @property
    def waits_for_soc_pct(self) -> float | None:
        """The state of charge at which it will start, or stop; None where that moves nothing."""
        schedule = self._settings.gen_schedule
        if schedule is None or not self.is_there:
            return None
        is_idle = self.state in (GeneratorState.OFF, GeneratorState.COOLING)
        return schedule.default_soc.start_soc if is_idle else schedule.default_soc.stop_soc

    def look(self) -> None:
        """Do what follows from how things are now."""
        self.exercise.look()
        if self.is_closed and self._must_open():
            self._happen(GeneratorEvent.MUST_OPEN)
        wanted = self.is_there and self._is_wanted()
        self._happen(GeneratorEvent.WANTED if wanted else GeneratorEvent.UNWANTED)
        if self.state is GeneratorState.READY and not self._must_open():
            self._happen(GeneratorEvent.MAY_CLOSE)
        self._relay.gen_relay_state = LIVE_STATES[self.state] if self.is_there else GEN_RELAY_NONE

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """It is warm, or cool."""
        self._timer = None
        self._happen(GeneratorEvent(event))
        self._world.touch()

    def _is_wanted(self) -> bool:
        mode, schedule = self._settings.gen_mode, self._settings.gen_schedule
        config = self._settings.gen_config
        if mode is None or mode.gen_cmd == "off":
            return False
        if mode.gen_cmd == "on" or self.exercise.is_on:
            return True
        if schedule is None or config is None or config.start_method.lower() != "auto":
            return False
        if self._must_open():
            return False
        window = schedule.default_soc
        if self.state not in (GeneratorState.OFF, GeneratorState.COOLING):
            is_charged = self._batteries.is_up_to(window.stop_soc)
            return not is_charged or self._world.has_defect("generator-never-stops")
        if self._batteries.is_down_to(window.start_soc):
            is_late = self._relay.since_moved_s > 60
            return not (is_late and self._world.has_defect("generator-looks-once"))
        return self._island.is_dark and not self._batteries.is_up_to(window.stop_soc)

    def _must_open(self) -> bool:
        if self.is_closed and self._world.has_defect("generator-holds-on"):
            return False
        if self._world.has_defect("generator-closes-onto-the-grid"):
            return False
        return self._relay.state not in MAINS_STAYS_OPEN

    def _happen(self, event: GeneratorEvent) -> None:
        before = self.state
        self.state = TABLE[before][event]
        if self.state is before:
            return
        self._world.cancel(self._timer)
        self._timer = None
        config, started_s = self._settings.gen_config, self._world.assumptions.physics.generator_s
        ends = {
            GeneratorState.WARMING: (config.warm_up_mins if config else 0, GeneratorEvent.WARM),
            GeneratorState.COOLING: (config.cool_down_mins if config else 0, GeneratorEvent.COOL),
        }.get(self.state)
        if ends is not None:
            self._timer = self._world.after(started_s + 60 * ends[0], ACTOR, ends[1].value)
        if GeneratorState.CLOSED in (before, self.state):
            self._relay.generator_moved(closed=self.is_closed)
        self._world.touch()
