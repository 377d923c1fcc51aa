"""What `expect` finds is what pexpect's own loop finds, looking at everything it has each time."""

import io
import re
from typing import Any, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pexpect.expect import Expecter, searcher_re

from hil.transports.expect import PatternSearch
from hil.transports.literals import required_literal
from hil.transports.stream import Stream

WINDOW = 8

PATTERNS = [
    "ab",
    "(?i)AB",
    "a+?b",
    "a{2,3}",
    "^a",
    "b$",
    r"\bab\b",
    "(a)(b)?",
    "a(?=b)",
    "(?<=b)a",
    "(?<!a)b",
    "a(?!b).",
    "[^a]{2}",
    "(?:ab|ba)c",
    "c.{0,3}c",
    "(?m)^b",
    "(?:b(?i:A))+?c",
    "",
]
"""None of them looks at more than the window at once."""

CHUNKS = st.lists(st.text(alphabet="abcA \n", max_size=12).map(str.encode), max_size=12)


class Spawn:
    """The part of pexpect's spawn that its matcher works on."""

    buffer_type = io.BytesIO

    def __init__(self) -> None:
        self._buffer, self._before = io.BytesIO(), io.BytesIO()
        self.before = self.after = b""
        self.match: re.Match[bytes] | None = None
        self.match_index: int | None = None

    @property
    def buffer(self) -> bytes:
        return self._buffer.getvalue()


def pexpects(patterns: list[str], chunks: list[bytes]) -> tuple[object, ...] | None:
    compiled = [re.compile(pattern.encode(), re.DOTALL) for pattern in patterns]
    spawn = Spawn()
    expecter = Expecter(cast(Any, spawn), searcher_re(compiled), searchwindowsize=None)
    for chunk in filter(None, chunks):
        if expecter.new_data(chunk) is not None:
            assert spawn.match is not None
            return spawn.match_index, spawn.after, spawn.match.groups(), len(spawn.before)
    return None


def ours(patterns: list[str], chunks: list[bytes]) -> tuple[object, ...] | None:
    stream = Stream("1", wire="encharge 1")
    search = PatternSearch(patterns, since=0, window=WINDOW)
    for chunk in filter(None, chunks):
        stream.append(chunk)
        if (found := search.look(stream)) is not None:
            return found.index, found.match.group(), found.match.groups(), found.start
    return None


@given(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=4), CHUNKS)
@example(["^a"], [b"bbbbbbbbbbbbbbbbbbbb", b"a"])
@example(["(?<!a)b"], [b"ccccccccccccccccccca", b"b"])
@example(["c.{0,3}c", "ab"], [b"abcA c", b"a", b"c"])
@settings(max_examples=600, deadline=None)
def test_the_same_is_found_in_the_same_pieces(patterns: list[str], chunks: list[bytes]) -> None:
    assert ours(patterns, chunks) == pexpects(patterns, chunks)


@given(
    st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3).map("".join),
    st.text(alphabet="abcA \n", max_size=12).map(str.encode),
)
@settings(max_examples=400, deadline=None)
def test_no_match_is_without_what_its_pattern_cannot_do_without(pattern: str, text: bytes) -> None:
    pattern = pattern.replace("(?i)", "").replace("(?m)", "")
    for flags in (re.DOTALL, re.DOTALL | re.IGNORECASE):
        compiled = re.compile(pattern.encode(), flags)
        literal = required_literal(compiled)
        for match in compiled.finditer(text) if literal is not None else ():
            assert literal is not None
            assert literal.last_in(match.group(), match.group().lower()) >= 0


def test_what_a_pattern_cannot_do_without_is_its_longest_run() -> None:
    texts = {
        pattern: None
        if (found := required_literal(re.compile(pattern.encode()))) is None
        else found
        for pattern in (
            r"\[ *\d+\.\d+\] ZB: Joined",
            r"(?i)brown-?OUT",
            r"(AI: FF)+ \w",
            r"x?(?:DONE)*",
            r"OK|ERR \d+",
        )
    }
    assert [None if found is None else (found.text, found.folded) for found in texts.values()] == [
        (b"] ZB: Joined", False),
        (b"brown", True),
        (b"AI: FF", False),
        None,
        None,
    ]
