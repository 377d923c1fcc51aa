"""What a bad line does is the same however the bytes arrive, and time stays right beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.transports.line_faults import BadLine, Harm, LineFault
from hil.transports.stream import Stream

faults = st.builds(
    lambda harm, after, run, apart, once: LineFault(
        harm, after=after, run=run, every=None if once else run + 16 + apart
    ),
    st.sampled_from(Harm),
    st.integers(0, 50),
    st.integers(1, 5),
    st.integers(0, 30),
    st.booleans(),
)


def through(fault: LineFault, pieces: list[bytes]) -> tuple[bytes, list[tuple[int, int]], int]:
    """What comes through, where how many are missing, and how many were hit."""
    line, data, missing = BadLine(fault), b"", list[tuple[int, int]]()
    for piece in pieces:
        for part, count in line.pieces(piece):
            data += part
            if count and missing and missing[-1][0] == len(data):
                missing[-1] = (len(data), missing[-1][1] + count)
            elif count:
                missing.append((len(data), count))
    return data, missing, line.hit


@given(faults, st.lists(st.binary(min_size=1, max_size=30), max_size=8))
def test_how_the_bytes_arrive_changes_nothing(fault: LineFault, pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    assert through(fault, pieces) == through(fault, [whole] if whole else [])


@given(faults, st.binary(max_size=200))
def test_what_is_hit_is_what_the_fault_says(fault: LineFault, data: bytes) -> None:
    came, missing, hit = through(fault, [data] if data else [])
    numbers = [n for n in range(len(data)) if fault.is_hit(n)]
    assert hit == len(numbers)
    if fault.harm is Harm.GARBLES:
        assert [n for n in range(len(data)) if came[n] != data[n]] == numbers
    else:
        assert came == bytes(data[n] for n in range(len(data)) if n not in numbers)
    if fault.harm is Harm.LOSES:
        assert sum(count for _, count in missing) == hit
    else:
        assert missing == []


@given(
    st.integers(0, 1000), st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), max_size=10)
)
def test_the_place_of_what_was_said_is_known_beside_what_is_missing(
    begin: int, pieces: list[tuple[int, int]]
) -> None:
    stream = Stream("131", wire="encharge 131 console", begin=begin)
    offsets: list[int] = []
    for passed, missed in pieces:
        offsets += range(stream.received, stream.received + passed)
        stream.append(b"x" * passed)
        stream.miss(missed)
        offsets += [stream.received] * missed
    assert [stream.offset_of(begin + n) for n in range(len(offsets))] == offsets
    assert stream.offset_of(begin + len(offsets) + 5) == stream.received + 5


@pytest.mark.parametrize("fault", [LineFault(harm, after=3, run=2, every=40) for harm in Harm])
def test_a_fault_goes_through_a_frame(fault: LineFault) -> None:
    assert LineFault.of_document(fault.as_document()) == fault


def test_a_fault_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'melts'"):
        LineFault.of_document({"harm": "melts", "after": 0, "run": 1, "every": None})
    with pytest.raises(TypeError, match="after is a number of bytes"):
        LineFault.of_document({"harm": "loses bytes", "after": "3", "run": 1, "every": None})
    with pytest.raises(ValueError, match="from 0 and from 1 on"):
        LineFault(Harm.LOSES, run=0)
