"""Recorder: every console is read, logged and told from opening to closing."""

import os
import tty
from pathlib import Path

import pytest

from hil.clock import WallClock
from hil.errors import LineLost
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Kind, Timeline
from hil.transports.recorder import Recorder, Recording
from hil.transports.serial_line import SerialLine

KEY = "9A4C62E8F15B07D3A6287E9CB1F04D35"


class Said:
    """Two recorded consoles whose devices are this test."""

    def __init__(self, directory: Path, *, stamped: bool = True) -> None:
        self.clock = WallClock()
        self.timeline = Timeline(
            directory / "timeline.jsonl", now=self.clock.now, redactor=Redactor()
        )
        self.recorder = Recorder(
            self.timeline, logs=directory, now=self.clock.now if stamped else None
        )
        self._masters: list[int] = []
        self._slaves: list[int] = []
        self.recordings = [self._console(name) for name in ("131", "132")]

    def _console(self, name: str) -> Recording:
        master, slave = os.openpty()
        tty.setraw(slave)
        self._masters.append(master)
        self._slaves.append(slave)
        line = SerialLine(os.ttyname(slave))
        recording = self.recorder.add(line, name=name, wire=f"encharge {name} console")
        self.recorder.start(name)
        return recording

    def say(self, number: int, data: bytes) -> None:
        stream = self.recordings[number].stream
        upto = stream.received + len(data)
        os.write(self._masters[number], data)
        while stream.received < upto:
            assert stream.wait_beyond(stream.received, 10.0), "not read"

    def hang_up(self) -> None:
        for descriptor in (*self._masters, *self._slaves):
            os.close(descriptor)
        self._masters, self._slaves = [], []

    def close(self) -> None:
        self.hang_up()
        self.recorder.close()
        self.timeline.close()

    def heard(self) -> list[str]:
        events = [event for event in self.timeline.since(0) if event.kind is Kind.HEARD]
        return [line for event in events for line in event.text.split("\n")]


def test_lines_are_told_though_nobody_listens_and_each_once(tmp_path: Path) -> None:
    said = Said(tmp_path)
    said.say(0, b"boot\r\nSTATE -> WAI")
    said.say(0, b"TING TO JOIN\r")
    said.say(0, b"\nENC> ")
    said.close()
    assert said.heard() == ["boot", "STATE -> WAITING TO JOIN", "ENC> "]
    log = (tmp_path / "encharge-131-console.log").read_text(encoding="utf-8")
    assert [line.split(" | ")[1] for line in log.splitlines()] == [
        "boot",
        "STATE -> WAITING TO JOIN",
        "ENC> ",
    ]


def test_lines_that_end_with_cr_alone_are_told_as_they_come(tmp_path: Path) -> None:
    said = Said(tmp_path, stamped=False)
    stream = said.recordings[0].stream
    stream.stamp(0, 1.0, order=1)
    said.say(0, b"Scanning\rAI: 23\rJoi")
    stream.stamped_up_to(stream.received)
    said.recorder.tell()
    assert said.heard() == ["Scanning", "AI: 23"]
    said.close()


def test_garbage_without_line_ends_is_told_in_pieces_and_reading_goes_on(tmp_path: Path) -> None:
    said = Said(tmp_path)
    for _ in range(350):  # more than the stream keeps
        said.say(0, b"\xff\x00" * 2048)
    said.say(0, b"\r\nENC> \r\n")
    said.close()
    assert said.heard()[-1] == "ENC> "
    assert sum(len(text) for text in said.heard()) > 350 * 4096


def test_consoles_are_told_in_the_order_of_their_stamps(tmp_path: Path) -> None:
    said = Said(tmp_path, stamped=False)
    one, two = (recording.stream for recording in said.recordings)
    one.stamp(0, 1.0, order=1)
    two.stamp(0, 1.0, order=2)
    one.stamp(3, 2.0, order=3)
    said.say(1, b"b\r\n")
    said.say(0, b"a\r\nc\r\n")
    for stream in (one, two):
        stream.stamped_up_to(stream.received)
    said.recorder.tell()
    events = said.timeline.since(0)
    assert [(event.rig_s, event.text) for event in events] == [(1.0, "a"), (1.0, "b"), (2.0, "c")]
    said.close()


