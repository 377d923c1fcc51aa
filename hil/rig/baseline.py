"""What a rig is like when it is left alone, and how it is put back: after every test, with proof.

Some things have to be so for any test to begin (joining allowed, sealed, on the grid, …): those a
run that was killed has left otherwise are put right when the rig is opened. The rest is taken as
found. Everything goes through the drivers, as it would by hand.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TypeVar

from hil.errors import (
    HilError,
    NotAuthorized,
    NotOffered,
    Refused,
    RestoreFailed,
    Unavailable,
    Unintelligible,
    Unreachable,
)
from hil.evidence.timeline import Kind, Timeline
from hil.rig.facet import Facet
from hil.waiting import Waiting

LOOK_EVERY_S = 5.0
"""Between two looks while what was put back takes effect, or the gateway is busy."""
INSTRUMENTS_WITHIN_S = 60.0
"""For an instrument that is away to come back. It restarts in less; one that is gone, maybe with all
of the bench, must not cost what a device may take.
"""
POWER_EVERY_S = 2.0
"""Between two looks at what is starting."""
LOOKED_AT = "the rig is looked at"
GIVE_POWER = "the instruments give power"
PUT_BACK = "the rig is as it has to be"
"""What every look at the rig is waited for as, on the timeline: no measure of a test."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was found."""

    what: str
    found: object
    now: object
    commanded: bool
    """Whether only a command of ours can have changed it; devices change the rest by themselves."""

    def __str__(self) -> str:
        return f"{self.what}: {self.now} instead of {self.found}"


