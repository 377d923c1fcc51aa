"""Lines that are lost and come back: nothing but what the line lost is missing, and it is said."""

import os
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.clock import WallClock
from hil.errors import LineBlocked, LineLost
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Kind, Timeline
from hil.transports.recorder import Recorder, Recording, RecordingRules
from hil.transports.serial_line import SerialLine
from hil.transports.wires import DriverCounts
from selftest.transports.relay import Relay
from selftest.transports.replugged import Adapter
from selftest.transports.simulated_console import FaceEnd, tcp_end

GUARD_S = 10.0


class Bench:
    """One recorded console in wall time."""

    def __init__(
        self,
        folder: Path,
        port: str,
        *,
        rules: RecordingRules | None = None,
        make: type[SerialLine] = SerialLine,
    ) -> None:
        self.clock = WallClock()
        self.timeline = Timeline(folder / "timeline.jsonl", now=self.clock.now, redactor=Redactor())
        self.recorder = Recorder(self.timeline, logs=folder, now=self.clock.now, rules=rules)
        line = make(port, write_limit_s=0.3)
        self.recording: Recording = self.recorder.add(line, name="131", wire="encharge 131 console")
        self.stream = self.recording.stream
        self.recorder.start("131")

    def until(self, received: int) -> bytes:
        while self.stream.received < received:
            assert self.stream.wait_beyond(self.stream.received, GUARD_S), "not read"
            assert self.stream.trouble is None
        return self.stream.since(0)

    def lost(self) -> str:
        assert self.stream.wait_lost(GUARD_S), "the recorder did not notice"
        return str(self.stream.trouble)

    def back(self) -> None:
        assert self.stream.wait_back(GUARD_S), f"not back: {self.stream.trouble}"

    def troubles(self) -> list[str]:
        return [event.text for event in self.timeline.since(0) if event.kind is Kind.TROUBLE]

    def log(self) -> list[str]:
        return self.recording.log_path.read_text(encoding="utf-8").splitlines()

    def close(self) -> None:
        self.recorder.close()
        self.timeline.close()


@contextmanager
def bench(
    folder: Path,
    port: str,
    *,
    rules: RecordingRules | None = None,
    make: type[SerialLine] = SerialLine,
) -> Iterator[Bench]:
    opened = Bench(folder, port, rules=rules, make=make)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[Adapter]:
    plugged = Adapter(tmp_path / "by-id-encharge")
    yield plugged
    plugged.close()


def test_an_adapter_that_was_pulled_is_a_gap_and_works_both_ways_again(
    adapter: Adapter, tmp_path: Path
) -> None:
    with bench(tmp_path, adapter.port) as it:
        adapter.say(b"boot\r\nhalf a li")
        it.until(15)
        adapter.pull()
        assert "by-id-encharge at 115200 baud: lost while reading" in it.lost()
        adapter.plug()
        it.back()
        adapter.say(b"ne\r\nENC> \r\n")
        assert it.until(26) == b"boot\r\nhalf a line\r\nENC> \r\n"
        it.recording.write(b"devinfo\r")
        assert adapter.heard(8) == b"devinfo\r"
        (gap,) = it.stream.gaps
        assert gap.offset == 15
        assert gap.lost_s is not None
        assert gap.back_s is not None
        assert gap.lost_s <= gap.back_s <= it.clock.now()
        assert "lost while reading" in gap.why
        counted = it.recording.counters
        assert (counted.gaps, counted.reconnects) == (1, 1)
        assert (counted.bytes_in, counted.bytes_out) == (26, 8)
    begins, ends = it.troubles()
    assert begins.startswith("gap: /")
    assert re.search(
        r"is back after \d+\.\d{3} s of rig time \(\d.* to \d.*\); what was said", ends
    )
    said = [line.split(" ", 1)[1] for line in (each.lstrip() for each in it.log())]
    kinds = [re.sub(r"^\S+ ", "", each) for each in said]
    assert kinds[:2] == ["| boot", "| half a li"], "the cut line is told as far as it came"
    assert [kind[:8] for kind in kinds[2:4]] == ["! gap: /", "! gap en"]
    assert kinds[4:] == ["| ne", "| ENC> "], "and is not joined with what came behind the gap"


