"""The core of the simulated rig: one queue of events, and everything that exists.

No thread, no sleep, no I/O: time is a number that `advance` moves. All of it is plain data, so a
world can be copied, saved and restored. What devices print is collected here with the time it was
printed; the faces carry it out.
"""

import heapq
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

from hil.simulator.assumptions import Assumptions
from hil.simulator.chance import draw

MICROSECOND_S = 1e-6
"""What is so near in time has been reached: seconds as floats are no finer over a night."""


_ROUNDS = 50
"""So often everybody may follow everybody else at one moment."""


class Actor(Protocol):
    """Something in the world that events happen to."""

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """React to an event that was scheduled for this actor."""


@dataclass(order=True, slots=True)
class Event:
    """An entry of the queue: ordered by time, then by the order of scheduling."""

    at_s: float
    number: int
    actor: str = field(compare=False)
    name: str = field(compare=False)
    payload: dict[str, object] = field(compare=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Print:
    """Bytes that a device put on its console, and when."""

    console: str
    data: bytes
    at_s: float


class World:
    """Everything that exists on a simulated site, and its time.

    `epoch` is the UNIX time at rig second 0. Time before 0 is the site's past: it is lived through
    while the world is built, so that polls, reports and propagation are in full swing at 0.
    """

    def __init__(
        self,
        assumptions: Assumptions,
        *,
        seed: int = 0,
        epoch: int = 0,
        starts_at_s: float = 0.0,
        defects: Collection[str] = (),
    ) -> None:
        self.assumptions, self.seed, self.epoch = assumptions, seed, epoch
        self.now_s = starts_at_s
        self.defects = frozenset(defects)
        self.actors: dict[str, Actor] = {}
        self.printed: list[Print] = []
        self._queue: list[Event] = []
        self._scheduled = 0
        self._pending: set[int] = set()
        self._cancelled: set[int] = set()
        self._watchers: list[Callable[[], None]] = []
        self._touched = self._settling = False
        self._drawn: dict[tuple[str, str], int] = {}

    def add(self, name: str, actor: Actor) -> None:
        """Let events happen to `actor` under `name`."""
        if name in self.actors:
            raise ValueError(f"two actors are called {name!r}")
        self.actors[name] = actor

    def after(self, delay_s: float, actor: str, event: str, **payload: object) -> int:
        """Schedule an event `delay_s` from now; the number returned can be cancelled."""
        self._scheduled += 1
        at_s = self.now_s + max(0.0, delay_s)
        heapq.heappush(self._queue, Event(at_s, self._scheduled, actor, event, payload))
        self._pending.add(self._scheduled)
        return self._scheduled

    def cancel(self, number: int | None) -> None:
        """Unschedule an event; one that has happened, or None, is fine."""
        if number in self._pending:
            self._cancelled.add(number)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` whenever something was touched, before time goes on."""
        self._watchers.append(watcher)

    def touch(self) -> None:
        """Something has changed that others may have to follow: at this very moment, not later."""
        self._touched = True

    def settle(self) -> None:
        """Let everybody follow what has changed, until nothing does any more."""
        if self._settling:
            return
        self._settling = True
        try:
            for _ in range(_ROUNDS):
                if not self._touched:
                    return
                self._touched = False
                for watcher in self._watchers:
                    watcher()
            raise RuntimeError(f"at {self.now_s} s the site does not come to rest: a bug of ours")
        finally:
            self._settling = False

    def chance(self, device: str, what: str) -> float:
        """The next number in [0, 1) of this device's stream for `what`."""
        number = self._drawn.get((device, what), 0)
        self._drawn[device, what] = number + 1
        return draw(self.seed, device, what, number)

    def say(self, console: str, data: bytes) -> None:
        """A device prints on its console."""
        self.printed.append(Print(console, data, self.now_s))

    def take_printed(self) -> list[Print]:
        """What was printed since the last call, in order."""
        taken, self.printed = self.printed, []
        return taken

    def next_event_s(self) -> float | None:
        """When the next event is due, or None."""
        self._drop_cancelled()
        return self._queue[0].at_s if self._queue else None

    def advance(self, until_s: float, stop_on: Collection[str] = ()) -> None:
        """Live until `until_s`, or through the first event that prints on one of `stop_on`."""
        while True:
            self.settle()
            due_s = self.next_event_s()
            if due_s is None or due_s > until_s:
                self.now_s = max(self.now_s, until_s)
                return
            event = heapq.heappop(self._queue)
            self._pending.discard(event.number)
            self.now_s = max(self.now_s, event.at_s)
            before = len(self.printed)
            self.actors[event.actor].handle(event.name, event.payload)
            if any(said.console in stop_on for said in self.printed[before:]):
                self.settle()
                return

    @property
    def unix_time(self) -> float:
        """The site's true time of day, UNIX seconds."""
        return self.epoch + self.now_s

    def has_defect(self, name: str) -> bool:
        """Whether this world was built with that deliberate firmware bug."""
        return name in self.defects

    def _drop_cancelled(self) -> None:
        while self._queue and self._queue[0].number in self._cancelled:
            number = heapq.heappop(self._queue).number
            self._cancelled.discard(number)
            self._pending.discard(number)
