"""The one way to wait, and it tells what it saw."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from hil.clock import Clock
from hil.errors import Changed, NotInTime, Unseen

T = TypeVar("T")

UNSEEN_S = 30.0
"""A look that takes longer leaves undecided what happened meanwhile: nobody could see it."""

ROUNDING_S = 1e-6
"""A sleep may end this much short of its deadline: rig time is a sum of floats."""


@dataclass
class Wait:
    """A wait as it goes: each distinct value seen, with when it first was; how it ended."""

    what: str
    limit_s: float
    """The rig seconds it may take, or, of what has to stay as it is, has to be watched."""
    history: list[tuple[float, object]] = field(default_factory=list)
    """Rig seconds since its beginning, and what was seen."""
    ended: str = "interrupted"
    """`met`, `not in time`; `stayed`, `changed`; `unseen`; `interrupted` by what `observe` raised."""
    took_s: float = 0.0
    measures: str = ""
    """What its duration is called in the field, as `time to rejoin`; `what` where that is empty."""

    @property
    def is_well(self) -> bool:
        """Whether it ended as it should."""
        return self.ended in ("met", "stayed")

    @property
    def after_s(self) -> float:
        """When the last value was first seen: of a wait that was met, how long it took to be so."""
        return self.history[-1][0] if self.history else 0.0

    def remember(self, at_s: float, value: object) -> None:
        """Something was seen."""
        if isinstance(value, set | frozenset):
            # Its own order is another one in every process, and two runs alike read alike.
            value = "{" + ", ".join(sorted(map(str, value))) + "}"
        if not self.history or self.history[-1][1] != value:
            self.history.append((at_s, value))


class WaitListener(Protocol):
    """Told about each wait when it ends."""

    def __call__(self, wait: Wait) -> None: ...


def _nobody(wait: Wait) -> None:
    pass


def _identity(value: T) -> object:
    return value


@dataclass(frozen=True)
class Waiting:
    """Waiting on one rig: its clock, and who is told what each wait saw."""

    clock: Clock
    listener: WaitListener = _nobody
    unseen_s: float = math.inf
    """A look that takes longer is no look, for a wait that judges (`UNSEEN_S`); a restore waits for
    actions, which take what they take."""

    def until(
        self,
        observe: Callable[[], T],
        accept: Callable[[T], bool],
        *,
        what: str,
        within_s: float,
        every_s: float = 1.0,
        show: Callable[[T], object] = _identity,
        measures: str = "",
    ) -> T:
        """Observe until `accept` holds, and return that observation.

        Looks at the start, then every `every_s`, and once more at the end of the budget, so it
        may find it up to one `every_s` late. What `observe` raises passes through: a device that
        stopped answering is another finding than one that is late. `show` picks what of an
        observation is told (default: all of it); `measures` is what the time that it took is called
        in reports, as `time to rejoin`. The clock's grain is added to `within_s`.

        Raises:
            NotInTime: with each distinct value seen, and when.
            Unseen: it was so when somebody could look again, long after its budget was over.
        """
        started_s = self.clock.now()
        limit_s = within_s + self.clock.grain_s
        with self._told(what, within_s, measures) as wait:
            for seen, _ in self._looks(observe, wait, every_s=every_s, until_s=limit_s, show=show):
                if accept(seen):
                    seen_s = self.clock.now() - started_s
                    if seen_s > limit_s + self.unseen_s + self.clock.grain_s:
                        wait.ended = "unseen"
                        raise Unseen(
                            f"{what}: it is so after {seen_s:.0f} s, {within_s:g} s are allowed, and "
                            "nobody could look in between; suspect a gateway that was busy or away"
                        )
                    wait.ended = "met"
                    return seen
            wait.ended = "not in time"
            note = _grain_note(self.clock)
            raise NotInTime(what, within_s=within_s, history=wait.history, note=note)

    def stays(
        self,
        observe: Callable[[], T],
        accept: Callable[[T], bool],
        *,
        what: str,
        for_s: float,
        every_s: float = 1.0,
        show: Callable[[T], object] = _identity,
    ) -> T:
        """Observe for `for_s` rig seconds; `accept` must hold at every look. Returns the last.

        Raises:
            Changed: at the first look at which it does not hold, with what was seen until then.
            Unseen: one look took so long that what happened meanwhile cannot be told.
        """
        started_s = self.clock.now()
        with self._told(what, for_s) as wait:
            for seen, at_s in self._looks(observe, wait, every_s=every_s, until_s=for_s, show=show):
                blind_s = self.clock.now() - started_s - at_s
                if not accept(seen):
                    wait.ended = "changed"
                    story = " → ".join(f"{value} ({when:.0f} s)" for when, value in wait.history)
                    raise Changed(f"{what}: changed after {at_s:.0f} s of {for_s:g} s; saw {story}")
                if blind_s > self.unseen_s + self.clock.grain_s:
                    wait.ended = "unseen"
                    raise Unseen(
                        f"{what}: nobody could look for {blind_s:.0f} s, from {at_s:.0f} s of {for_s:g} s "
                        "on; suspect a gateway that was busy or away"
                    )
            wait.ended = "stayed"
            return seen

    def _looks(
        self,
        observe: Callable[[], T],
        wait: Wait,
        *,
        every_s: float,
        until_s: float,
        show: Callable[[T], object],
    ) -> Iterator[tuple[T, float]]:
        """Look at the start, every `every_s`, and at `until_s`: what was seen, asked for when."""
        started_s = self.clock.now()
        deadline_s = started_s + until_s
        while True:
            asked_s = self.clock.now()
            seen = observe()
            wait.remember(self.clock.now() - started_s, show(seen))
            yield seen, asked_s - started_s
            if asked_s >= deadline_s - ROUNDING_S:
                return
            self.clock.sleep(min(every_s, max(0.0, deadline_s - self.clock.now())))

    @contextmanager
    def _told(self, what: str, limit_s: float, measures: str = "") -> Iterator[Wait]:
        """A wait whose story the listener hears at its end, whatever ends it."""
        wait = Wait(what, limit_s, measures=measures)
        started_s = self.clock.now()
        try:
            yield wait
        finally:
            wait.took_s = self.clock.now() - started_s
            self.listener(wait)


def _grain_note(clock: Clock) -> str:
    return f" (+{clock.grain_s:g} s grain of the paced clock)" if clock.grain_s else ""
