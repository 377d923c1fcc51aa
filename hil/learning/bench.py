"""A rig as somebody sees it who does not know yet how it speaks: every line and its gateway, no driver
of a console.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hil.clock import Clock
from hil.envoy.client import Envoy
from hil.errors import HilError, Unreachable
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.learning.cli_lessons import Known, learn_cli
from hil.learning.findings import Findings
from hil.learning.gateway_lessons import GatewayLessons
from hil.learning.raw_console import RawConsole
from hil.rig.dialects import dialect_of, shell_dialect_of
from hil.rig.drivers import http_of, link_keys, way_in
from hil.rig.gateway_only import clock_of, read_all, recorder_of
from hil.rig.health.machine import secrets
from hil.rig.loading import rig_argument
from hil.rig.opened_shell import opened_shell
from hil.rig.rig_file import DeviceEntry, RigFile
from hil.rig.rig_folder import Holder, RigLock, now_utc, rig_folder
from hil.transports.http import Http
from hil.transports.http_auth import NoAuth
from hil.transports.recorder import Recorder
from hil.transports.serial_line import SerialLine
from hil.transports.shell import Shell

Proposals = Mapping[str, Mapping[str, object]]
"""Entries of dialects, by kind of console."""


@dataclass(frozen=True)
class Bench:
    """An open one; held as by a run."""

    description: RigFile
    clock: Clock
    timeline: Timeline
    recorder: Recorder
    http: Http
    stranger: Http | None
    envoy: Envoy
    shell: Shell | None
    not_open: Mapping[str, str]
    """Why a console's line is not open, by name."""


@contextmanager
def bench(description: RigFile, logs: Path, *, root: Path, who: str) -> Iterator[Bench]:
    """Hold the rig and open whatever of it can be opened. Nothing is typed or asked yet.

    Raises:
        RigInUse: somebody has it.
        RigFileError: the secret that lets us in cannot be read.
        SimulatorLost: its simulator is gone.
    """
    auth = way_in(description)
    with ExitStack() as stack:
        holder = Holder(who, now_utc(), os.getpid(), socket="", directory=str(logs))
        stack.enter_context(
            RigLock(rig_folder(description, root), holder, rig_name=rig_argument(description))
        )
        clock = clock_of(description, stack, who=who)
        logs.mkdir(parents=True, exist_ok=True)
        redactor = Redactor(secrets(description).known)
        timeline = Timeline(logs / "timeline.jsonl", now=clock.now, redactor=redactor)
        stack.callback(timeline.close)
        recorder = recorder_of(description, clock, timeline, logs, stack)
        not_open: dict[str, str] = {}
        for console in description.consoles:
            try:
                line = SerialLine(console.entry.port, baud=console.entry.baud)
            except Unreachable as error:
                not_open[console.name] = str(error)
            else:
                recorder.add(line, name=console.name, wire=console.wire)
        read_all(recorder, clock, timeline)
        shell = opened_shell(description, clock=clock, timeline=timeline, consoles=recorder)
        if shell is not None:
            stack.callback(shell.close)
        http = http_of(description, clock, timeline, auth, shell)
        stack.callback(http.close)
        stranger = None
        if not isinstance(auth, NoAuth):
            stranger = http_of(description, clock, timeline, NoAuth(), shell)
            stack.callback(stranger.close)
        yield Bench(
            description, clock, timeline, recorder, http, stranger, Envoy(http), shell, not_open
        )


def look(bench: Bench, findings: Findings, *, watch_s: float) -> Proposals:
    """Learn everything that can be learned without changing anything; what dialects lack."""
    proposals: dict[str, dict[str, object]] = {}
    firmware = _app_firmware(bench.envoy)
    keys = {}
    with suppress(HilError):  # that one cannot be read is told by who wants to open the rig
        keys = link_keys(bench.description)
    for device in bench.description.devices:
        kind = device.device_type.name.lower()
        name = f"{kind} {device.serial_number}"
        if (why := bench.not_open.get(device.serial_number)) is not None:
            findings.unmeasured(f"{name}: console", why)
            continue
        known = Known(
            name=name,
            kind=kind,
            serial_number=device.serial_number,
            device_type=int(device.device_type),
            mac=device.zigbee_mac,
            link_key=keys.get(device.serial_number),
            app_firmware=firmware.get(device.serial_number),
        )
        otherwise = learn_cli(
            _raw(bench, device), known, dialect_of(bench.description, device), findings
        )
        _take_over(proposals.setdefault(kind, {}), otherwise, name, findings)
    try:
        GatewayLessons(bench.http, bench.stranger, bench.envoy, findings).learn(watch_s=watch_s)
    except HilError as error:
        findings.unmeasured("gateway", str(error).partition("\n")[0])
    if bench.shell is not None and bench.description.envoy.serial_shell is not None:
        try:
            proposals["envoy_shell"] = _shell_prompt(bench, bench.shell, findings)
        except HilError as error:
            findings.unmeasured("envoy shell: prompt", str(error).partition("\n")[0])
    return proposals


def _shell_prompt(bench: Bench, shell: Shell, findings: Findings) -> dict[str, object]:
    """What its shell prompts with, once logged in; digits in it may be a time."""
    shell.run("true")
    dialect = shell_dialect_of(bench.description)
    recording = bench.recorder.recordings[bench.description.envoy.serial_number]
    heard = RawConsole(recording, clock=bench.clock, timeline=bench.timeline).ask(
        dialect.end_of_command
    )
    if not heard.tail.strip():
        findings.unmeasured("envoy shell: prompt", "an empty command brings none", [heard.told()])
        return {}
    is_known = bool(dialect.prompt.search(heard.tail))
    measured = re.sub(r"\d", r"\\d", re.escape(heard.tail)) + r"\Z"
    findings.compared(
        "envoy shell: prompt",
        dialect.prompt.pattern,
        dialect.prompt.pattern if is_known else measured,
        [heard.told()],
        source="hil/consoles/shell_dialect.py, and what the rig file says otherwise",
        agrees=is_known,
    )
    return {} if is_known else {"prompt": measured}


def _raw(bench: Bench, device: DeviceEntry) -> RawConsole:
    recording = bench.recorder.recordings[device.serial_number]
    return RawConsole(recording, clock=bench.clock, timeline=bench.timeline)


def _take_over(
    proposed: dict[str, object], otherwise: Mapping[str, object], name: str, findings: Findings
) -> None:
    """What two devices of a kind say differently is no matter of the kind."""
    for entry, value in otherwise.items():
        if entry in proposed and proposed[entry] != value:
            findings.news(
                f"{name}: {entry}",
                f"{value!r}, and another of its kind {proposed[entry]!r}: write it under this device's dialect",
            )
        else:
            proposed[entry] = value


def _app_firmware(envoy: Envoy) -> dict[str, str]:
    """As the gateway names it, by serial number: `2.0.5663_rel/22.13`."""
    with suppress(HilError):
        return {
            device.serial_num: re.sub(r"^\W+", "", device.img_pnum_running)
            for device in envoy.ensemble.inventory().devices
        }
    return {}
