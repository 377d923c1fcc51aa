"""A rig's gateway, and no other wire: for looking at it while nobody has the rig."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hil.clock import Clock, WallClock
from hil.envoy.client import Envoy
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.rig.drivers import http_of, way_in
from hil.rig.health.machine import secrets
from hil.rig.loading import rig_argument
from hil.rig.opened_shell import opened_shell
from hil.rig.rig_file import RigFile, SimulatorClockEntry
from hil.rig.rig_folder import Holder, RigLock, now_utc, rig_folder
from hil.rig.simulator_clock import SimulatorClock
from hil.transports.recorder import Recorder
from hil.transports.serial_line import SerialLine


@dataclass(frozen=True)
class Gateway:
    """What it is reached with, and what must not be written of what it says."""

    envoy: Envoy
    redactor: Redactor


@contextmanager
def gateway_only(description: RigFile, logs: Path, *, root: Path, who: str) -> Iterator[Gateway]:
    """Hold the rig, as a run does, and reach nothing but its gateway. Nothing is asked yet.

    What is said goes to `logs`; the rig's state is in a folder of `root`.

    Raises:
        RigInUse: somebody has it.
        RigFileError: the secret that lets us in cannot be read.
        SimulatorLost: its simulator is gone.
    """
    auth = way_in(description)
    with ExitStack() as stack:
        holder = Holder(who, now_utc(), os.getpid(), socket="", directory=str(logs))
        folder = rig_folder(description, root)
        stack.enter_context(RigLock(folder, holder, rig_name=rig_argument(description)))
        clock = clock_of(description, stack, who=who)
        logs.mkdir(parents=True, exist_ok=True)
        redactor = Redactor(secrets(description).known)
        timeline = Timeline(logs / "timeline.jsonl", now=clock.now, redactor=redactor)
        stack.callback(timeline.close)
        consoles = _shell_line(description, clock, timeline, logs, stack)
        shell = opened_shell(description, clock=clock, timeline=timeline, consoles=consoles)
        if shell is not None:
            stack.callback(shell.close)
        http = http_of(description, clock, timeline, auth, shell)
        stack.callback(http.close)
        yield Gateway(Envoy(http), redactor)


def _shell_line(
    description: RigFile, clock: Clock, timeline: Timeline, logs: Path, stack: ExitStack
) -> Recorder:
    """The line of the gateway's serial shell, where that is the way to it, read from here on."""
    recorder = recorder_of(description, clock, timeline, logs, stack)
    if (serial := description.envoy.serial_shell) is not None:
        name = description.envoy.serial_number
        line = SerialLine(serial.console.port, baud=serial.console.baud)
        recorder.add(line, name=name, wire=f"envoy {name} console")
    read_all(recorder, clock, timeline)
    return recorder


def recorder_of(
    description: RigFile, clock: Clock, timeline: Timeline, logs: Path, stack: ExitStack
) -> Recorder:
    """A recorder without a console yet, for somebody who does not keep the rig."""
    recorder = Recorder(
        timeline,
        logs=logs / "consoles",
        now=None if isinstance(clock, SimulatorClock) else clock.now,
        rules=description.recording.rules,
    )
    stack.callback(recorder.close)
    return recorder


def read_all(recorder: Recorder, clock: Clock, timeline: Timeline) -> None:
    """Begin to read every console that was added."""
    if isinstance(clock, SimulatorClock):
        clock.read_with(recorder, timeline)
    for name in recorder.recordings:
        if isinstance(clock, SimulatorClock):
            clock.attach(name)
        recorder.start(name)


def clock_of(description: RigFile, stack: ExitStack, *, who: str) -> Clock:
    """The rig's clock, for somebody who does not keep the rig. Raises SimulatorLost."""
    described = description.clock
    if not isinstance(described, SimulatorClockEntry):
        return WallClock(speed=described.wall.speed)
    clock = SimulatorClock.at(described.simulator.control, who=f"{who} (process {os.getpid()})")
    stack.callback(clock.close)
    return clock
