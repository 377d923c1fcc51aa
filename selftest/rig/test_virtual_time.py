"""What a client reads through terminals and sockets is, byte for byte and second for second, what
the core printed: every later result rests on it.

The same actions are done twice: to a bare site in this process, with no thread and no wire (the
oracle), and through the real faces, the real reader and the real clock.
"""

import http.client
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.errors import SimulatorLost
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Kind, Timeline
from hil.rig.simulator_clock import SimulatorClock
from hil.rig.simulator_control import SimulatorControl
from hil.simulator.faces.outbox import OUTBOX_BYTES
from hil.simulator.process import Running, simulator
from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import answer, response_s
from hil.simulator.site import build_site
from hil.simulator.site_file import load_site
from hil.transports.recorder import Recorder
from hil.transports.serial_line import SerialLine

TRUTH = load_site(Path(__file__).parents[2] / "sites" / "split-phase.yaml")
CONSOLES = tuple(node.serial_number for node in TRUTH.nodes)
EPOCH = 1_700_000_000

COMMANDS = (
    "devinfo",
    "zb verbose on",
    "zb verbose off",
    "znr",
    "zb at DJ 1",
    "zb at DJ 0",
    "zb at AI",
    "zb at FR",
    "psts",
    "nonsense",
    "",
)
PATHS = ("/info", "/ivp/zb/status", "/ivp/ensemble/inventory", "/ivp/livedata/status", "/nowhere")

Line = tuple[str, str, float]
"""Console, text, rig seconds."""


@dataclass(frozen=True)
class Type:
    console: str
    command: str
    pieces: tuple[int, ...]

    def chunks(self) -> list[bytes]:
        data, chunks = self.command.encode() + b"\r", []
        for size in self.pieces:
            chunks.append(data[:size])
            data = data[size:]
        return [chunk for chunk in [*chunks, data] if chunk]


@dataclass(frozen=True)
class Sleep:
    duration_s: float


@dataclass(frozen=True)
class Wait:
    console: str
    duration_s: float


@dataclass(frozen=True)
class Get:
    path: str


Action = Type | Sleep | Wait | Get
durations = st.floats(0.01, 200.0)
consoles = st.sampled_from(CONSOLES)
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(
        Type,
        console=consoles,
        command=st.sampled_from(COMMANDS),
        pieces=st.lists(st.integers(1, 5), max_size=4).map(tuple),
    ),
    st.builds(Wait, console=consoles, duration_s=durations),
    st.builds(Sleep, duration_s=durations),
    st.builds(Get, path=st.sampled_from(PATHS)),
)


@dataclass
class Story:
    """What was said and answered while the actions were done."""

    lines: list[Line] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    ended_s: float = 0.0


def told_by_the_core(script: list[Action], seed: int) -> Story:
    """The oracle: the same actions on the bare site, lines put together by hand."""
    site, story = build_site(TRUTH, seed=seed, epoch=EPOCH), Story()
    unfinished = dict.fromkeys(CONSOLES, b"")
    for action in script:
        world = site.world
        match action:
            case Type():
                for chunk in action.chunks():
                    site.nodes[action.console].receive(chunk)
            case Sleep():
                world.advance(world.now_s + action.duration_s)
            case Wait():
                world.advance(world.now_s + action.duration_s, (action.console,))
            case Get():
                request = Request("GET", action.path)
                world.advance(world.now_s + response_s(site, request))
                story.bodies.append(answer(site, request).body)
        for said in world.take_printed():
            *whole, rest = (unfinished[said.console] + said.data).split(b"\n")
            unfinished[said.console] = rest
            story.lines += [
                (said.console, line.decode(errors="backslashreplace").rstrip("\r"), said.at_s)
                for line in whole
            ]
    story.ended_s = site.world.now_s
    return story


