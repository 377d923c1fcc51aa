"""One timeline per rig: everything that was said and done, in order, written as it happens."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from json.encoder import encode_basestring
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from hil.evidence.redaction import Redactor

KEPT_CHARACTERS = 64 << 20
"""How much text of the running test is kept in memory, for its report; the file has all of it."""

TEST_BEGINS, TEST_ENDED = "test begins: ", "test ended: "
"""How the suite says on the timeline that a test begins, by node id, and has ended, by name."""

FAILED = ("setup failed: ", "call failed: ", "teardown failed: ")
"""How it says that one has failed; the headline follows."""

_JSON = json.JSONEncoder(ensure_ascii=False)


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
    STATE = "="
    """Of the rig, as the suite has just learnt it: something is not what it was. `data` has its
    `name`, its `value` and, of a number, its `unit`."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. `rig_s` is rig time; `wall` is UNIX seconds, for other logs to be laid beside."""

    rig_s: float
    wall: float
    wire: str
    """Who: `envoy http`, `encharge 122… console`, `suite`."""
    kind: Kind
    text: str
    """Of a console often several lines, parted by `\n`: what was said at the same time."""
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def when(self) -> str:
        """For people: `26.34 s (2026-11-26 03:25:15 UTC)`."""
        return (
            f"{self.rig_s:.2f} s ({datetime.fromtimestamp(self.wall, UTC):%Y-%m-%d %H:%M:%S} UTC)"
        )

    def lines(self, *, wire: bool = True) -> str:
        """For people: rig time (and wire) in front of every line of its text."""
        who = f"{self.wire:<28} " if wire else ""
        prefix = f"{self.rig_s:10.2f} s  {who}{self.kind} "
        return prefix + self.text.replace("\n", "\n" + prefix)

    def as_json(self) -> bytes:
        """For programs: one line, without its end."""
        # By hand, and the text by itself: a talkative rig has thousands of these a second.
        data = _JSON.encode(self.data) if self.data else "{}"
        head = (
            f'{{"rig_s": {self.rig_s!r}, "wall": {self.wall!r}, "wire": {_quoted(self.wire)}, '
            f'"kind": "{self.kind}", "text": '
        )
        parts = head, encode_basestring(self.text), f', "data": {data}}}'
        return b"".join([part.encode(errors="backslashreplace") for part in parts])


def _nobody(event: Event) -> None:
    pass


_quoted = lru_cache(maxsize=1000)(encode_basestring)


def last_states(events: Iterable[Event]) -> dict[str, Event]:
    """The last change of each state of the rig, by its name."""
    return {str(event.data["name"]): event for event in events if event.kind is Kind.STATE}


class Timeline:
    """Collects events from all wires; appends each to a JSON-lines file at once, redacted.

    `now` is the rig's clock. Events may be noted with an earlier time (`at_s`): a console line
    is written when it is read and stamped with when it was said.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], float],
        redactor: Redactor,
        kept_characters: int = KEPT_CHARACTERS,
    ) -> None:
        self.path, self.redactor = path, redactor
        self.listener: Callable[[Event], None] = _nobody
        """Told about each event once it is written; in the thread that noted it."""
        self.now = now
        """The rig's time."""
        self._lock = threading.Lock()
        self._kept_characters = kept_characters
        self._events: deque[Event] = deque()
        self._first = 0
        self._characters = 0
        self._file: IO[bytes] | None = None
        self._open()

    def note(
        self, wire: str, kind: Kind, text: str, *, at_s: float | None = None, **data: object
    ) -> Event:
        """Add an event, and give it back as it was written.

        `data` must be JSON; strings in it are redacted too.
        """
        with self._lock:
            event = self._remembered(wire, kind, text, at_s, data)
            self._write([event])
        self.listener(event)
        return event

    def heard(self, said: Iterable[tuple[str, float, str]]) -> list[Event]:
        """Add what consoles said (wire, rig seconds, text), in this order, with one write for all."""
        with self._lock:
            events = [
                self._remembered(wire, Kind.HEARD, text, at_s, {}) for wire, at_s, text in said
            ]
            self._write(events)
        for event in events:
            self.listener(event)
        return events

    def together(self, *, late: bool = False) -> AbstractContextManager[None]:
        """Around a few notes, and what is sent to devices with them, that may be written as one; up
        to two wall seconds later, where they may be `late`.
        """
        return nullcontext()

    def remember(
        self, wire: str, kind: Kind, text: str, *, at_s: float, wall: float | None = None
    ) -> None:
        """Add an event that somebody else writes; `wall` is now where it is not known."""
        with self._lock:
            event = self._remembered(wire, kind, text, at_s, {}, wall=wall)
        self.listener(event)

    def _remembered(
        self,
        wire: str,
        kind: Kind,
        text: str,
        at_s: float | None,
        data: Mapping[str, object],
        *,
        wall: float | None = None,
    ) -> Event:
        event = Event(
            rig_s=round(self.now() if at_s is None else at_s, 6),
            wall=time.time() if wall is None else wall,
            wire=wire,
            kind=kind,
            text=self.redactor.scrub(text),
            data=self._scrubbed(data) if data else {},
        )
        if not self._kept_characters:
            return event
        self._events.append(event)
        self._characters += _size(event)
        while self._characters > self._kept_characters and len(self._events) > 1:
            self._drop()
        return event

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("ab")

    def _write(self, events: Sequence[Event]) -> None:
        if self._file is not None and not self._file.closed:
            self._file.write(b"".join(event.as_json() + b"\n" for event in events))
            self._file.flush()

    def mark(self) -> int:
        """A position; `since(mark)` gives what came after it."""
        with self._lock:
            return self._first + len(self._events)

    def since(self, mark: int) -> list[Event]:
        """The events noted after `mark`, in the order they were noted.

        Those that are no longer in memory are one event that says so.
        """
        with self._lock:
            kept = list(islice(self._events, max(0, mark - self._first), None))
            missing = self._first - mark
        if missing <= 0:
            return kept
        at_s, wall = (kept[0].rig_s, kept[0].wall) if kept else (self.now(), time.time())
        text = f"{missing} events before this one are in {self.path.name} only"
        return [Event(at_s, wall, "suite", Kind.TROUBLE, text), *kept]

    def forget(self, mark: int) -> None:
        """Keep in memory only what was noted after `mark`; the file keeps all."""
        with self._lock:
            while self._events and self._first < mark:
                self._drop()

    def _drop(self) -> None:
        self._characters -= _size(self._events.popleft())
        self._first += 1

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
        scrub = self.redactor.scrub
        if all(isinstance(value, str | int | float) for value in data.values()):
            return {
                name: scrub(value) if isinstance(value, str) else value
                for name, value in data.items()
            }
        scrubbed = json.loads(scrub(json.dumps(data, default=str, ensure_ascii=False)))
        assert isinstance(scrubbed, dict)
        return scrubbed


def _size(event: Event) -> int:
    """Characters, near enough: bodies are what is large."""
    if not event.data:
        return len(event.text)
    return len(event.text) + sum(
        len(value) for value in event.data.values() if isinstance(value, str)
    )
