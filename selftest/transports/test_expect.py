"""expect: pexpect's matching on our stream and clock."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.clock import JumpingClock, Signal
from hil.errors import LineLost, NotInTime
from hil.transports.expect import WINDOW_BYTES, Match, expect
from hil.transports.stream import KEPT_BYTES, Stream


class Feed(JumpingClock):
    """A clock in which each wait brings the next chunk, at the next rig second."""

    def __init__(self, stream: Stream, chunks: list[bytes]) -> None:
        super().__init__()
        self._stream, self._chunks = stream, chunks

    def wait(self, signal: Signal, until_s: float) -> bool:
        if not self._chunks:
            return super().wait(signal, until_s)
        self.sleep(1.0)
        self._stream.stamp(self._stream.received, self.now(), order=0)
        self._stream.append(self._chunks.pop(0))
        self._stream.stamped_up_to(self._stream.received)
        return True


def look(*chunks: bytes, pattern: str, within_s: float = 1e6) -> Match:
    stream = Stream("1", wire="encharge 1")
    return expect(stream, [pattern], since=0, within_s=within_s, clock=Feed(stream, list(chunks)))


def test_a_pattern_that_spans_chunks_is_found_with_all_that_stood_before_it() -> None:
    match = look(b"boot\r\nSTATE -> WAI", b"TING T", b"O JOIN\r\nmore", pattern="WAITING TO JOIN")
    assert match.before == b"boot\r\nSTATE -> "
    assert match.text == b"WAITING TO JOIN"
    assert match.end == len(b"boot\r\nSTATE -> WAITING TO JOIN")
    assert match.at_s == 3.0


def test_groups_and_which_pattern_matched_are_told() -> None:
    stream = Stream("1", wire="encharge 1")
    stream.append(b"AT AI 23\r\n")
    match = expect(stream, ["never", r"AI (\w+)\r"], since=0, within_s=1, clock=JumpingClock())
    assert (match.index, match.groups) == (1, (b"23",))


@given(
    numbers=st.lists(st.integers(0, 10**6), min_size=1, max_size=8),
    cuts=st.lists(st.integers(1, 40), max_size=30),
    noise=st.sampled_from([b"", b".", b"\xff\x00", b"noise " * 50]),
)
@settings(max_examples=60, deadline=None)
def test_between_two_expects_nothing_is_lost(
    numbers: list[int], cuts: list[int], noise: bytes
) -> None:
    data = b"".join(b"%s<%d>" % (noise, number) for number in numbers) + b"tail"
    chunks, rest = [], data
    for cut in cuts:
        chunks.append(rest[:cut])
        rest = rest[cut:]
    stream = Stream("1", wire="encharge 1")
    clock = Feed(stream, [*(chunk for chunk in chunks if chunk), rest])
    at, found, skipped = 0, [], b""
    for _ in numbers:
        match = expect(stream, [r"<(\d+)>"], since=at, within_s=1e6, clock=clock)
        found.append(int(match.groups[0] or b"-1"))
        skipped += match.before + match.text
        at = match.end
    assert found == numbers
    assert skipped == data[:at], "every byte is either before a match or in it"


@pytest.mark.parametrize("shift", range(0, 24, 5))
@pytest.mark.parametrize("slices", [1, 2, 3])
def test_a_pattern_across_the_slices_of_one_big_chunk_is_found(slices: int, shift: int) -> None:
    wanted = b"STATE -> WAITING TO JOIN"
    before = b"." * (slices * WINDOW_BYTES // 2 - shift)
    match = look(before + wanted + b"." * 9000, pattern=re.escape(wanted.decode()))
    assert match.before == before
    assert match.end == len(before) + len(wanted)


def test_a_mebibyte_in_front_of_the_match_is_searched_and_told_whole() -> None:
    log = b"[1.000] ZB: Scanning: 00007FFF\r\n" * (2**20 // 32)
    pieces = [log[start : start + 65536] for start in range(0, len(log), 65536)]
    match = look(*pieces, b"WAITING TO JOIN", pattern="WAITING TO JOIN")
    assert (match.before, match.before_lost) == (log, 0)


@pytest.mark.parametrize("whole", [False, True])
def test_what_stood_before_is_kept_whole_only_where_that_is_asked_for(whole: bool) -> None:
    log = b"".join(b"[%07d] ZB: Scanning: 00007FFF\r\n" % number for number in range(10**5))
    pieces = [log[start : start + 65536] for start in range(0, len(log), 65536)]
    stream = Stream("1", wire="encharge 1")
    clock = Feed(stream, [*pieces, b"WAITING TO JOIN"])
    match = expect(
        stream, ["WAITING TO JOIN"], since=0, within_s=1e6, clock=clock, whole_before=whole
    )
    assert match.before_lost == (0 if whole else len(log) - len(match.before))
    assert len(match.before) == len(log) if whole else KEPT_BYTES <= len(match.before) < len(log)
    assert log.endswith(match.before)
    stream.append(b"." * 65536)
    assert stream.received - stream.first <= 1.25 * KEPT_BYTES, "no longer than it is waited"


def test_a_burst_does_not_overtake_a_search_that_is_under_way() -> None:
    stream = Stream("1", wire="encharge 1", kept_bytes=1000)

    class Bursts(Feed):
        def settle(self) -> None:
            if self._chunks and not stream.received:
                stream.append(self._chunks.pop(0))

    clock = Bursts(stream, [b"PAIRED" + b"." * 5000, b"JOINED"])
    match = expect(stream, ["PAIRED", "JOINED"], since=0, within_s=9, clock=clock, window=64)
    assert (match.text, match.start) == (b"PAIRED", 0)


def test_a_match_tells_when_its_first_and_its_last_byte_were_said() -> None:
    match = look(b"..WAI", b"TING", b" TO JOIN..", pattern="WAITING TO JOIN")
    assert (match.first_at_s, match.at_s) == (1.0, 3.0)
    assert (match.start, match.end) == (2, 17)


def test_a_beginning_is_where_the_look_began_and_nothing_else() -> None:
    match = look(b"." * 5000, b"." * 5000, b"x", pattern="^x|x$|^[.]{3}")
    assert (match.start, match.end) == (0, 3)
    match = look(*[b"x" * 700] * 20, b"y", pattern="^x{3}y|y")
    assert match.text == b"y"


# Gaps.


def interrupted(*pieces: bytes) -> Stream:
    """What was said by a line that was away between these pieces."""
    stream = Stream("1", wire="encharge 1")
    for number, piece in enumerate(pieces):
        if number:
            stream.lose("unplugged", at_s=float(number))
            stream.come_back(at_s=float(number))
        stream.append(piece)
    return stream


def test_what_stands_on_both_sides_of_a_gap_does_not_match_together() -> None:
    stream = interrupted(b"PAI", b"RED PAIRED")
    match = expect(stream, ["P.*?D"], since=0, within_s=9, clock=JumpingClock())
    assert (match.start, match.text) == (7, b"PAIRED")
    assert match.before == b"PAIRED ", "what stood before is told all the same"


def test_what_was_perhaps_said_in_a_gap_is_not_late_but_lost() -> None:
    stream = interrupted(b"...", b"PAI")
    clock = JumpingClock()
    with pytest.raises(LineLost, match=r"PAIRED: not seen, .* meanwhile \(unplugged\)"):
        expect(stream, ["PAIRED"], since=0, within_s=9, clock=clock)
    assert clock.now() == 9.0, "it could still have come"
    with pytest.raises(NotInTime):
        expect(stream, ["PAIRED"], since=4, within_s=9, clock=clock)


def test_a_gap_while_something_is_waited_for_ends_the_wait() -> None:
    stream = Stream("1", wire="encharge 1")

    class Flapping(Feed):
        def wait(self, signal: Signal, until_s: float) -> bool:
            if self.now() == 1.0:
                stream.lose("unplugged")
                stream.come_back()
            return super().wait(signal, until_s)

    clock = Flapping(stream, [b"..", b"..", b"PAIRED"])
    with pytest.raises(LineLost, match="interrupted meanwhile"):
        expect(stream, ["PAIRED"], since=0, within_s=9, clock=clock)
    assert clock.now() == 2.0
