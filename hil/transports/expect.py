"""Waiting for a pattern on a console: pexpect's matching, fed by our stream and our clock.

pexpect's own `expect` counts wall time and sleeps; only its matcher is used (`Expecter`, 4.9).
A pattern is searched in a window that ends with the newest byte; a match that is longer than the
window is not found. This is the raw form: a pattern that can match more when more has come
(`\\d+`) may match a part, as with pexpect. What drivers wait for is complete lines (`consoles/`).
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from pexpect.expect import Expecter, searcher_re

from hil.clock import Clock
from hil.errors import LineLost, NotInTime
from hil.evidence.redaction import Redactor
from hil.transports.stream import Stream

WINDOW_BYTES = 4096
"""How far back from the newest byte a pattern is looked for."""

HEARD_BYTES, QUOTED = 2000, 200
"""How much of what came is masked, and how much of that a message quotes."""


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern that was found: which, what stood before it, where it ends, when it was said."""

    index: int
    text: bytes
    groups: tuple[bytes | None, ...]
    before: bytes
    end: int
    at_s: float | None


class _Spawn:
    """The part of pexpect's spawn that its matcher works on."""

    buffer_type = io.BytesIO

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._before = io.BytesIO()
        self.before: bytes = b""
        self.after: bytes = b""
        self.match: re.Match[bytes] | None = None
        self.match_index: int | None = None

    @property
    def left(self) -> int:
        """How many bytes stand behind the match."""
        return self._buffer.tell()


def expect(
    stream: Stream,
    patterns: Sequence[str],
    *,
    since: int,
    within_s: float,
    clock: Clock,
    window: int = WINDOW_BYTES,
) -> Match:
    """Wait until one of `patterns` (regular expressions over bytes) stands behind offset `since`.

    Every byte is searched once, with half a window of what came before it.

    Raises:
        NotInTime: none came; with the last of what did come.
        LineLost: the line went away.
    """
    compiled = [re.compile(pattern.encode(), re.DOTALL) for pattern in patterns]
    spawn = _Spawn()
    expecter = Expecter(cast(Any, spawn), searcher_re(compiled), searchwindowsize=window)
    fed = since
    until_s = clock.now() + within_s + clock.grain_s
    while True:
        clock.settle()
        fresh = stream.since(fed)
        # In slices: pexpect looks only at the last window of what it is given at once.
        for start in range(0, len(fresh), window // 2):
            piece = fresh[start : start + window // 2]
            fed += len(piece)
            if expecter.new_data(piece) is not None:
                assert spawn.match is not None
                assert spawn.match_index is not None
                end = fed - spawn.left
                stamp = stream.said_at(end - 1)
                return Match(
                    index=spawn.match_index,
                    text=spawn.after,
                    groups=spawn.match.groups(),
                    before=spawn.before,
                    end=end,
                    at_s=None if stamp is None else stamp.at_s,
                )
        if stream.trouble is not None:
            raise LineLost(stream.trouble)
        if clock.now() >= until_s:
            # Masked before it is cut: the end of a cut key would not be recognised as one.
            heard = stream.since(max(since, stream.received - HEARD_BYTES)).decode("latin-1")
            shown = Redactor().scrub(heard)[-QUOTED:]
            raise NotInTime(
                f"{stream.wire}: {' or '.join(patterns)!s}",
                within_s=within_s,
                history=[(within_s, f"…{shown!r}" if shown else "silence")],
            )
        clock.wait(stream.signal(fed), until_s)
