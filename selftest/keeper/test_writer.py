"""What a keeper sends to a console whose line is full: later, in order, and to nobody else."""

import select
import threading
from pathlib import Path

from hil.clock import WallClock
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.keeper.writer import Writer
from hil.transports.expect import newest_gap
from hil.transports.recorder import Recorder, Recording
from hil.transports.serial_line import SerialLine
from selftest.transports.replugged import Adapter

GUARD_S = 10.0


def test_what_waits_for_a_full_line_is_not_for_whoever_is_on_it_when_it_is_back(
    tmp_path: Path,
) -> None:
    adapter, clock = Adapter(tmp_path / "by-id-encharge"), WallClock()
    timeline = Timeline(tmp_path / "timeline.jsonl", now=clock.now, redactor=Redactor())
    recorder = Recorder(timeline, logs=tmp_path, now=clock.now)
    recording = recorder.add(SerialLine(adapter.port), name="131", wire="encharge 131 console")
    recorder.start("131")
    not_sent: list[str] = []
    is_pulled = threading.Event()

    def swap(recording: Recording, why: str) -> None:
        not_sent.append(why)
        if len(not_sent) == 1:
            assert is_pulled.wait(GUARD_S)
            assert recording.stream.wait_lost(GUARD_S)
            adapter.plug()
            assert recording.stream.wait_back(GUARD_S)

    writer = Writer(recording, trouble=swap)
    gap = newest_gap(recording.stream)
    writer.write(b"x" * 1_000_000, gap)
    writer.write(b"znr\r", gap)
    adapter.pull()
    is_pulled.set()
    recording.stream.wait_back(GUARD_S)
    writer.write(b"psts\r", gap)  # had waited for somebody's turn to end
    writer.close()
    assert len(not_sent) == 3
    assert all("was interrupted: " in each for each in not_sent[1:])
    assert not select.select([adapter.master], [], [], 0.0)[0], "the other device got bytes"
    recorder.close()
    adapter.close()
    timeline.close()
