"""Waiting for a pattern on a console: pexpect's matching, fed by our stream and our clock.

pexpect's own `expect` counts wall time, sleeps, and searches all it has again with every read;
only its matcher is used (`searcher_re`). What is found is what pexpect without a window finds, as
long as a pattern looks at no more than `window` bytes at a time; that makes the work linear in
what was said. Nothing is ever matched across a gap: what stood there is not known.

This is the raw form: a pattern that can match more when more has come (`\\d+`) may match a part,
as with pexpect. What drivers wait for is complete lines (`consoles/`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pexpect.expect import searcher_re

from hil.clock import Clock
from hil.errors import LineLost, NotInTime
from hil.evidence.redaction import Redactor
from hil.transports.literals import Literal, required_literal
from hil.transports.stream import Gap, Stream

WINDOW_BYTES = 4096
"""How far a pattern may reach, from its first byte to the last that it looks at."""

SLICE_BYTES = 1 << 18
"""How much is searched, and copied for it, at once."""

HEARD_BYTES, QUOTED = 2000, 200
"""How much of what came is masked, and how much of that a message quotes."""


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern that was found: which, what stood before it, where it is, when it was said."""

    index: int
    text: bytes
    groups: tuple[bytes | None, ...]
    before: bytes
    """What stands between `since` and the match, as far back as the stream is kept in memory (one
    mebibyte; all of it where `whole_before` was asked for). The console's log has all."""
    before_lost: int
    """How many bytes of that are no longer in memory; 0 where `before` is complete."""
    start: int
    end: int
    """Offsets in the console's stream; `end` is a mark to look on from."""
    first_at_s: float | None
    """The rig second its first byte was said; None where that is not known."""
    at_s: float | None
    """The same of its last byte."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where in a stream one of several patterns matches."""

    index: int
    match: re.Match[bytes]
    start: int
    end: int


class PatternSearch:
    """Looks for the first of several patterns in a stream, each byte once.

    Begins behind `since`. The earliest match counts; of several that begin at the same byte, the
    first pattern's.
    """

    def __init__(self, patterns: Sequence[str], *, since: int, window: int = WINDOW_BYTES) -> None:
        compiled = [_compiled(pattern) for pattern in patterns]
        self._patterns = [pattern for pattern, _ in compiled]
        self._literals = [literal for _, literal in compiled]
        self._folds = any(literal is not None and literal.folded for literal in self._literals)
        self._seen_at = [-1] * len(patterns)
        self._window = window
        self._floor = since
        self.searched = since
        """The offset up to which the stream was looked at."""

    def look(self, stream: Stream) -> Found | None:
        """Search what has come since the last look."""
        while (fresh := min(stream.received - self.searched, SLICE_BYTES)) > 0:
            for gap in stream.gaps:
                if self.searched < gap.offset < self.searched + fresh:
                    fresh = gap.offset - self.searched
                elif self._floor < gap.offset <= self.searched:
                    self._floor = gap.offset
            # As much again in front of the window: for what looks behind, and for `^`.
            first = max(self._floor, self.searched - 2 * self._window)
            data = stream.read(first, self.searched - first + fresh)
            found = self._search(data, first, fresh)
            if found is not None:
                return found
            self.searched += fresh
        return None

    def _search(self, data: bytes, first: int, fresh: int) -> Found | None:
        # `^` is the beginning of what is looked at, never of what happens to be looked at now.
        start = max(self._floor, self.searched - self._window)
        candidates = self._candidates(data, first, start)
        if not candidates:
            return None
        searcher = searcher_re([self._patterns[index] for index in candidates])
        at = searcher.search(data, fresh, len(data) - (start - first))
        if at < 0:
            return None
        return Found(candidates[at], searcher.match, first + searcher.start, first + searcher.end)

    def _candidates(self, data: bytes, first: int, start: int) -> list[int]:
        """The patterns that can match behind `start`: what they cannot do without stands there."""
        lowered = data.lower() if self._folds else b""
        possible = []
        for index, literal in enumerate(self._literals):
            if literal is not None:
                new = max(0, self.searched - first - len(literal.text) + 1)
                at = literal.last_in(data, lowered, new)
                if at >= 0:
                    self._seen_at[index] = first + at
                if self._seen_at[index] < start:
                    continue
            possible.append(index)
        return possible


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> tuple[re.Pattern[bytes], Literal | None]:
    compiled = re.compile(pattern.encode(), re.DOTALL)
    return compiled, required_literal(compiled)