@dataclass
class Client:
    """The client's side of a simulator: clock, reader, HTTP."""

    clock: SimulatorClock
    recorder: Recorder
    timeline: Timeline
    http: http.client.HTTPConnection

    def do(self, action: Action) -> bytes | None:
        match action:
            case Type():
                for chunk in action.chunks():
                    self.recorder.recordings[action.console].write(chunk)
                self.clock.settle()
            case Sleep():
                self.clock.sleep(action.duration_s)
            case Wait():
                stream = self.recorder.recordings[action.console].stream
                self.clock.wait(
                    stream.signal(stream.received), self.clock.now() + action.duration_s
                )
            case Get():
                self.clock.settle()
                self.http.request("GET", action.path)
                body = self.http.getresponse().read()
                self.clock.settle()
                return body
        return None

    def lines(self) -> list[Line]:
        return [
            (event.wire, line, event.rig_s)
            for event in self.timeline.since(0)
            if event.kind is Kind.HEARD
            for line in event.text.split("\n")
        ]

    def trouble(self) -> list[str]:
        return [event.text for event in self.timeline.since(0) if event.kind is Kind.TROUBLE]


@contextmanager
def client_of(running: Running, folder: Path) -> Iterator[Client]:
    assert running.control is not None
    with ExitStack() as stack:
        control = SimulatorControl(running.control, who="a selftest")
        stack.callback(control.close)
        clock = SimulatorClock(control)
        timeline = Timeline(folder / "timeline.jsonl", now=clock.now, redactor=Redactor())
        stack.callback(timeline.close)
        recorder = Recorder(timeline, logs=folder)
        stack.callback(recorder.close)
        clock.read_with(recorder, timeline)
        for name, port in running.ports.items():
            recorder.add(SerialLine(port), name=name, wire=name)
            clock.attach(name)
            recorder.start(name)
        connection = http.client.HTTPConnection(running.url.removeprefix("http://"))
        stack.callback(connection.close)
        yield Client(clock, recorder, timeline, connection)


def told_through_the_wires(script: list[Action], seed: int, folder: Path) -> Story:
    with (
        simulator(TRUTH, speed=None, epoch=EPOCH, seed=seed) as running,
        client_of(running, folder) as client,
    ):
        story = Story(bodies=[body for body in map(client.do, script) if body is not None])
        story.lines, story.ended_s = client.lines(), client.clock.now()
        assert client.trouble() == []
    return story


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(script=st.lists(actions, min_size=1, max_size=12), seed=st.integers(0, 1000))
def test_what_is_read_is_what_was_printed_and_when(
    script: list[Action], seed: int, tmp_path: Path
) -> None:
    core = told_by_the_core(script, seed)
    read = told_through_the_wires(script, seed, tmp_path)
    assert read.lines == [(name, text, round(at_s, 6)) for name, text, at_s in core.lines]
    assert read.bodies == core.bodies
    assert read.ended_s == pytest.approx(core.ended_s)


def test_a_wait_ends_at_the_print_it_waited_for(tmp_path: Path) -> None:
    console = CONSOLES[0]
    with (
        simulator(TRUTH, speed=None, epoch=EPOCH) as running,
        client_of(running, tmp_path) as client,
    ):
        client.do(Type(console, "devinfo", ()))
        client.do(Wait(console, 3600.0))
        assert 0 < client.clock.now() < 1


def test_a_second_client_is_told_who_owns_the_clock(tmp_path: Path) -> None:
    with (
        simulator(TRUTH, speed=None) as running,
        client_of(running, tmp_path),
    ):
        assert running.control is not None
        with pytest.raises(SimulatorLost, match="the clock is owned by a selftest since 20"):
            SimulatorControl(running.control, who="another")


