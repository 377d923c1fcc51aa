"""Console where time passes by itself: the device answers from a thread of its own."""

import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hil.clock import WallClock
from hil.consoles.console import Console
from hil.consoles.dialect import encharge_dialect
from hil.consoles.encharge import Encharge
from hil.consoles.verdicts import Witnesses
from hil.errors import ConsoleSilent, DeviceDied, LineLost, StoppedAnswering
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Kind, Timeline
from hil.transports.recorder import Recorder
from hil.transports.serial_line import SerialLine
from selftest.consoles.scripted_device import Pty, ScriptedDevice, make_console
from selftest.consoles.scripted_node import ScriptedNode

WELL = Witnesses(other_consoles=("enpower 122000000101",), gateway_hears_it=True)

SPEED = 200.0
"""A rig second is 5 ms."""


class Answering:
    """A device that answers over a PTY from a thread, a few bytes at a time."""

    def __init__(self, device: ScriptedDevice, pty: Pty) -> None:
        self._device, self._pty = device, pty
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def close(self) -> None:
        os.write(self._stopped, b"x")
        self._thread.join()
        os.close(self._stop)
        os.close(self._stopped)

    def _answer(self) -> None:
        while True:
            ready, _, _ = select.select([self._pty.master, self._stop], [], [])
            if self._stop in ready:
                return
            self._device.typed(os.read(self._pty.master, 4096))
            if self._pty.master < 0:
                return
            printed, self._device.printed = self._device.printed, []
            for _, data in printed:
                for start in range(0, len(data), 5):
                    os.write(self._pty.master, data[start : start + 5])


@contextmanager
def answering(
    directory: Path, device: ScriptedDevice, *, witnesses: Witnesses = WELL
) -> Iterator[tuple[Console, Pty, Timeline]]:
    pty, clock = Pty(), WallClock(speed=SPEED)
    timeline = Timeline(directory / "timeline.jsonl", now=clock.now, redactor=Redactor())
    recorder = Recorder(timeline, logs=directory, now=clock.now)
    recording = recorder.add(SerialLine(pty.port), name="131", wire="encharge 131 console")
    recorder.start("131")
    thread = Answering(device, pty)
    try:
        yield (
            make_console(recording, clock=clock, timeline=timeline, witnesses=lambda: witnesses),
            pty,
            timeline,
        )
    finally:
        thread.close()
        pty.hang_up()
        recorder.close()
        timeline.close()


def test_a_node_answers_and_every_line_is_told(tmp_path: Path) -> None:
    with answering(tmp_path, ScriptedNode()) as (console, _, timeline):
        encharge = Encharge(console, serial_number="122000000131")
        assert encharge.check_identity().radio_firmware == "100D"
        assert encharge.joining_disabled() is False
    events = [event for event in timeline.since(0) if event.kind is Kind.HEARD]
    heard = [line for event in events for line in event.text.splitlines()]
    assert {"sn: 122000000131", "AT DJ 0", "ENC> zb at DJ"} <= set(heard)


def test_many_threads_ask_one_at_a_time_and_each_gets_its_own_reply(tmp_path: Path) -> None:
    device = ScriptedDevice()
    device.answer = lambda command: f"of {command}\r\nOK\r\nENC> "
    wrong: list[object] = []
    with answering(tmp_path, device) as (console, _, timeline):
        together = threading.Barrier(4)

        def ask_often(name: str) -> None:
            together.wait(10.0)
            for number in range(15):
                command = f"who {name} {number}"
                try:
                    reply = console.ask(command, within_s=2000).reply
                except ConsoleSilent as silent:
                    reply = (str(silent),)
                if reply != (f"of {command}", "OK"):
                    wrong.append((command, reply))

        threads = [threading.Thread(target=ask_often, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len(device.asked) == 60
    turns = [event.kind for event in timeline.since(0) if event.kind in (Kind.SENT, Kind.STEP)]
    assert turns == [Kind.SENT, Kind.STEP] * 60, "sent, answered, sent, answered …"


def test_what_is_typed_slowly_is_typed_whole_whoever_else_types(tmp_path: Path) -> None:
    device = ScriptedDevice()
    device.answer = lambda command: f"of {command}\r\nOK\r\nENC> "
    with answering(tmp_path, device) as (console, _, _):
        console.dialect = encharge_dialect().with_overrides({"char_delay_s": 0.05})
        commands = [f"who is number {number}" for number in range(6)]

        def ask(command: str) -> None:
            console.ask(command, within_s=2000)

        threads = [threading.Thread(target=ask, args=(command,)) for command in commands]
        threads += [threading.Thread(target=console.answers) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(device.asked) == commands


def test_last_words_end_the_wait_of_every_thread(tmp_path: Path) -> None:
    device = ScriptedDevice()
    device.answer = lambda command: "PANIC: zb_task.c:114\r\n"
    ended: list[str] = []
    with answering(tmp_path, device) as (console, _, _):
        console._deaths.look()
        begun = threading.Barrier(3)

        def wait() -> None:
            mark = console.mark()
            console._deaths.look()
            begun.wait(10.0)
            try:
                console.wait_for_line("never", since=mark, within_s=2000)
            except DeviceDied as death:
                ended.append(str(death))

        threads = [threading.Thread(target=wait) for _ in range(2)]
        for thread in threads:
            thread.start()
        begun.wait(10.0)
        with pytest.raises(DeviceDied):
            console.ask("devinfo", within_s=2000)
        for thread in threads:
            thread.join()
    assert len(ended) == 2


def test_silence_is_judged_the_same_where_time_passes_by_itself(tmp_path: Path) -> None:
    device = ScriptedNode()
    with answering(tmp_path, device) as (console, _, _):
        device.alive = False
        with pytest.raises(ConsoleSilent, match="heard nothing"):
            console.ask("devinfo")
        device.alive = True
        console.ask("devinfo", within_s=2000)
        device.alive = False
        with pytest.raises(ConsoleSilent, match="the console of enpower 122000000101 answers"):
            console.ask("devinfo")
        device.alive = True
        device.answer = lambda command: None
        with pytest.raises(StoppedAnswering, match="brings its prompt back"):
            console.ask("devinfo")


def test_a_hang_up_while_a_reply_is_waited_for_is_a_lost_line(tmp_path: Path) -> None:
    device = ScriptedDevice()
    with answering(tmp_path, device) as (console, pty, _):
        device.answer = lambda command: pty.hang_up()
        with pytest.raises(LineLost, match=r"^encharge 122000000131: /dev/\S+ at 115200 baud"):
            console.ask("devinfo", within_s=2000)