def test_a_write_never_waits_for_a_line_and_a_command_does(
    adapter: Adapter, tmp_path: Path
) -> None:
    with bench(tmp_path, adapter.port) as it:
        adapter.pull()
        it.lost()
        with pytest.raises(LineLost, match=r"lost while reading: .*; suspect the cable"):
            it.recording.write(b"devinfo\r")
        assert it.recording.counters.bytes_out == 0
        awaiting = threading.Thread(target=it.recording.await_line)
        awaiting.start()
        adapter.plug()
        awaiting.join()
        assert it.stream.trouble is None
        it.recording.write(b"devinfo\r")
        assert adapter.heard(8) == b"devinfo\r"


def test_a_line_that_is_back_before_its_loss_is_told_to_the_end_is_read(
    adapter: Adapter, tmp_path: Path
) -> None:
    with bench(tmp_path, adapter.port) as it:
        tell = it.recorder.tell

        def tell_late(of: Iterable[Recording] = (), *, rest: bool = False) -> None:
            if threading.current_thread().name == "line pump":
                it.back()
            tell(of, rest=rest)

        it.recorder.tell = tell_late  # type: ignore[method-assign]
        adapter.pull()
        it.lost()
        adapter.plug()
        it.back()
        adapter.say(b"alive\r\n")
        it.until(7)


def test_a_number_that_somebody_else_has_got_meanwhile_is_not_taken_for_the_device(
    adapter: Adapter, tmp_path: Path
) -> None:
    with bench(tmp_path, adapter.port) as it:
        adapter.pull(link_too=False)
        it.lost()
        stranger = os.openpty()  # the lowest free number: most likely the one that the link names
        assert not it.stream.wait_back(0.3)
        for descriptor in stranger:
            os.close(descriptor)
        adapter.plug()
        it.back()


def test_a_terminal_without_a_link_is_never_looked_for_again(tmp_path: Path) -> None:
    adapter = Adapter(tmp_path / "unused")
    with bench(tmp_path, str(adapter.link.readlink())) as it:
        adapter.pull()
        it.lost()
        assert not it.recording.is_coming_back
        with pytest.raises(LineLost):
            it.recording.write(b"devinfo\r")


def test_a_line_that_does_not_come_back_in_time_is_given_up(
    adapter: Adapter, tmp_path: Path
) -> None:
    with bench(tmp_path, adapter.port, rules=RecordingRules(reopen_within_s=0.05)) as it:
        adapter.pull()
        it.lost()
        while it.recording.is_coming_back:
            it.stream.wait_back(0.05)
        adapter.plug()
        assert not it.stream.wait_back(0.3)
    assert "given up after 0.05 s of wall time: cannot open" in it.troubles()[1]
    assert it.log()[-1].endswith(it.troubles()[1])


@pytest.mark.parametrize("rfc2217", [False, True])
def test_a_serial_server_that_is_restarted_is_a_gap(rfc2217: bool, tmp_path: Path) -> None:
    with relayed(rfc2217=rfc2217) as (far, relay, url), bench(tmp_path, url) as it:
        far.write(b"before\r\n")
        it.until(8)
        relay.cut()
        assert url in it.lost()
        relay.restore()
        it.back()
        it.recording.write(b"devinfo\r")
        heard = b""
        while len(heard) < 8:
            heard += far.read()
        assert heard == b"devinfo\r"
        # Not before: the far end may still have taken the client that was cut off for there.
        far.write(b"behind\r\n")
        assert it.until(16) == b"before\r\nbehind\r\n"
        assert [gap.offset for gap in it.stream.gaps] == [8]


@contextmanager
def relayed(*, rfc2217: bool) -> Iterator[tuple[FaceEnd, Relay, str]]:
    far = tcp_end(rfc2217=rfc2217)
    scheme, _, port = far.port.replace("//127.0.0.1:", "").partition(":")
    relay = Relay(int(port))
    try:
        yield far, relay, f"{scheme}://127.0.0.1:{relay.port}"
    finally:
        relay.close()
        far.close()


LINES = b"".join(b"[%d.000] ZB: Scanning, attempt %d\r\n" % (n, n * n) for n in range(40))