def test_what_one_client_left_unread_never_reaches_the_next(tmp_path: Path) -> None:
    console = CONSOLES[1]
    with simulator(TRUTH, speed=None, epoch=EPOCH) as running:
        with client_of(running, tmp_path / "first") as first:
            first.do(Type(console, "zb verbose on", ()))
            first.do(Type(console, "znr", ()))
            first.do(Sleep(30.0))
        with client_of(running, tmp_path / "second") as second:
            second.do(Type(console, "zb at DJ", ()))
            second.do(Wait(console, 1.0))
            heard = second.recorder.recordings[console].stream.since(0)
            assert heard.startswith(b"zb at DJ\r\n")
            assert second.trouble() == []


def test_a_restored_snapshot_tells_the_same_story_again() -> None:
    console = CONSOLES[1]

    def story(running: Running) -> list[tuple[str, bytes, float]]:
        simulation = running.simulation
        simulation.site.nodes[console].receive(b"zb verbose on\rznr\rzb at NR\r")
        simulation.site.world.advance(simulation.site.world.now_s + 300)
        return [(p.console, p.data, p.at_s) for p in simulation.site.world.take_printed()]

    with simulator(TRUTH, speed=None, epoch=EPOCH) as running:
        number = running.simulation.snapshot()
        first = story(running)
        running.simulation.restore(number)
        assert story(running) == first
        assert len(first) > 10


class Swallowing(SerialLine):
    """A line that loses everything that is said on it."""

    def take(self) -> bytes:
        super().take()
        return b""


def test_bytes_that_never_arrive_are_a_mark_on_the_timeline_and_no_verdict(tmp_path: Path) -> None:
    console = CONSOLES[0]
    with simulator(TRUTH, speed=None, epoch=EPOCH) as running:
        assert running.control is not None
        clock = SimulatorClock(SimulatorControl(running.control, who="a selftest"))
        timeline = Timeline(tmp_path / "timeline.jsonl", now=clock.now, redactor=Redactor())
        recorder = Recorder(timeline, logs=tmp_path)
        clock.read_with(recorder, timeline)
        recording = recorder.add(Swallowing(running.ports[console]), name=console, wire="deaf")
        clock.attach(console)
        recorder.start(console)

        recording.write(b"devinfo\r")
        clock.sleep(10)

        assert clock.now() == 10
        marks = [event for event in timeline.since(0) if event.kind is Kind.TROUBLE]
        assert [(mark.wire, mark.text[:9]) for mark in marks] == [("deaf", "unsettled")]
        recorder.close()
        timeline.close()
        clock.close()


def test_a_device_that_talks_for_hours_loses_nothing(tmp_path: Path) -> None:
    console = CONSOLES[1]
    with (
        simulator(TRUTH, speed=None, epoch=EPOCH) as running,
        client_of(running, tmp_path) as client,
    ):
        client.do(Type(console, "zb verbose on", ()))
        client.do(Sleep(1.0))
        running.simulation.site.provisioning.unseal()
        running.simulation.site.provisioning.deprovision([console])  # tries to join for ever
        client.clock.sleep(12 * 3600.0)

        said = [text for wire, text, _ in client.lines() if wire == console]
        assert sum(len(line) for line in said) > 3 * OUTBOX_BYTES
        assert running.simulation.overruns == {}
        assert client.trouble() == []


def interrupted(control: SimulatorControl) -> dict[str, object]:
    raise KeyboardInterrupt


def test_an_answer_that_ctrl_c_kept_from_being_read_is_not_taken_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = CONSOLES[0]
    with (
        simulator(TRUTH, speed=None, epoch=EPOCH) as running,
        client_of(running, tmp_path) as client,
    ):
        client.do(Type(console, "devinfo", ()))
        with monkeypatch.context() as ctrl_c:
            ctrl_c.setattr(SimulatorControl, "_answer", interrupted)
            with pytest.raises(KeyboardInterrupt):
                client.clock.sleep(5.0)
        client.clock.sleep(1.0)

        assert client.clock.now() == 5.0  # asked from 0, since the answer was never read
        replied = [at_s for wire, text, at_s in client.lines() if (wire, text) == (console, "OK")]
        assert len(replied) == 1
        assert replied[0] < 1
