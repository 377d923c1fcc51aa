"""A device for selftests, on a real PTY; written for them, and not the simulator.

What it prints and when is up to the test. Time is scripted: `ScriptedClock` moves it, carries the
bytes, and knows for each byte when it was printed. So a recipe of two minutes takes milliseconds
and is the same every time.
"""

import heapq
import os
import select
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hil.clock import Clock, Signal
from hil.consoles.console import Console
from hil.consoles.dialect import Dialect, encharge_dialect
from hil.consoles.verdicts import Witnesses
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.transports.recorder import Recorder, Recording
from hil.transports.serial_line import SerialLine

WALL_GUARD_S = 10.0
"""Wall seconds after which bytes that must come have not: the test is wrong, or stuck."""


FORGET = b"\x15"
CURSOR_REPORT = b"\x1b[1;80R"


class Pty:
    """A pseudo terminal: the device's end, and the name of the suite's."""

    def __init__(self) -> None:
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)

    def hang_up(self) -> None:
        """The device's end goes away, as when an adapter is pulled out. Twice is fine."""
        for descriptor in (self.master, self._slave):
            if descriptor >= 0:
                os.close(descriptor)
        self.master = self._slave = -1


class ScriptedDevice:
    """Prints what a test tells it to: as the answer to a command, or at a time.

    `answer` is called with each command; what it returns is printed at once. It may call `later`.
    """

    def __init__(self, *, prompt: str = "ENC> ", echo: bool = True) -> None:
        self.prompt, self.echo = prompt, echo
        self.alive = True
        self.now_s = 0.0
        self.asked: list[str] = []
        self.answer: Callable[[str], str | bytes | None] = lambda command: None
        self.reported: Callable[[], None] = lambda: None
        """Called when it is told where the cursor is."""
        self.printed: list[tuple[float, bytes]] = []
        self.keys: list[tuple[float, bytes]] = []
        """What came in, and when."""
        self._typed = b""
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._planned = 0

    def typed(self, data: bytes) -> None:
        """Take what came in; a command ends with CR, Ctrl-U forgets it."""
        self.keys.append((self.now_s, data))
        if CURSOR_REPORT in data:
            data = data.replace(CURSOR_REPORT, b"")
            self.reported()
        self._typed = (self._typed + data).rpartition(FORGET)[2]
        while b"\r" in self._typed:
            line, self._typed = self._typed.split(b"\r", 1)
            command = line.decode()
            if not self.alive:
                continue
            if self.echo:
                self.say(f"{command}\r\n")
            if not command:
                self.say(self.prompt)
                continue
            self.asked.append(command)
            if (answer := self.answer(command)) is not None:
                self.say(answer)

    def say(self, text: str | bytes) -> None:
        """Print now."""
        self.printed.append((self.now_s, text.encode() if isinstance(text, str) else text))

    def later(self, delay_s: float, act: Callable[[], None]) -> None:
        """Do `act` in `delay_s` rig seconds."""
        self._planned += 1
        heapq.heappush(self._due, (self.now_s + delay_s, self._planned, act))

    def next_s(self) -> float | None:
        """When something is due."""
        return self._due[0][0] if self._due else None

    def live_until(self, at_s: float) -> None:
        """Do the next thing that is due, if it is due by then."""
        if self._due and self._due[0][0] <= at_s:
            self.now_s, _, act = heapq.heappop(self._due)
            act()
        else:
            self.now_s = at_s


