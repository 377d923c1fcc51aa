"""Making a rig safe without its run: whatever can be put back is, and what cannot is said.

A restore after a test stops at the first thing that fails, since the rig is out then. Here nobody
comes afterwards: one battery that does not answer must not leave the relay open. So what stands
under voltage has its turn first, and again after whatever else took its time.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from hil.clock import Clock
from hil.consoles.node import Node
from hil.errors import HilError, NotInTime
from hil.evidence.timeline import Kind, Timeline
from hil.rig.drivers import Drivers
from hil.rig.facet import Facet

LOOK_EVERY_S = 5.0
"""Rig seconds between two looks at what is not safe yet."""

AGAIN_AFTER_S = 120.0
"""Rig seconds after which what was put back and is not so yet is put back once more."""


@dataclass
class Safety:
    """What making the rig safe did, and what it could not do; a sentence each."""

    done: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)

    def told(self) -> str:
        """What the keeper did, in one sentence."""
        done = f"the keeper put right: {', '.join(self.done)}" if self.done else ""
        end = f"NOT safe: {', '.join(self.undone)}" if self.undone else "the rig is safe"
        return "; ".join(filter(None, (done, end)))


def make_safe(
    drivers: Drivers,
    found: Mapping[str, object] | None,
    *,
    clock: Clock,
    timeline: Timeline,
    within_s: float,
) -> Safety:
    """Put the rig back to `found` (each facet's state by its name), within so many rig seconds.

    None: nobody knows how it was; then only what every rig has to be like between tests.
    """
    wanted = {
        facet.name: facet.wanted if found is None else found.get(facet.name)
        for facet in drivers.facets
    }
    tries = [
        _Try(facet, wanted[facet.name])
        for facet in drivers.facets
        if wanted[facet.name] is not None
    ]
    until_s = clock.now() + within_s
    known: set[str] = set()
    trouble: dict[str, str] = {}
    safety = Safety()
    _give_power(drivers, trouble)
    _go_on_the_shell(drivers)
    while True:
        for each in tries:
            if each.facet.is_hazard:
                each.look(clock, timeline, safety)
        _identify(drivers, known, trouble)
        for each in tries:
            node = getattr(each.facet, "node", None)
            if not each.facet.is_hazard and (not isinstance(node, Node) or node.name in known):
                each.look(clock, timeline, safety)
        unsafe = [each for each in tries if not each.is_safe]
        left_s = until_s + max((each.facet.takes_s for each in unsafe), default=0.0) - clock.now()
        if (not unsafe and len(known) == len(drivers.nodes)) or left_s <= 0:
            break
        clock.sleep(min(LOOK_EVERY_S, left_s))
    _silence(drivers, known, trouble)
    safety.undone += [
        each.story or f"{each.facet.name}: not looked at, its device did not answer in time"
        for each in unsafe
    ]
    safety.undone += [f"{name}: {text}" for name, text in trouble.items()]
    return safety


@dataclass
class _Try:
    """One facet being put back."""

    facet: Facet
    found: object
    is_safe: bool = False
    story: str = ""
    _tried_s: float | None = None

    def look(self, clock: Clock, timeline: Timeline, safety: Safety) -> None:
        """Put it back if it is not as it has to be, unless that has just been tried."""
        try:
            now = self.facet.look()
            self.is_safe = not self.facet.is_off(self.found, now)
            if self.is_safe:
                return
            self.story = f"{self.facet.name}: {now} instead of {self.found}"
            if self._tried_s is not None and clock.now() < self._tried_s + AGAIN_AFTER_S:
                return
            self._tried_s = clock.now()
            timeline.note("keeper", Kind.STEP, f"put back {self.story}")
            self.facet.put_back(self.found, now)
            if self.story not in safety.done:
                safety.done.append(self.story)
        except HilError as error:
            self.is_safe = False
            if not isinstance(error, NotInTime):  # what was refused may be taken in a moment
                self._tried_s = None
            said = str(error).partition("\n")[0]
            self.story = f"{self.facet.name}: {said}"
            timeline.note("keeper", Kind.TROUBLE, self.story)


def _give_power(drivers: Drivers, trouble: dict[str, str]) -> None:
    """An outlet cannot be asked whether it is on, so it is switched on."""
    if drivers.power_switch is not None:
        try:
            drivers.power_switch.all_on()
        except HilError as error:
            trouble["power switch"] = str(error).partition("\n")[0]


def _go_on_the_shell(drivers: Drivers) -> None:
    """What a run has done there only the gateway knows. One that does not answer yet is asked again
    by what is put back there, which says so.
    """
    if drivers.gateway_shell is not None:
        with suppress(HilError):
            drivers.gateway_shell.access_point_is_on()


def _identify(drivers: Drivers, known: set[str], trouble: dict[str, str]) -> None:
    """Nothing is typed to a device before it has said who it is."""
    for node in drivers.nodes:
        if node.name not in known:
            try:
                node.check_identity()
            except HilError as error:
                trouble[node.name] = str(error).partition("\n")[0]
            else:
                known.add(node.name)
                trouble.pop(node.name, None)


def _silence(drivers: Drivers, known: set[str], trouble: dict[str, str]) -> None:
    """Verbose off: it cannot be asked whether it is on."""
    for node in drivers.nodes:
        if node.name in known:
            try:
                node.verbose(False)
            except HilError as error:
                trouble[node.name] = f"verbose may be on: {error}"
