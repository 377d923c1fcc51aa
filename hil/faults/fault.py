"""A fault that is on: begun and ended on the timeline, whoever ends it."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from hil.evidence.timeline import Kind, Timeline

LANE = "fault"
"""What the names of its changes of state begin with: a lane of its own on a timeline's page."""


class Fault:
    """A handle on a fault that is on. Ends with its block, by `end`, or with the rig's restore."""

    def __init__(self, where: str, what: str, *, lift: Callable[[], None]) -> None:
        self.where, self.what = where, what
        self.is_on = True
        self._lift = lift
        self._listeners: list[Callable[[Fault], None]] = []

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"

    def when_ended(self, listener: Callable[["Fault"], None]) -> None:
        """Have `listener` told once it is over."""
        self._listeners.append(listener)

    def end(self) -> None:
        """Lift it. Twice is fine; one that could not be lifted is still on."""
        if not self.is_on:
            return
        self._lift()
        self.is_on = False
        for listener in self._listeners:
            listener(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.end()


class FaultsOn:
    """Every fault of a rig that is on, in the order in which they began."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._on: list[Fault] = []

    def begin(self, where: str, what: str, *, lift: Callable[[], None]) -> Fault:
        """Tell that a fault has begun; `lift` ends it."""
        fault = Fault(where, what, lift=lift)
        self._on.append(fault)
        fault.when_ended(self._ended)
        self._tell(where, what, f"fault begins: {fault}")
        return fault

    def on(self, where: str | None = None) -> list[Fault]:
        """Those that are on, there or anywhere."""
        return [fault for fault in self._on if where is None or fault.where == where]

    def end_all(self, where: str | None = None) -> None:
        """Lift every one, the last one first; those at `where`, or all."""
        for fault in reversed(self.on(where)):
            fault.end()

    def _ended(self, fault: Fault) -> None:
        self._on.remove(fault)
        left = ", ".join(other.what for other in self.on(fault.where)) or "none"
        self._tell(fault.where, left, f"fault ends: {fault}")

    def _tell(self, where: str, value: str, story: str) -> None:
        self._timeline.note("faults", Kind.STATE, story, name=f"{LANE}: {where}", value=value)