def _in_silence(upto: int) -> None:
    pass


def expect(
    stream: Stream,
    patterns: Sequence[str],
    *,
    since: int,
    within_s: float,
    clock: Clock,
    window: int = WINDOW_BYTES,
    whole_before: bool = False,
    heard: Callable[[int], None] = _in_silence,
) -> Match:
    """Wait until one of `patterns` (regular expressions over bytes) stands behind offset `since`.

    `whole_before` keeps everything from `since` on in memory for `Match.before`, however much
    comes. `heard` is told at each look up to which offset nothing was found, and may raise.

    Raises:
        NotInTime: none came; with the last of what did come.
        LineLost: the line went away, or was away meanwhile, so that it may have been missed.
    """
    search = PatternSearch(patterns, since=since, window=window)
    newest = newest_gap(stream)
    until_s = clock.now() + within_s + clock.grain_s
    with stream.hold(since) as hold:
        while True:
            clock.settle()
            now_s = clock.now()
            found = search.look(stream)
            gap = gap_since(stream, newest)
            if found is not None and gap is not None and found.start >= gap.offset:
                found = None
            heard(search.searched if found is None else found.start)
            if found is not None:
                return _told(stream, found, since)
            if not whole_before:
                hold.offset = max(since, search.searched - 2 * window)
            if stream.trouble is not None:
                raise LineLost(f"{stream.wire}: {stream.trouble}")
            if gap is not None:
                raise LineLost(missed(stream, gap, " or ".join(patterns)))
            if now_s >= until_s:
                raise _not_found(stream, patterns, since, within_s)
            clock.wait(stream.signal(search.searched), until_s)


def newest_gap(stream: Stream) -> tuple[int, float | None, str] | None:
    """Which gap is the last one; the same whether the line has come back since or not."""
    gaps = stream.gaps
    return (gaps[-1].offset, gaps[-1].lost_s, gaps[-1].why) if gaps else None


def gap_since(stream: Stream, newest: object) -> Gap | None:
    """The first gap that came after the one that was the `newest`."""
    after = None
    for gap in reversed(stream.gaps):
        if (gap.offset, gap.lost_s, gap.why) == newest:
            break
        after = gap
    return after


def missed(stream: Stream, gap: Gap, what: str) -> str:
    """What is said of something that was waited for across `gap`, and did not come."""
    return (
        f"{stream.wire}: {what}: not seen, and the line was interrupted meanwhile ({gap.why}): what "
        "was said then is lost; suspect the adapter, its cable or its hub"
    )


def _told(stream: Stream, found: Found, since: int) -> Match:
    began = stream.said_at(found.start)
    ended = stream.said_at(max(found.start, found.end - 1))
    with stream.hold(since):  # or what is kept would move on between two looks at it
        kept = max(since, stream.first)
        before = stream.read(kept, found.start - kept)
    return Match(
        index=found.index,
        text=found.match.group(),
        groups=found.match.groups(),
        before=before,
        before_lost=kept - since,
        start=found.start,
        end=found.end,
        first_at_s=None if began is None else began.at_s,
        at_s=None if ended is None else ended.at_s,
    )


def _not_found(
    stream: Stream, patterns: Sequence[str], since: int, within_s: float
) -> NotInTime | LineLost:
    what = " or ".join(patterns)
    for gap in stream.gaps:
        if gap.offset >= since:
            return LineLost(missed(stream, gap, what))
    # Masked before it is cut: the end of a cut key would not be recognised as one.
    last = max(since, stream.first, stream.received - HEARD_BYTES)
    shown = Redactor().scrub(stream.read(last).decode("latin-1"))[-QUOTED:]
    return NotInTime(
        f"{stream.wire}: {what}",
        within_s=within_s,
        history=[(within_s, f"…{shown!r}" if shown else "silence")],
    )
