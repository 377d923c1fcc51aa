"""A device for selftests, on a real PTY; written for them, and not the simulator.

What it prints and when is up to the test. Time is scripted: `ScriptedClock` moves it, carries the
bytes, and knows for each byte when it was printed. So a recipe of two minutes takes milliseconds
and is the same every time.
"""

import heapq
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
from selftest.transports.replugged import Adapter

WALL_GUARD_S = 10.0
"""Wall seconds after which bytes that must come have not: the test is wrong, or stuck."""


FORGET = b"\x15"
CURSOR_REPORT = b"\x1b[1;80R"


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
    """Rig time of one scripted device: moves when it is waited in.

    It counts and shakes hands as `SimulatorClock` does: from where the present connection began.
    """

    grain_s = 0.0
    speed = float("inf")

    def __init__(self, device: ScriptedDevice, adapter: Adapter) -> None:
        self._device, self._adapter = device, adapter
        self._recorder: Recorder | None = None
        self._recording: Recording | None = None
        self._consumed, self._sent = 0, 0
        """Bytes that the device got, and that it printed, on the present connection."""

    def read_with(self, recorder: Recorder, recording: Recording) -> None:
        self._recorder, self._recording = recorder, recording
        recorder.handshake = self._take_back

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

    def settle(self) -> None:
        """Both ways: the device gets what was written, the reader what was printed."""
        self._take_back()
        recording, recorder = self._recording, self._recorder
        if recording is None or recorder is None:
            return
        printed: list[tuple[float, bytes]] = []
        if recording.stream.trouble is None and self._adapter.is_plugged:
            if (new := recording.written - recording.written_before - self._consumed) > 0:
                self._consumed += new
                self._device.typed(self._adapter.heard(new))
            printed = self._device.printed
        self._device.printed = []  # what is said while the line is away nobody hears
        self._carry(printed, recorder, recording)
        recorder.tell()

    def _carry(
        self, printed: list[tuple[float, bytes]], recorder: Recorder, recording: Recording
    ) -> None:
        stream = recording.stream
        for at_s, data in printed:
            stream.stamp(recording.counted_from + self._sent, at_s, order=recorder.next_order())
            self._sent += len(data)
            self._adapter.say(data)
            while stream.received < recording.counted_from + self._sent:
                if stream.trouble is not None:
                    return
                assert stream.wait_beyond(stream.received, WALL_GUARD_S), "printed, but not read"
        stream.stamped_up_to(recording.counted_from + self._sent)

    def _take_back(self) -> None:
        """Read a line on that is open again: counts begin at zero."""
        if self._recorder is None:
            return
        for name in self._recorder.reopened():
            self._recorder.returned(name)
            self._consumed = self._sent = 0


class Bench:
    """A console on a scripted device, everything between them real."""

    def __init__(
        self, directory: Path, device: ScriptedDevice, *, dialect: Dialect | None = None
    ) -> None:
        self.device, self.adapter = device, Adapter(directory / "by-id-encharge")
        self.clock = ScriptedClock(device, self.adapter)
        self.timeline_path = directory / "timeline.jsonl"
        self.timeline = Timeline(self.timeline_path, now=self.clock.now, redactor=Redactor())
        self.recorder = Recorder(self.timeline, logs=directory)
        self.recording = self.recorder.add(
            SerialLine(self.adapter.port), name="122000000131", wire="encharge 122000000131 console"
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
        """The line goes away, and the recorder notices."""
        self.adapter.pull()
        assert self.recording.stream.wait_lost(WALL_GUARD_S), "the recorder did not notice"

    def plug_in(self) -> None:
        """It is back, on another port, and open again; the clock reads on when it is asked next."""
        self.adapter.plug()
        assert self.recording.reopened.wait(WALL_GUARD_S), "the recorder did not open it again"

    def close(self) -> None:
        self.recorder.close()
        self.adapter.close()
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