def test_a_line_is_told_only_when_it_is_stamped(tmp_path: Path) -> None:
    said = Said(tmp_path, stamped=False)
    said.say(0, b"early\r\n")
    said.recorder.tell()
    assert said.heard() == []
    said.recordings[0].stream.stamp(0, 7.0, order=1)
    said.recordings[0].stream.stamped_up_to(7)
    said.recorder.tell()
    assert [event.rig_s for event in said.timeline.since(0)] == [7.0]
    said.close()


def test_no_key_reaches_a_disk(tmp_path: Path) -> None:
    said = Said(tmp_path)
    said.say(0, f"link_key: {KEY}\r\nOK\r\n".encode())
    said.close()
    assert said.heard()[0].startswith("link_key: ‹secret ")
    for path in tmp_path.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not [start for start in range(25) if KEY[start : start + 8] in text], path.name


def test_a_hang_up_is_a_gap_on_the_timeline_and_the_end_of_writing(tmp_path: Path) -> None:
    said = Said(tmp_path)
    said.say(0, b"last words\r\n")
    streams = [recording.stream for recording in said.recordings]
    said.hang_up()
    for stream in streams:
        assert stream.wait_beyond(stream.received, 10.0), "the reader notices"
    with pytest.raises(LineLost, match=r"/dev/\S+ at 115200 baud: lost while reading"):
        said.recordings[0].write(b"devinfo\r")
    assert said.recordings[0].written == 0
    said.close()
    troubles = [event.text for event in said.timeline.since(0) if event.kind is Kind.TROUBLE]
    assert len(troubles) == 2, "each console once"
    assert all(text.startswith("gap: /dev/") for text in troubles)


@pytest.mark.parametrize("stamped", [True, False])
def test_a_log_that_cannot_be_written_is_said_and_only_that_console_is_lost(
    tmp_path: Path, stamped: bool
) -> None:
    (tmp_path / "encharge-131-console.log").symlink_to("/dev/full")
    said = Said(tmp_path, stamped=stamped)
    said.say(1, b"well\r\n")
    said.say(0, b"boot\r\n")
    streams = [recording.stream for recording in said.recordings]
    if not stamped:
        for stream in streams:
            stream.stamp(0, 1.0, order=1)
            stream.stamped_up_to(stream.received)
        said.recorder.tell()
    assert streams[0].wait_beyond(streams[0].received, 10.0), "the stream says so"
    with pytest.raises(
        LineLost, match=r"baud: the reader stopped: cannot write .*131-console\.log: .* No space"
    ):
        said.recordings[0].write(b"devinfo\r")
    assert streams[1].trouble is None
    said.close()
    troubles = [event.text for event in said.timeline.since(0) if event.kind is Kind.TROUBLE]
    assert [text for text in troubles if "reader stopped" in text] == [f"gap: {streams[0].trouble}"]
    assert sorted(said.heard()) == ["boot", "well"], "the timeline has it all the same"


def test_a_reader_that_breaks_says_so_though_the_timeline_cannot(tmp_path: Path) -> None:
    (tmp_path / "timeline.jsonl").symlink_to("/dev/full")
    said = Said(tmp_path)
    stream = said.recordings[0].stream
    said.say(0, b"boot\r\n")
    assert stream.wait_beyond(stream.received, 10.0), "the stream says so"
    assert str(stream.trouble).endswith(
        "the reader stopped: OSError: [Errno 28] No space left on device"
    )
    said.hang_up()
    for each in said.recordings:
        assert each.stream.wait_beyond(each.stream.received, 10.0)
    with pytest.raises(OSError, match="No space left"):
        said.close()
