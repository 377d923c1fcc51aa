"""LineReader: complete lines, however the bytes arrive."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hil.transports.lines import LONGEST_LINE_BYTES, LineReader, plain
from hil.transports.stream import Stream

PIECES = st.sampled_from(["a", "OK", "\r", "\n", "\r\n", "ENC> ", "[1.000] ZB: Joined"])


def read(chunks: list[bytes]) -> list[tuple[str, float | None]]:
    stream = Stream("1", wire="encharge 1")
    reader = LineReader(stream, since=0)
    lines = []
    for chunk in chunks:
        for offset in range(stream.received, stream.received + len(chunk)):
            stream.stamp(offset, float(offset), order=offset)
        stream.append(chunk)
        stream.stamped_up_to(stream.received)
        lines += reader.take()
    return [(line.text, line.at_s) for line in lines]


@given(st.lists(PIECES, max_size=20), st.sets(st.integers(0, 100)))
@example(["a", "\r\n", "\n", "OK", "\r"], {2, 3, 4})
@settings(max_examples=300, deadline=None)
def test_lines_and_their_times_do_not_depend_on_the_chunks(
    pieces: list[str], cuts: set[int]
) -> None:
    data = "".join(pieces).encode()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[start:end] for start, end in pairwise(edges)]
    assert read(chunks) == read([data])


def test_cr_lf_cr_lf_and_cr_alone_each_end_one_line() -> None:
    assert [text for text, _ in read([b"a\r\nb\nc\r\r\nd"])] == ["a", "b", "c", ""]


def test_a_line_that_stands_open_at_the_mark_is_read_whole() -> None:
    stream = Stream("1", wire="encharge 1")
    stream.append(b"old\r\n[12.345] ZB: Sca")
    reader = LineReader(stream, since=stream.received)
    stream.append(b"nning\r\n")
    assert [line.text for line in reader.take()] == ["[12.345] ZB: Scanning"]


def test_a_mark_between_cr_and_lf_makes_no_empty_line() -> None:
    stream = Stream("1", wire="encharge 1")
    stream.append(b"old\r")
    reader = LineReader(stream, since=stream.received)
    stream.append(b"\nnew\r\n")
    assert [line.text for line in reader.take()] == ["new"]


def test_the_end_of_a_line_is_a_mark_to_look_on_from() -> None:
    stream = Stream("1", wire="encharge 1")
    stream.append(b"one\r\ntwo\r\n")
    first = LineReader(stream, since=0).take()[0]
    assert [line.text for line in LineReader(stream, since=first.end).take()] == ["two"]


def test_what_is_no_utf_8_is_shown_as_escapes() -> None:
    assert read([b"\xff\xfeboot\r\n"])[0][0] == "\\xff\\xfeboot"


@given(st.lists(st.sampled_from([0, 1, 2]), max_size=6), st.sets(st.integers(0, 5 * 4096)))
@example([0, 1, 2], {4096, 4097, 4098})
@settings(max_examples=50, deadline=None)
def test_the_pieces_of_too_long_a_line_do_not_depend_on_the_chunks(
    surplus: list[int], cuts: set[int]
) -> None:
    data = b"".join(b"x" * (LONGEST_LINE_BYTES + more - 1) + b"\r\n" for more in surplus)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    stream = Stream("1", wire="encharge 1")
    reader = LineReader(stream, since=0)
    lines = []
    for start, end in pairwise(edges):
        stream.append(data[start:end])
        lines += [line.text for line in reader.take()]
    whole = {0: [4095], 1: [4096], 2: [4096, 1]}
    assert [len(text) for text in lines] == [length for more in surplus for length in whole[more]]


def test_what_has_no_time_yet_is_left_for_later_where_that_is_wanted() -> None:
    stream = Stream("1", wire="encharge 1")
    reader = LineReader(stream, since=0)
    stream.stamp(0, 7.0, order=1)
    stream.append(b"one\r\ntwo\r\nthr")
    stream.stamped_up_to(4)
    assert [line.text for line in reader.take(stamped_only=True)] == ["one"]
    stream.stamped_up_to(13)
    told = reader.take(stamped_only=True, rest=True)
    assert [(line.text, line.at_s) for line in told] == [("two", 7.0), ("thr", 7.0)]


@given(st.lists(PIECES, max_size=12), st.sets(st.integers(0, 60)), st.integers(0, 60))
@example(["a", "\r", "\n", "b"], {0, 2}, 2)
@settings(max_examples=200, deadline=None)
def test_a_line_ends_where_the_line_was_away_however_it_is_looked_at(
    pieces: list[str], cuts: set[int], away_at: int
) -> None:
    data = "".join(pieces).encode()
    away_at = min(away_at, len(data))
    front, behind = read([data[:away_at]]), read([data[away_at:]])
    stream = Stream("1", wire="encharge 1")
    reader = LineReader(stream, since=0)
    lines = []
    for start, end in pairwise(
        sorted({0, len(data), away_at, *(c for c in cuts if c < len(data))})
    ):
        if start == away_at:
            stream.lose("unplugged")
            stream.come_back()
        stream.append(data[start:end])
        lines += reader.take() if start in cuts else []
    lines += reader.take()
    whole = [line.text for line in lines if not line.cut]
    assert whole == [text for text, _ in front + behind]
    if 0 < away_at < len(data):
        begun = max(data[:away_at].rfind(b"\n"), data[:away_at].rfind(b"\r")) + 1
        left = data[begun:away_at].decode()
        assert [line.text for line in lines if line.cut] == ([left] if left else [])


def test_a_line_that_the_gap_cut_tells_so_and_the_next_begins_behind_it() -> None:
    stream = Stream("1", wire="encharge 1")
    reader = LineReader(stream, since=0)
    stream.append(b"one\r\nSTATE -> WAITING")
    assert [line.text for line in reader.take()] == ["one"]
    stream.lose("unplugged")
    assert [(line.text, line.cut, line.end) for line in reader.take()] == [
        ("STATE -> WAITING", True, 21)
    ]
    stream.come_back()
    stream.append(b" TO JOIN\r\n")
    assert [(line.text, line.cut) for line in reader.take()] == [(" TO JOIN", False)]
    again = LineReader(stream, since=23)
    assert [line.text for line in again.take()] == [" TO JOIN"], "no further back than the gap"


@given(st.lists(PIECES, max_size=20), st.sets(st.integers(0, 100)), st.booleans())
@example(["x" * 5000, "\r", "\n", "a\r\n"], {4096, 5001}, True)
@settings(max_examples=200, deadline=None)
def test_what_is_passed_over_moves_no_line(
    pieces: list[str], cuts: set[int], passed_over: bool
) -> None:
    data = "".join(pieces).encode()
    stream = Stream("1", wire="encharge 1")
    reader, other = LineReader(stream, since=0), LineReader(stream, since=0)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for start, end in pairwise(edges):
        stream.append(data[start:end])
        reader.take(worth=lambda _, number=start: bool(number % 2) != passed_over)  # type: ignore[misc]
        other.take()
        assert reader.position == other.position


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("\x1b[0;32mI (12) boot\x1b[0m", "I (12) boot"),
        ("\x1b[6n\x1b[999;999HENC> ", "ENC> "),
        ("\x1b]0;title\x07a\x1b]0;t\x1b\\b", "ab"),
        ("\x1b(Ba\x1b=\x1b7b", "ab"),
        ("\x00\x00sn\x07: 1\x08\x7f\tx", "sn: 1\tx"),
        ("[1.000] ZB: [x]", "[1.000] ZB: [x]"),
        ("half \x1b", "half "),
    ],
)
def test_what_only_a_terminal_understands_is_left_out(said: str, seen: str) -> None:
    assert plain(said) == seen
