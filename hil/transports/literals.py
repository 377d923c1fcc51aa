"""What a pattern cannot match without: a run of bytes that stands in every match.

Looking for bytes is many times faster than most patterns; a text without them needs no look.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# The parser of `re` itself: what it reads in a pattern cannot differ from what is matched.
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes that every match contains; where `folded`, in either case (they are lower case)."""

    text: bytes
    folded: bool

    def last_in(self, data: bytes, lowered: bytes, start: int = 0) -> int:
        """Where it stands last behind `start` in `data` (`lowered`: the same in lower case); -1:
        nowhere.
        """
        return (lowered if self.folded else data).rfind(self.text, start)


def required_literal(pattern: re.Pattern[bytes]) -> Literal | None:
    """The longest such run of `pattern`; None where there is none, or none that is certain."""
    folded = bool(pattern.flags & re.IGNORECASE)
    if folded and pattern.flags & re.LOCALE:
        return None
    runs = list(_runs(_parser.parse(pattern.pattern, pattern.flags)))
    longest = max(runs, key=len, default=b"")
    return Literal(longest.lower() if folded else longest, folded) if longest else None


def _runs(parsed: Iterable[tuple[Any, Any]]) -> Iterable[bytes]:
    """Every run of literal bytes that no match can do without."""
    run = bytearray()
    for op, argument in parsed:
        if op is ops.LITERAL:
            run.append(argument)
            continue
        if op is ops.AT:  # takes no room: what stands around it stands side by side
            continue
        yield bytes(run)
        run.clear()
        if op is ops.SUBPATTERN:
            _, added_flags, removed_flags, inside = argument
            if not added_flags and not removed_flags:
                yield from _runs(inside)
        elif op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            at_least, _, inside = argument
            if at_least > 0:
                yield from _runs(inside)
        elif op is ops.ATOMIC_GROUP:
            yield from _runs(argument)
    yield bytes(run)