@given(cuts=st.lists(st.integers(0, len(LINES)), max_size=3))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_wherever_the_line_is_cut_only_what_it_lost_is_missing(
    cuts: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What was said and read before a cut is there, what was said while it was away is not."""
    folder = tmp_path_factory.mktemp("cut")
    adapter = Adapter(folder / "adapter")
    edges = [0, *sorted(cuts), len(LINES)]
    heard = 0
    with bench(folder, adapter.port) as it:
        for number, (start, stop) in enumerate(pairwise(edges)):
            adapter.say(LINES[start:stop])
            heard += stop - start
            it.until(heard)
            if number < len(cuts):
                adapter.pull()
                it.lost()
                adapter.plug()
                it.back()
        assert it.stream.since(0) == LINES
        assert [gap.offset for gap in it.stream.gaps] == sorted(cuts)
        assert all(gap.back_s is not None for gap in it.stream.gaps)
    adapter.close()
    told = [
        line
        for event in it.timeline.since(0)
        if event.kind is Kind.HEARD
        for line in event.text.split("\n")
    ]
    whole = LINES.decode().split("\r\n")[:-1]
    assert [line for line in told if line in whole] == [line for line in whole if line in told], (
        "no line is told twice or out of order"
    )
    assert "".join(told) == LINES.decode().replace("\r\n", ""), "and no byte is missing"
    logged = [line.split(" | ", 1)[1] for line in it.log() if " | " in line]
    assert "".join(logged) == "".join(told)
    assert sum(" ! gap: " in line for line in it.log()) == len(cuts)


@given(cut=st.integers(0, len(LINES)))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_cut_that_nobody_waits_for_loses_the_end_at_most(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    adapter = Adapter(folder / "adapter")
    with bench(folder, adapter.port) as it:
        adapter.say(LINES[:cut])
        adapter.pull()
        it.lost()
        adapter.plug()
        it.back()
        adapter.say(b"\r\nbehind the gap\r\n")
        (gap,) = it.stream.gaps
        it.until(gap.offset + 18)
        assert it.stream.since(0) == LINES[: gap.offset] + b"\r\nbehind the gap\r\n"
        assert gap.offset <= cut
    adapter.close()


class Counted(SerialLine):
    """A line whose driver counts: there is no such port here."""

    counts = DriverCounts(framing=3, overrun=5, parity=0, breaks=0, buffer_overrun=1)

    def driver_counts(self) -> DriverCounts:
        return self.counts


def test_characters_that_the_driver_has_lost_are_a_gap(adapter: Adapter, tmp_path: Path) -> None:
    with bench(tmp_path, adapter.port, make=Counted) as it:
        adapter.say(b"before")
        it.until(6)
        Counted.counts = replace(Counted.counts, overrun=7, buffer_overrun=2)
        while not it.stream.gaps:
            assert not it.stream.wait_beyond(6, 0.05)
        (gap,) = it.stream.gaps
        assert (gap.offset, it.recording.counters.overruns) == (6, 3)
        assert gap.lost_s == gap.back_s
        assert it.stream.trouble is None
    assert "overrun: the driver has lost 3 characters" in it.troubles()[0]
    assert [line.split("Z ")[1][0] for line in it.log()] == ["!", "|"]


def test_a_wrong_baud_rate_is_said(adapter: Adapter, tmp_path: Path) -> None:
    with bench(tmp_path, adapter.port) as it:
        adapter.say(b"\xfe\x80\x00\xf8\xe0" * 100)
        it.until(500)
        assert it.recording.suspicion() == (
            "100% of the last 500 bytes are no text: looks like another baud rate (try 57600, 38400, "
            "19200, 9600)"
        )


def test_64_kib_at_once_are_all_there(adapter: Adapter, tmp_path: Path) -> None:
    burst = b"".join(b"%06d %s\r\n" % (number, b"x" * 56) for number in range(1024))
    assert len(burst) == 65536 + 1024
    with bench(tmp_path, adapter.port) as it:
        adapter.say(burst)
        assert it.until(len(burst)) == burst
    assert [line.split(" | ")[1] for line in it.log()] == burst.decode().split("\r\n")[:-1]
    assert it.recording.counters.bytes_in == len(burst)


def test_a_device_that_does_not_read_blocks_a_write_for_a_bounded_time(
    adapter: Adapter, tmp_path: Path
) -> None:
    with bench(tmp_path, adapter.port) as it:
        with pytest.raises(LineBlocked, match=r"took \d+ of 1000000 bytes and no more for 0.3 s"):
            it.recording.write(b"x" * 1_000_000)
        counted = it.recording.counters
        assert counted.write_timeouts == 1
        assert 0 < counted.bytes_out < 1_000_000
        assert adapter.heard(counted.bytes_out) == b"x" * counted.bytes_out
        assert it.stream.trouble is None, "it may still be read"
        adapter.say(b"alive\r\n")
        it.until(7)
