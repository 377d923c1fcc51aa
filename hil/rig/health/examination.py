"""The whole of a rig looked at, with nothing changed on it: what `hil doctor` does.

Unlike the opening of a rig it goes on when something is wrong: a person who goes to a bench wants
to know everything that is to be done there.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from hil.clock import Clock
from hil.consoles.deaths import DeathWatch
from hil.errors import HilError, RigFileError, RigInUse, Unreachable
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.rig.drivers import Drivers, Wires, drivers_of
from hil.rig.gateway_only import clock_of, read_all, recorder_of
from hil.rig.health.check import Check, State, found_and_suspected, unseen
from hil.rig.health.devices import (
    called,
    console_check,
    facet_checks,
    instrument_checks,
    key_check,
    radio_note,
)
from hil.rig.health.gateway import GATEWAY, gateway_checks, grid_mode, joining, shell_check
from hil.rig.health.machine import FoundSecrets, left_behind, secrets
from hil.rig.loading import rig_argument
from hil.rig.rig_file import RigFile
from hil.rig.rig_folder import Holder, RigLock, now_utc, rig_folder
from hil.transports.recorder import Recorder
from hil.transports.serial_line import SerialLine
from hil.waiting import Waiting

IN_USE = "in use"


def examination(description: RigFile, logs: Path, *, root: Path, who: str) -> Iterator[Check]:
    """Every check of a rig that nobody has, one by one. What is said goes to `logs`; the rig's
    state is in a folder of `root`.

    Holds the rig meanwhile, as a run does. Asks each console five things and the gateway about ten.
    """
    found = secrets(description)
    yield from found.checks
    yield from left_behind(description, root)
    with ExitStack() as stack:
        folder = rig_folder(description, root)
        holder = Holder(who, now_utc(), os.getpid(), socket="", directory=str(logs))
        try:
            stack.enter_context(RigLock(folder, holder, rig_name=rig_argument(description)))
        except RigInUse as error:
            yield Check(IN_USE, State.UNSEEN, *found_and_suspected(error))
            return
        except OSError as error:
            told = f"{folder}: {error.strerror}: who else has the rig cannot be known"
            todo = "free some room there, or give this user the right to write there"
            yield Check("rig's state folder", State.RED, told, todo)
        yield from _on_its_wires(description, found, logs, stack)


def _on_its_wires(
    description: RigFile, found: FoundSecrets, logs: Path, stack: ExitStack
) -> Iterator[Check]:
    redactor = Redactor(found.known)
    try:
        clock = clock_of(description, stack, who="hil doctor")
    except HilError as error:
        yield Check("simulator", State.RED, *found_and_suspected(error))
        return
    timeline = Timeline(logs / "timeline.jsonl", now=clock.now, redactor=redactor)
    stack.callback(timeline.close)
    recorder = recorder_of(description, clock, timeline, logs, stack)
    yield from _ports(description, recorder)
    read_all(recorder, clock, timeline)
    deaths = DeathWatch()
    stack.enter_context(deaths.not_telling())
    try:
        drivers = drivers_of(
            description,
            Wires(clock, timeline, recorder, stack, deaths),
            waiting=Waiting(clock),
            credentials=found.credentials,
        )
    except RigFileError as error:
        yield Check("dialect", State.RED, *found_and_suspected(error))
        return
    instruments: set[str] = set()
    gateway_answers = False
    for check in instrument_checks(drivers):
        if check.state is State.OK:
            instruments.add(check.name)
        yield check
    for check in gateway_checks(description, drivers.envoy, found.credentials.auth):
        gateway_answers |= check.name == GATEWAY and check.state is State.OK
        yield check
    if drivers.gateway_shell is not None:
        yield shell_check(drivers.gateway_shell)
    known: set[str] = set()
    yield from _consoles(description, drivers, recorder, found, timeline, clock, known)
    yield from facet_checks(
        drivers,
        rig_argument(description),
        known=known,
        gateway_answers=gateway_answers,
        instruments=instruments,
    )
    if gateway_answers:
        yield joining(drivers.envoy)
        if description.enpower is not None:
            yield grid_mode(drivers.envoy)


def _ports(description: RigFile, recorder: Recorder) -> Iterator[Check]:
    """Open every line that can be opened."""
    for console in description.consoles:
        name = f"{console.device}: port"
        try:
            line = SerialLine(console.entry.port, baud=console.entry.baud)
        except Unreachable as error:
            yield Check(name, State.RED, *found_and_suspected(error))
            continue
        recorder.add(line, name=console.name, wire=console.wire)
        if line.warning:
            yield Check(name, State.WARN, *found_and_suspected(Unreachable(line.warning)))
        else:
            yield Check(name, State.OK, f"open: {line.label}")


def _consoles(
    description: RigFile,
    drivers: Drivers,
    recorder: Recorder,
    found: FoundSecrets,
    timeline: Timeline,
    clock: Clock,
    known: set[str],
) -> Iterator[Check]:
    """Who answers on each console that is open; `known` gets those who are meant."""
    nodes = {node.serial_number: node for node in drivers.nodes}
    for device in description.devices:
        node = nodes.get(device.serial_number)
        if node is None:
            yield unseen(f"{called(device)}: console", "its port is not open")
            continue
        recording = recorder.recordings[device.serial_number]
        check = console_check(node, recording, description, clock=clock, timeline=timeline)
        yield check
        if check.state is State.OK:
            known.add(node.name)
            yield key_check(node, found.credentials.keys.get(node.serial_number), description)
            yield radio_note(node)