class ScriptedClock:
    """Rig time of one scripted device: moves when it is waited in."""

    grain_s = 0.0
    speed = float("inf")

    def __init__(self, device: ScriptedDevice, pty: Pty) -> None:
        self._device, self._pty = device, pty
        self._recorder: Recorder | None = None
        self._recording: Recording | None = None
        self._consumed = 0
        self._sent = 0

    def read_with(self, recorder: Recorder, recording: Recording) -> None:
        self._recorder, self._recording = recorder, recording

    def now(self) -> float:
        return self._device.now_s

    def sleep(self, duration_s: float) -> None:
        until_s = self.now() + max(0.0, duration_s)
        self.settle()
        while self.now() < until_s:
            self._device.live_until(until_s)
            self.settle()

    def wait(self, signal: Signal, until_s: float) -> bool:
        self.settle()
        while self.now() < until_s and not signal.wait(0):
            self._device.live_until(until_s)
            self.settle()
        return signal.wait(0)

    def plugged_in(self, pty: Pty) -> None:
        """What is said and written from now on goes through `pty`."""
        assert self._recording is not None
        self._pty = pty
        self._consumed, self._sent = self._recording.written, self._recording.stream.received

    def settle(self) -> None:
        """Both ways: the device gets what was written, the reader what was printed."""
        recording, recorder = self._recording, self._recorder
        if recording is None or recorder is None:
            return
        while self._consumed < recording.written and self._pty.master >= 0:
            ready, _, _ = select.select([self._pty.master], [], [], WALL_GUARD_S)
            assert ready, "what was written did not arrive at the device"
            data = os.read(self._pty.master, 4096)
            self._consumed += len(data)
            self._device.typed(data)
        printed, self._device.printed = self._device.printed, []
        stream = recording.stream
        for at_s, data in printed:
            if stream.trouble is not None or self._pty.master < 0:
                return
            stream.stamp(self._sent, at_s, order=recorder.next_order())
            view = memoryview(data)
            while view:
                view = view[os.write(self._pty.master, view) :]
            self._sent += len(data)
            while stream.received < self._sent and stream.trouble is None:
                assert stream.wait_beyond(stream.received, WALL_GUARD_S), "printed, but not read"
        stream.stamped_up_to(self._sent)
        recorder.tell()


class Bench:
    """A console on a scripted device, everything between them real."""

    def __init__(
        self, directory: Path, device: ScriptedDevice, *, dialect: Dialect | None = None
    ) -> None:
        self.device, self.pty = device, Pty()
        self.clock = ScriptedClock(device, self.pty)
        self.timeline_path = directory / "timeline.jsonl"
        self.timeline = Timeline(self.timeline_path, now=self.clock.now, redactor=Redactor())
        self.recorder = Recorder(self.timeline, logs=directory)
        self.recording = self.recorder.add(
            SerialLine(self.pty.port), name="122000000131", wire="encharge 122000000131 console"
        )
        self.clock.read_with(self.recorder, self.recording)
        self.recorder.start("122000000131")
        self.witnesses = Witnesses()
        self.console = make_console(
            self.recording,
            clock=self.clock,
            timeline=self.timeline,
            dialect=dialect,
            witnesses=lambda: self.witnesses,
        )

    def pull_out(self) -> None:
        """The line goes away, and the reader notices."""
        self.pty.hang_up()
        stream = self.recording.stream
        while stream.trouble is None:
            assert stream.wait_beyond(stream.received, WALL_GUARD_S), "the reader did not notice"

    def plug_in(self) -> None:
        """It is back, on another port, and read on."""
        self.pty = Pty()
        self.recording.line.close()
        self.recording.line = SerialLine(self.pty.port)
        self.recording.stream.come_back(at_s=self.clock.now())
        self.clock.plugged_in(self.pty)
        self.recorder.start("122000000131")

    def close(self) -> None:
        self.pty.hang_up()  # first: the reader then ends at once
        self.recorder.close()
        self.timeline.close()


def make_console(
    recording: Recording,
    *,
    clock: Clock,
    timeline: Timeline,
    dialect: Dialect | None = None,
    witnesses: Callable[[], Witnesses] = Witnesses,
) -> Console:
    return Console(
        recording,
        device="encharge 122000000131",
        dialect=encharge_dialect() if dialect is None else dialect,
        clock=clock,
        timeline=timeline,
        cross_examine=witnesses,
    )


@contextmanager
def bench(
    directory: Path, device: ScriptedDevice | None = None, *, dialect: Dialect | None = None
) -> Iterator[Bench]:
    """An open bench; `device` says nothing by itself."""
    opened = Bench(directory, ScriptedDevice() if device is None else device, dialect=dialect)
    try:
        yield opened
    finally:
        opened.close()
