"""BlockReader finds the lines that LineReader finds, many at a time."""

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hil.transports.blocks import BlockReader
from hil.transports.lines import LONGEST_LINE_BYTES, LineReader
from hil.transports.stream import Stream

PIECES = st.sampled_from(
    [b"a", b"OK", b"\r", b"\n", b"\r\n", b"ENC> ", b"[1.000] ZB: Joined", b"\xff\x00", b"\xe2\x82"]
    + [b"x" * (LONGEST_LINE_BYTES + more) for more in (-1, 0, 1, LONGEST_LINE_BYTES)]
)
Told = list[tuple[str, float]]


def told(
    data: bytes, chunks: set[int], stamps: set[int], *, rest: bool
) -> tuple[Told, Told, list[str]]:
    """The lines by LineReader, by BlockReader, and the blocks."""
    stream = Stream("1", wire="encharge 1")
    lines, blocks = LineReader(stream, since=0), BlockReader(stream)
    one: Told = []
    many: Told = []
    texts: list[str] = []
    for offset in sorted({0, *stamps}):
        stream.stamp(offset, float(offset), order=offset)
    edges = [*sorted({0, *(each for each in chunks if each < len(data))}), len(data)]
    for start, stop in pairwise(edges):
        stream.append(data[start:stop])
        stream.stamped_up_to(stop)
        is_last = rest and stop == len(data)
        for line in lines.take(stamped_only=True, rest=is_last):
            assert line.at_s is not None
            one.append((line.text, line.at_s))
        for block in blocks.take(rest=is_last):
            texts.append(block.text)
            many += [(text, block.stamp.at_s) for text in block.text.split("\n")]
    return one, many, texts


@given(
    st.lists(PIECES, max_size=20),
    st.sets(st.integers(0, 100)),
    st.sets(st.integers(0, 100)),
    st.booleans(),
)
@example([b"a", b"\r", b"\n", b"b", b"\r\n"], {2}, {1, 2}, False)
@example([b"x" * 4096, b"\r", b"\n", b"y"], {4097}, {3}, True)
@settings(max_examples=500, deadline=None)
def test_the_lines_and_their_times_are_those_of_the_line_reader(
    pieces: list[bytes], chunks: set[int], stamps: set[int], rest: bool
) -> None:
    one, many, _ = told(b"".join(pieces), chunks, stamps, rest=rest)
    assert many == one


def test_lines_of_one_time_are_one_block() -> None:
    _, _, blocks = told(b"one\r\ntwo\r\nthree\r\nfo", set(), {10}, rest=False)
    assert blocks == ["one\ntwo", "three"]
