"""One timeline per rig: everything that was said and done, in order, written as it happens."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from hil.evidence.redaction import Redactor


class Kind(StrEnum):
    """What an event is, seen from the suite."""

    SENT = "→"
    """To a device."""
    HEARD = "←"
    """From a device."""
    STEP = "·"
    """Of the suite: a step, a wait, a restore."""
    TROUBLE = "!"
    """Something the suite coped with and a reader should know."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. `rig_s` is rig time; `wall` is UNIX seconds, for other logs to be laid beside."""

    rig_s: float
    wall: float
    wire: str
    """Who: `envoy http`, `encharge 122… console`, `suite`."""
    kind: Kind
    text: str
    data: Mapping[str, object] = field(default_factory=dict)

    def line(self) -> str:
        """For people: one line, rig time in front."""
        return f"{self.rig_s:10.2f} s  {self.wire:<28} {self.kind} {self.text}"


def _nobody(event: Event) -> None:
    pass


class Timeline:
    """Collects events from all wires; appends each to a JSON-lines file at once, redacted.

    `now` is the rig's clock. Events may be noted with an earlier time (`at_s`): a console line
    is written when it is read and stamped with when it was said.
    """

    def __init__(self, path: Path, *, now: Callable[[], float], redactor: Redactor) -> None:
        self.path, self.redactor = path, redactor
        self.listener: Callable[[Event], None] = _nobody
        """Told about each event once it is written; in the thread that noted it."""
        self._now = now
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._file: IO[str] | None = None
        self._open()

    def note(
        self, wire: str, kind: Kind, text: str, *, at_s: float | None = None, **data: object
    ) -> None:
        """Add an event. `data` must be JSON; strings in it are redacted too."""
        with self._lock:
            event = self._event(wire, kind, text, at_s, data)
            self._events.append(event)
            self._write(event)
        self.listener(event)

    def remember(self, wire: str, kind: Kind, text: str, *, at_s: float) -> None:
        """Add an event that somebody else writes."""
        with self._lock:
            event = self._event(wire, kind, text, at_s, {})
            self._events.append(event)
        self.listener(event)

    def add(self, event: Event) -> None:
        """Write an event that somebody else noted, as it is."""
        with self._lock:
            self._write(event)
        self.listener(event)

    def _event(
        self, wire: str, kind: Kind, text: str, at_s: float | None, data: Mapping[str, object]
    ) -> Event:
        return Event(
            rig_s=round(self._now() if at_s is None else at_s, 6),
            wall=time.time(),
            wire=wire,
            kind=kind,
            text=self.redactor.scrub(text),
            data=self._scrubbed(data),
        )

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a", encoding="utf-8", buffering=1)

    def _write(self, event: Event) -> None:
        if self._file is not None and not self._file.closed:
            self._file.write(json.dumps(asdict(event), ensure_ascii=False) + "\n")

    def mark(self) -> int:
        """A position; `since(mark)` gives what came after it."""
        with self._lock:
            return len(self._events)

    def since(self, mark: int) -> list[Event]:
        """The events noted after `mark`, in the order they were noted."""
        with self._lock:
            return self._events[mark:]

    def close(self) -> None:
        """Let go of the file. Closing twice is fine."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def _scrubbed(self, data: Mapping[str, object]) -> Mapping[str, object]:
        if not data:
            return {}
        scrubbed = json.loads(
            self.redactor.scrub(json.dumps(data, default=str, ensure_ascii=False))
        )
        assert isinstance(scrubbed, dict)
        return scrubbed
