"""Last words: the lines by which a device says that it dies, on whichever console of a rig.

They end whatever is being waited for: nothing that comes afterwards is what was asked about.
What our own instruments do to a device, and what a test has announced, does not count.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from hil.consoles.dialect import Dialect
from hil.errors import DeviceDied
from hil.evidence.timeline import Kind
from hil.transports.lines import LineReader
from hil.transports.literals import Literal, required_literal
from hil.transports.stream import Stream


class Watched(Protocol):
    """A console as far as this needs it."""

    device: str
    dialect: Dialect

    @property
    def where(self) -> str: ...
    def note(self, kind: Kind, text: str) -> None: ...
    def scrub(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class _Death:
    """One line of last words, as it may be shown; `end`: the offset behind it."""

    end: int
    message: str


@dataclass(slots=True)
class _Listening:
    """One console, and how far it was looked through."""

    console: Watched
    stream: Stream
    reader: LineReader
    deaths: list[_Death] = field(default_factory=list)


@dataclass
class _Told(threading.local):
    """What a thread has been told of, and what it does not want to be told now."""

    up_to: dict[str, int] = field(default_factory=dict)
    in_order: list[str] = field(default_factory=list)
    cleaning_up: int = 0


class DeathWatch:
    """Looks through all consoles of a rig for last words. Thread-safe; tells each thread once.

    `look` is called whenever something is waited for: by the consoles at each look, and by the
    rig's clock for every other wait.
    """

    def __init__(self) -> None:
        self._consoles: dict[str, _Listening] = {}
        self._announced: dict[str, int] = {}
        """By console: how many have announced that its device dies."""
        self._without_power: set[str] = set()
        self._starting: set[str] = set()
        """Have got power back and not answered since."""
        self._scanning = threading.RLock()
        self._told = _Told()

    def watch(self, stream: Stream, console: Watched) -> None:
        """Look through `stream` from now on."""
        with self._scanning:
            reader = LineReader(stream, since=stream.received)
            self._consoles[stream.name] = _Listening(console, stream, reader)
            self._told.up_to[stream.name] = reader.position

    def look(self) -> None:
        """See that no device has said last words.

        Raises:
            DeviceDied: one has, unannounced, and this thread has not been told yet.
        """
        for name in list(self._consoles):
            if name not in self._told.in_order:
                self.look_at(name)

    def look_at(self, name: str, *, up_to: int | None = None) -> None:
        """The same for one console, and for lines that end at offset `up_to` or before it."""
        listening, told = self._consoles[name], self._told
        if name not in told.up_to:
            told.up_to[name] = listening.reader.position
        self._scan(name)
        if not listening.deaths or told.cleaning_up:
            return
        for death in tuple(listening.deaths):
            if told.up_to[name] < death.end and (up_to is None or death.end <= up_to):
                told.up_to[name] = death.end
                raise DeviceDied(death.message)

    def may_be_told(self, name: str, *, up_to: int) -> bool:
        """Whether `look_at` can raise for what this console said up to this offset."""
        self._scan(name)
        listening = self._consoles[name]
        return bool(listening.deaths) or listening.reader.seen < up_to

    @contextmanager
    def in_order(self, name: str) -> Iterator[None]:
        """Around a wait on one console, which calls `look_at` as it reads on.

        What was said before the last words then counts, however both arrived.
        """
        self._told.in_order.append(name)
        try:
            yield
        finally:
            self._told.in_order.remove(name)

    @contextmanager
    def not_telling(self) -> Iterator[None]:
        """Around a clean-up: last words are noted, and do not stop it."""
        self._told.cleaning_up += 1
        try:
            yield
        finally:
            self._told.cleaning_up -= 1
            for name, listening in self._consoles.items():
                self._scan(name)
                self._told.up_to[name] = listening.reader.position

    @contextmanager
    def expecting(self, *names: str) -> Iterator[None]:
        """What these consoles say until the end is announced, and no death."""
        self._change(names, +1)
        try:
            yield
        finally:
            self._change(names, -1)

    def power_cut(self, name: str) -> None:
        """An instrument of ours takes the device's power: what it says is its start, no death."""
        self._scan(name)
        self._without_power.add(name)

    def power_back(self, name: str) -> None:
        """It has power again; it is starting until it answers."""
        self._starting.add(name)
        self._without_power.discard(name)

    def answered(self, name: str) -> None:
        """Its CLI has answered something."""
        if name in self._starting:
            self._scan(name)
            self._starting.discard(name)

    def _change(self, names: tuple[str, ...], by: int) -> None:
        for name in names:
            self._scan(name)
            self._announced[name] = self._announced.get(name, 0) + by

    def _scan(self, name: str) -> None:
        listening = self._consoles.get(name)
        if listening is None or listening.reader.seen >= listening.stream.stamped:
            return
        with self._scanning, listening.stream.hold(listening.reader.position):
            _catch_up(listening)
            words = _words_of(listening.console.dialect.death_lines)
            for line in listening.reader.take(stamped_only=True, worth=words.may_stand_in):
                if not line.cut and words.are(line.plain):
                    self._heard(listening, line.plain, line.at_s, line.end)

    def _heard(self, listening: _Listening, text: str, at_s: float | None, end: int) -> None:
        console, name = listening.console, listening.stream.name
        shown = console.scrub(text)
        if self._announced.get(name) or name in self._without_power or name in self._starting:
            console.note(Kind.STEP, f"it dies as announced: {shown!r}")
            return
        when = "" if at_s is None else f" at {at_s:.3f} s of rig time"
        console.note(Kind.TROUBLE, f"it died: {shown!r}")
        listening.deaths.append(
            _Death(
                end,
                f"{console.device}: said {shown!r} on {console.where}{when}, and nothing had "
                "announced it: it crashed, or was reset; a test that means it waits inside "
                "`expecting_reset()`",
            )
        )


class _LastWords:
    """The `death_lines` of one dialect, and how to see quickly that there are none."""

    def __init__(self, patterns: tuple[re.Pattern[str], ...]) -> None:
        self._patterns = patterns
        self._literals = [_literal(pattern) for pattern in patterns]

    def are(self, text: str) -> bool:
        """Whether `text` is such a line."""
        return any(pattern.search(text) for pattern in self._patterns)

    def may_stand_in(self, data: bytes) -> bool:
        """Whether a line of `data` can be one."""
        lowered = data.lower()
        # An escape sequence may stand in the middle of a word.
        return bool(self._literals) and (
            b"\x1b" in data
            or any(each is None or each.last_in(data, lowered) >= 0 for each in self._literals)
        )


@cache
def _words_of(patterns: tuple[re.Pattern[str], ...]) -> _LastWords:
    return _LastWords(patterns)


def _literal(pattern: re.Pattern[str]) -> Literal | None:
    if not pattern.pattern.isascii():
        return None  # upper and lower case are another matter there
    return required_literal(re.compile(pattern.pattern.encode(), pattern.flags & ~re.UNICODE))


def _catch_up(listening: _Listening) -> None:
    """Go on where the stream still is in memory, and say so: nobody has waited for very long."""
    first = listening.stream.first
    passed_over = first - listening.reader.position
    if passed_over > 0:
        listening.console.note(
            Kind.TROUBLE, f"{passed_over} bytes were not looked through for last words: too many"
        )
        listening.reader = LineReader(listening.stream, since=first)