class Baseline:
    """The state of a rig as it has to be between tests, facet by facet.

    A restore is made inside `quietly`: what would end a test's wait must not end that.
    """

    def __init__(
        self,
        facets: Sequence[Facet],
        *,
        waiting: Waiting,
        timeline: Timeline,
        within_s: float,
        quietly: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._facets = tuple(facets)
        self._quietly = quietly
        self._waiting, self._timeline, self._within_s = waiting, timeline, within_s
        self._found: dict[str, object] = {}
        self.unwatched: dict[str, str] = {}
        """What this bench does not let us read, and so is not put back either: name and reason."""
        self.put_right: list[Difference] = []
        """What had to be put right before the first test could begin."""
        self._failed: RestoreFailed | None = None

    @property
    def failed(self) -> bool:
        """Whether a restore has failed."""
        return self._failed is not None

    def take(self) -> None:
        """Look at the rig, and put it into the state that tests start from.

        Raises:
            RestoreFailed: it cannot be brought into that state.
        """
        self.look()
        self.put_right_what_is_not()

    def look(self) -> None:
        """Remember how the rig has to be; changes nothing on it.

        What the gateway does not offer, not to our credentials, or not in a form we understand, is
        left out and noted: a rig with an owner's token may not read the seal, and is of use.
        """
        self._found, self.unwatched = {}, {}
        for facet in self._facets:
            try:
                now = self._patiently(facet.read, f"a first look at: {facet.name}")
            except (NotAuthorized, NotOffered, Unintelligible) as error:
                self.unwatched[facet.name] = str(error).partition("\n")[0]
                self._timeline.note(
                    "suite", Kind.TROUBLE, f"{facet.name} is not watched, not put back: {error}"
                )
                continue
            self._found[facet.name] = now if facet.wanted is None else facet.wanted

    @property
    def found(self) -> Mapping[str, object]:
        """How each facet that is watched has to be, by its name; JSON."""
        return self._found

    @property
    def wanted(self) -> Mapping[str, object]:
        """The part of `found` that has to be so for any test to begin."""
        return {
            facet.name: self._found[facet.name]
            for facet in self._facets
            if facet.wanted is not None and facet.name in self._found
        }

    def put_right_what_is_not(self) -> None:
        """Put the rig into the state that tests start from, once it was looked at.

        Raises:
            RestoreFailed: it cannot be brought into that state.
        """
        self.put_right = self.restore()
        for difference in self.put_right:
            self._timeline.note("suite", Kind.TROUBLE, f"found at opening, put right: {difference}")

    def differences(self, only: Collection[str] = ()) -> list[Difference]:
        """What is not as it has to be; `only` takes beginnings of facets' names."""
        found: list[Difference] = []
        for facet in self._watched(only):
            now, was = facet.look(), self._found[facet.name]
            if facet.is_off(was, now):
                found.append(Difference(facet.name, was, now, facet.commanded))
        return found

    def restore(self, only: Collection[str] = ()) -> list[Difference]:
        """Put the rig back and prove it; what had to be put back.

        `only` takes beginnings of facets' names: for a world that undoes its own part, so that
        what a test leaves besides is still found afterwards.

        Raises:
            RestoreFailed: something stayed other than it has to be, or a driver gave up. Once
                that has happened it is raised again without another try.
        """
        with self._quietly():
            return self._restore(only)

    def _restore(self, only: Collection[str]) -> list[Difference]:
        if self._failed is not None:
            raise self._failed
        differed: list[Difference] = []
        try:
            within_s = min(INSTRUMENTS_WITHIN_S, self._within_s)
            powered = self._patiently(self._give_power, GIVE_POWER, within_s=within_s)
            differed = powered + self._patiently(lambda: self.differences(only), LOOKED_AT)
            if differed:
                story = "; ".join(map(str, differed))
                self._timeline.note("suite", Kind.STEP, f"put back: {story}")
                self._patiently(lambda: self._put_back(only), "the rig takes what is put back")
                self._wait_until_put_back(only)
        except HilError as error:
            story = "; ".join(map(str, differed)) or "it could not be compared with its baseline"
            self._failed = RestoreFailed(f"the rig could not be put back ({story}): {error}")
            raise self._failed from error
        return differed

    def _give_power(self) -> list[Difference]:
        """Put the instruments right: nothing else can be read while a device is without power."""
        differed: list[Difference] = []
        starting: list[Facet] = []
        for facet in self._facets:
            if facet.gives_power and facet.name in self._found:
                now, found = facet.read(), self._found[facet.name]
                if facet.differs(found, now):
                    differed.append(Difference(facet.name, found, now, facet.commanded))
                    facet.put_back(found, now)
                    starting.append(facet)
        for facet in starting:
            self._wait_until_started(facet)
        return differed

    def _wait_until_started(self, facet: Facet) -> None:
        self._waiting.until(
            facet.read,
            lambda now: not facet.differs(self._found[facet.name], now),
            what=f"{facet.name} is back, and what hangs on it has started",
            within_s=facet.started_within_s,
            every_s=POWER_EVERY_S,
        )

    def _put_back(self, only: Collection[str]) -> None:
        for facet in self._watched(only):
            now, found = facet.look(), self._found[facet.name]
            if facet.is_off(found, now):
                try:
                    facet.put_back(found, now)
                except Refused as refused:
                    if facet.commanded:
                        raise
                    # It may become what it was by itself; if not, the wait for it says so.
                    self._timeline.note("suite", Kind.TROUBLE, f"{facet.name}: {refused}")

    def _wait_until_put_back(self, only: Collection[str]) -> None:
        self._waiting.until(
            lambda: self._attempt(lambda: self.differences(only)),
            lambda left: left == [[]],
            what=PUT_BACK,
            within_s=self._within_s,
            every_s=LOOK_EVERY_S,
            show=lambda left: (
                "; ".join(map(str, left[0])) or "it is" if isinstance(left, list) else str(left)
            ),
        )

    def _patiently(self, action: Callable[[], T], what: str, *, within_s: float | None = None) -> T:
        """`action`, again while the gateway is busy or away: one 503 must not cost a night."""
        seen = self._waiting.until(
            lambda: self._attempt(action),
            lambda done: isinstance(done, list),
            what=what,
            within_s=self._within_s if within_s is None else within_s,
            every_s=LOOK_EVERY_S,
            show=lambda done: "done" if isinstance(done, list) else str(done),
        )
        assert isinstance(seen, list)
        return seen[0]

    @staticmethod
    def _attempt(action: Callable[[], T]) -> list[T] | HilError:
        try:
            return [action()]
        except (Unavailable, Unreachable) as busy:
            return busy

    def _watched(self, only: Collection[str]) -> list[Facet]:
        return [
            facet
            for facet in self._facets
            if facet.name in self._found and (not only or facet.name.startswith(tuple(only)))
        ]
