"""Stream: bytes by offset, when they were said, and a bounded memory."""

import threading

import pytest

from hil.errors import LineLost
from hil.transports.stream import Stream


def test_what_was_read_is_found_by_offset() -> None:
    stream = Stream("1", wire="encharge 1")
    stream.append(b"ENC> ")
    mark = stream.received
    stream.append(b"devinfo")
    assert (mark, stream.since(mark), stream.since(0)) == (5, b"devinfo", b"ENC> devinfo")


def test_a_byte_has_the_stamp_in_front_of_it_wherever_chunks_begin() -> None:
    stream = Stream("1", wire="encharge 1")
    stream.stamp(0, 1.0, order=1)
    stream.stamp(3, 2.5, order=2)
    stream.append(b"ab")
    stream.append(b"cdef")
    stream.stamped_up_to(6)
    stamps = [stream.said_at(offset) for offset in range(6)]
    assert [stamp.at_s for stamp in stamps if stamp] == [1.0, 1.0, 1.0, 2.5, 2.5, 2.5]


def test_a_byte_that_is_not_stamped_yet_has_no_time() -> None:
    stream = Stream("1", wire="encharge 1")
    stream.stamp(0, 1.0, order=1)
    stream.append(b"ab")
    stream.stamped_up_to(1)
    assert stream.said_at(0) is not None
    assert stream.said_at(1) is None


def test_memory_is_bounded_and_the_past_that_was_dropped_is_an_error() -> None:
    stream = Stream("1", wire="encharge 1", kept_bytes=1000)
    for number in range(50):
        stream.stamp(stream.received, float(number), order=number)
        stream.append(bytes([number]) * 100)
        stream.stamped_up_to(stream.received)
    assert stream.received == 5000
    assert stream.since(4000) == b"".join(bytes([number]) * 100 for number in range(40, 50))
    assert [stamp.at_s for at in (4000, 4950) if (stamp := stream.said_at(at))] == [40.0, 49.0]
    with pytest.raises(LineLost, match=r"byte 0 is no longer in memory .* log is on disk"):
        stream.since(0)


def test_a_waiter_is_woken_by_bytes_and_by_trouble() -> None:
    stream = Stream("1", wire="encharge 1")
    assert stream.signal(0).wait(0) is False
    appending = threading.Thread(target=stream.append, args=(b"x",))
    appending.start()
    assert stream.signal(0).wait(10.0) is True
    appending.join()
    losing = threading.Thread(target=stream.lose, args=("unplugged",))
    losing.start()
    assert stream.signal(1).wait(10.0) is True
    losing.join()
    assert stream.trouble == "unplugged"
    assert stream.signal(1).lines == ("1",)


def test_a_part_is_read_without_the_rest() -> None:
    stream = Stream("1", wire="encharge 1")
    stream.append(b"ENC> devinfo")
    assert [stream.read(5, 3), stream.read(5, 100), stream.read(12, 1)] == [b"dev", b"devinfo", b""]


def test_what_is_held_stays_until_it_is_let_go() -> None:
    stream = Stream("1", wire="encharge 1", kept_bytes=1000)
    with stream.hold(100) as hold:
        for _ in range(50):
            stream.append(b"." * 100)
        assert stream.first <= 100
        hold.offset = 3000
        stream.append(b".")
        assert (stream.first, len(stream.read(3000))) == (3000, 2001)
    stream.append(b".")
    assert stream.first == 5002 - 1000


def test_a_stream_that_is_waited_for_elsewhere_is_so_for_a_while() -> None:
    stream, hurried = Stream("1", wire="one"), list[bool]()
    stream.on_waiter = lambda: hurried.append(stream.is_waited_for)
    stream.hurry(60)
    stream.hear(b"what was waited for", 1.0, order=1)
    assert stream.is_waited_for, "the next byte is waited for as well"
    stream.hurry(0)
    assert not stream.is_waited_for
    assert hurried[0] is True
