"""What one console has said: bytes by offset, and when each of them was said.

The reader appends, the clock stamps, everyone else looks. Where time passes by itself a byte is
stamped as it arrives; in virtual time the simulator tells which offsets were printed when, so the
moment of arrival means nothing.
"""

import threading
import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import NamedTuple, Self

from hil.errors import LineLost

KEPT_BYTES = 1 << 20
"""How much of the past can still be looked at; the complete log is on disk."""


KEPT_GAPS = 1000
"""How many gaps are remembered; a line that flaps all night must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Gap:
    """At `offset` something is missing: whatever was said from `lost_s` to `back_s` (rig seconds).

    `back_s` is None while the line is away; `lost_s` where nobody knows when it went.
    """

    offset: int
    lost_s: float | None
    back_s: float | None
    why: str


class Stamp(NamedTuple):
    """From `offset` on, bytes were said at `at_s`. `order` tells stamps of all consoles apart."""

    offset: int
    at_s: float
    order: int


@dataclass(slots=True)
class Hushed:
    """From `start` to `stop` (None: until further notice) `secret` was being typed on this console."""

    start: int
    stop: int | None
    secret: str = field(repr=False)


class Missing(NamedTuple):
    """Bytes that were said and never came, by a fault of the line: where, and how many in all so far."""

    said: int
    """Their place among all that was said, as a simulator counts it."""
    total: int


_offset = attrgetter("offset")
_said = attrgetter("said")


class Hold:
    """Bytes from `offset` on stay in memory while it is held; `offset` may be moved on."""

    def __init__(self, offset: int, holds: "list[Hold]", lock: threading.Lock) -> None:
        self.offset = offset
        self._holds, self._lock = holds, lock

    def __enter__(self) -> Self:
        with self._lock:
            self._holds.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._holds.remove(self)


class Stream:
    """The output of one console. Thread-safe.

    `name` is the console's name (a serial number), `wire` what messages and the timeline call it.
    """

    def __init__(
        self, name: str, *, wire: str, kept_bytes: int = KEPT_BYTES, begin: int = 0
    ) -> None:
        """`begin` is the offset of the first byte: above 0 where others have read until then."""
        self.name, self.wire = name, wire
        self._kept_bytes = kept_bytes
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._bytes = bytearray()
        self._first = begin
        self._received = begin
        self._stamps: list[Stamp] = []
        self._stamped = begin
        self._trouble: str | None = None
        self._gaps: tuple[Gap, ...] = ()
        self._missing: list[Missing] = []
        self.begin = begin
        """The offset of the first byte that was ever here."""
        self._holds: list[Hold] = []
        self._waiters = 0
        self._hurried_until_s = 0.0
        self._hushed: list[Hushed] = []
        self.on_waiter: Callable[[], None] = lambda: None
        """Called when somebody begins to wait for bytes."""

    @property
    def received(self) -> int:
        """The offset behind the last byte that was read. Also a mark: what comes is after it."""
        return self._received

    @property
    def first(self) -> int:
        """The offset of the oldest byte that is still in memory."""
        return self._first

    @property
    def stamped(self) -> int:
        """The offset up to which it is known when bytes were said."""
        return self._stamped

    @property
    def trouble(self) -> str | None:
        """Why nothing comes, or None while there is a line."""
        return self._trouble

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where bytes are missing, in order; the last one may still be open."""
        return self._gaps

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody waits for bytes right now."""
        return self._waiters > 0 or time.monotonic() < self._hurried_until_s

    def catch_up(self) -> None:
        """Take in what has come, where nobody does it in the background; as a clock that settles."""

    def append(self, data: bytes) -> None:
        """Add what was read."""
        with self._lock:
            self._add(data)

    def hear(self, data: bytes, at_s: float, *, order: int) -> None:
        """Add what was read, all of it said at `at_s`."""
        with self._lock:
            self._stamps.append(Stamp(self._received, at_s, order))
            self._stamped = self._received + len(data)
            self._add(data)

    def _add(self, data: bytes) -> None:
        self._bytes += data
        self._received += len(data)
        surplus = len(self._bytes) - self._kept_bytes
        for hold in self._holds:
            surplus = min(surplus, hold.offset - self._first)
        if surplus > self._kept_bytes // 4:
            del self._bytes[:surplus]
            self._first += surplus
            keep_from = bisect_right(self._stamps, self._first, key=_offset)
            del self._stamps[: max(0, keep_from - 1)]
        if self._waiters:
            self._changed.notify_all()

    def skip(self, offset: int) -> None:
        """What comes next begins at `offset`; what lies before it cannot be looked at."""
        with self._lock:
            self._bytes.clear()
            self._first = self._received = offset
            self._stamps.clear()
            self._stamped = max(self._stamped, offset)
            self._changed.notify_all()

    def hurry(self, wall_s: float) -> None:
        """Somebody in another process waits, or will soon; for so many wall seconds."""
        self._hurried_until_s = time.monotonic() + wall_s
        self.on_waiter()

    def lose(self, trouble: str, *, at_s: float | None = None) -> None:
        """The line went away, and why: a gap begins."""
        with self._lock:
            self._trouble = trouble
            self._gaps = (
                *self._gaps[-KEPT_GAPS + 1 :],
                Gap(self._received, at_s, None, trouble),
            )
            self._changed.notify_all()

    def come_back(self, *, at_s: float | None = None) -> Gap:
        """There is a line again: the gap ends."""
        with self._lock:
            gap = replace(self._gaps[-1], back_s=at_s)
            self._gaps = (*self._gaps[:-1], gap)
            self._trouble = None
            self._changed.notify_all()
            return gap

    def mark_gap(self, why: str, *, at_s: float | None = None) -> None:
        """Something was lost here, though the line stayed."""
        with self._lock:
            self._gaps = (*self._gaps[-KEPT_GAPS + 1 :], Gap(self._received, at_s, at_s, why))

    def miss(self, count: int) -> None:
        """So many bytes were said here that never came; unlike at a gap nobody can know."""
        with self._lock:
            total = self._missing[-1].total if self._missing else 0
            self._missing.append(Missing(self._received + total, total + count))

    def miss_no_more(self) -> None:
        """Counting begins anew: what was missing before is no part of it."""
        with self._lock:
            self._missing.clear()

    def offset_of(self, said: int) -> int:
        """The offset of what stands at that place among all that was said, missing bytes and all."""
        with self._lock:
            index = bisect_right(self._missing, said, key=_said)
            if not index:
                return said
            last = self._missing[index - 1]
            before = self._missing[index - 2].total if index > 1 else 0
            return said - min(last.total, before + said - last.said)

    def hush(self, secret: str) -> None:
        """`secret` is about to be typed here: from here on no piece of it shall be told, even where
        the device echoes it and other messages come in between; until `hush_ends`.
        """
        with self._lock:
            self._hushed.append(Hushed(self._received, None, secret))

    def hush_ends(self) -> None:
        """The answer to what was typed has come; nothing of it comes any more."""
        with self._lock:
            for each in self._hushed:
                each.stop = self._received if each.stop is None else each.stop

    def hushed_in(self, start: int, stop: int) -> list[Hushed]:
        """Where between two offsets something secret was being typed."""
        if not self._hushed:
            return []
        with self._lock:
            return [
                each
                for each in self._hushed
                if each.start < stop and (each.stop is None or start < each.stop)
            ]

    def stamp(self, offset: int, at_s: float, *, order: int) -> None:
        """From `offset` on, what is said was said at `at_s` (until the next stamp)."""
        with self._lock:
            self._stamps.append(Stamp(offset, at_s, order))

    def stamped_up_to(self, offset: int) -> None:
        """The stamps given so far are good up to `offset`."""
        with self._lock:
            self._stamped = max(self._stamped, offset)

    def said_at(self, offset: int) -> Stamp | None:
        """The stamp that covers the byte at `offset`, if it is known."""
        with self._lock:
            if offset >= self._stamped:
                return None
            index = bisect_right(self._stamps, offset, key=_offset)
            return self._stamps[index - 1] if index else None

    def said_in(self, start: int, stop: int) -> Callable[[int], Stamp | None]:
        """`said_at` for what lies between two offsets, by how far from `start` on, looked up once."""
        with self._lock:
            stamped = self._stamped
            first = bisect_right(self._stamps, start, key=_offset) - 1
            last = bisect_right(self._stamps, stop, key=_offset)
            stamps = self._stamps[max(0, first) : last]
        only = stamps[0] if len(stamps) == 1 and first >= 0 else None

        def said_at(index: int) -> Stamp | None:
            offset = start + index
            if offset >= stamped:
                return None
            if only is not None:
                return only
            behind = bisect_right(stamps, offset, key=_offset)
            return stamps[behind - 1] if behind else None

        return said_at

    def stamped_since(self, offset: int) -> tuple[bytes, list[Stamp]]:
        """What is stamped from `offset` on, and the stamps that cover it.

        Raises:
            LineLost: as `since`.
        """
        with self._lock:
            self._check_kept(offset)
            data = bytes(self._bytes[offset - self._first : max(0, self._stamped - self._first)])
            index = bisect_right(self._stamps, offset, key=_offset)
            return data, self._stamps[max(0, index - 1) :]

    def since(self, offset: int) -> bytes:
        """Everything from `offset` on that has been read. Raises as `read`."""
        return self.read(offset)

    def read(self, offset: int, limit: int | None = None) -> bytes:
        """Up to `limit` bytes from `offset` on, as far as they have been read; copies no others.

        Raises:
            LineLost: `offset` lies further back than what is kept in memory.
        """
        with self._lock:
            self._check_kept(offset)
            start = offset - self._first
            stop = len(self._bytes) if limit is None else start + limit
            with memoryview(self._bytes) as kept:
                return bytes(kept[start:stop])

    def last(self, count: int) -> bytes:
        """The last `count` bytes that were read, as far as they are in memory."""
        with self._lock:
            return bytes(self._bytes[-count:])

    def hold(self, offset: int) -> "Hold":
        """Keep what comes from `offset` on in memory, however much that is, until it is moved on.

        For whoever reads while bytes arrive: a burst must not overtake a reader that is busy.
        """
        return Hold(offset, self._holds, self._lock)

    def _check_kept(self, offset: int) -> None:
        if offset < self._first:
            raise LineLost(
                f"{self.wire}: byte {offset} is no longer in memory (kept: {self._first} to "
                f"{self._received}); the complete log is on disk"
            )

    def wait_beyond(self, offset: int, wall_s: float) -> bool:
        """Wait up to `wall_s` wall seconds until more than `offset` bytes were read, or trouble."""
        return self._wait_for(lambda: self._received > offset or self._trouble is not None, wall_s)

    def wait_lost(self, wall_s: float) -> bool:
        """Wait up to `wall_s` wall seconds until the line is away; whether it is."""
        return self._wait_for(lambda: self._trouble is not None, wall_s)

    def wait_back(self, wall_s: float) -> bool:
        """Wait up to `wall_s` wall seconds until there is a line (again); whether there is."""
        return self._wait_for(lambda: self._trouble is None, wall_s)

    def _wait_for(self, is_so: Callable[[], bool], wall_s: float) -> bool:
        with self._lock:
            if is_so() or wall_s <= 0:
                return is_so()
            self._waiters += 1
        self.on_waiter()
        with self._lock:
            try:
                return self._changed.wait_for(is_so, wall_s)
            finally:
                self._waiters -= 1

    def signal(self, after: int) -> "StreamSignal":
        """Wakes a waiter when bytes beyond `after` have been read."""
        return StreamSignal(self, after)


@dataclass(frozen=True, slots=True)
class StreamSignal:
    """`Clock.wait` on one console: see `hil.clock.Signal`."""

    stream: Stream
    after: int

    @property
    def lines(self) -> tuple[str, ...]:
        return (self.stream.name,)

    def wait(self, wall_s: float) -> bool:
        return self.stream.wait_beyond(self.after, wall_s)
