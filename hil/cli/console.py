"""`hil console`: a terminal on one device's console, also while a run uses it."""

import os
import re
import select
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console as Printer

from hil.cli.attaching import (
    RigOption,
    attach,
    has_it,
    holder,
    keeper_of_our_own,
    myself,
    paced_simulator,
    shared_rig,
    speed_of,
    time_stands_still,
)
from hil.cli.terminal import LineInput, Told, keys
from hil.cli.typed_commands import TypedCommands, longest_turn_wall_s
from hil.consoles.dialect import Dialect
from hil.errors import KeeperLost, SuiteError
from hil.files.closed_yaml import did_you_mean
from hil.rig.dialects import dialect_of
from hil.rig.rig_file import RigFile
from hil.transports.frames import TURN_IS_YOURS, Json
from hil.transports.keeper_link import Heard, KeeperLink
from hil.transports.stream import Stream

TURN_SLACK_S = 0.2
"""Wall seconds that the keeper lets a line have its turn beyond what we give it ourselves."""

LOOK_EVERY_S = 0.5
"""Wall seconds between two looks at what nobody has answered."""


def console(
    device: Annotated[
        list[str],
        typer.Argument(
            help="A serial number, a part that only one has, or `enpower`, `encharge 1`."
        ),
    ],
    rig: RigOption,
    write: Annotated[
        bool, typer.Option("--write", help="Send what is typed, line by line. Else: only look.")
    ] = False,
    last: Annotated[
        int, typer.Option(min=0, help="First show so many lines of the run's log.")
    ] = 0,
) -> None:
    """A terminal on one console, also while a run uses it. Ctrl-] ends it."""
    description = shared_rig(rig)
    wanted = device_meant(" ".join(device), description)
    if write and time_stands_still(description):
        # Its run waits in rig time that passes at once: a command that is held back for what
        # somebody types would be late by hours.
        raise SuiteError(
            f"rig {description.name} is in virtual time, where time stands still while you type and hours "
            f"pass before you have read the answer: you can only look, without --write. {paced_simulator()}"
        )
    turn_s = TURN_SLACK_S + longest_turn_wall_s(
        _dialect(description, wanted), speed=speed_of(description)
    )
    with _keeper(description, turn_s) as (link, logs):
        _Session(description, wanted, link, writes=write).run(_last_lines(logs, wanted, last))


def device_meant(given: str, description: RigFile) -> str:
    """The serial number of the device that is meant.

    Raises:
        SuiteError: none is, or more than one; says what there is.
    """
    called = {each: name.replace(" ", "") for name, each in _names(description).items()}
    word = re.sub(r"[\s_-]", "", given).lower()
    for serial_number, name in called.items():
        if word in (serial_number, name):
            return serial_number
    partly = [serial_number for serial_number in called if word and word in serial_number]
    if word == "encharge" and len(description.encharges) == 1:
        partly = [description.encharges[0].serial_number]
    if len(partly) == 1:
        return partly[0]
    known = ", ".join(f"{name} ({each})" for name, each in _names(description).items())
    if partly:
        raise SuiteError(
            f"{given!r} means {len(partly)} devices of rig {description.name}: {known}"
        )
    hint = did_you_mean(given.lower(), [*_names(description), *called])
    raise SuiteError(
        f"rig {description.name} has no device {given!r}; "
        + (f"{hint} There are: {known}" if hint.endswith("?") else f"there are: {known}")
    )


def _names(description: RigFile) -> dict[str, str]:
    """`enpower`, `encharge 1`, …: serial numbers by what people call the devices."""
    names = {"enpower": description.enpower.serial_number} if description.enpower else {}
    return names | {
        f"encharge {number}": each.serial_number
        for number, each in enumerate(description.encharges, start=1)
    }


def _tell(text: str) -> None:
    """Apart from what the device says."""
    Printer(stderr=True, highlight=False, markup=False, soft_wrap=True).print(
        f"[hil] {text}", style="cyan"
    )


@contextmanager
def _keeper(description: RigFile, turn_s: float) -> Iterator[tuple[KeeperLink, Path | None]]:
    """A connection to the rig's keeper, whoever's it is, and where the run that has it logs."""
    whose = holder(description)
    if whose is not None:
        with closing(
            attach(description, whose, role="console", command="console", turn_s=turn_s)
        ) as link:
            _tell(has_it(description, whose))
            yield link, Path(whose.directory)
        return
    if time_stands_still(description):
        raise SuiteError(
            f"rig {description.name} is in virtual time, and no run has it open: time stands still there, "
            f"and no device will ever say a word. {paced_simulator()}"
        )
    with (
        keeper_of_our_own(description, "console", tell=_tell) as path,
        closing(KeeperLink(path, role="console", who=myself("console"))) as link,
    ):
        yield link, None


class _Session:
    """One person at one console."""

    def __init__(
        self, description: RigFile, serial_number: str, link: KeeperLink, *, writes: bool
    ) -> None:
        names = [each.name for each in link.consoles]
        self._number = names.index(serial_number)
        self._kept = link.consoles[self._number]
        self._link, self._writes = link, writes
        self._dialect = _dialect(description, serial_number)
        self._stream = Stream(serial_number, wire=self._kept.wire, begin=self._kept.received)
        self._commands = TypedCommands(
            self._stream,
            self._dialect,
            speed=speed_of(description),
            send=lambda data, flags: link.write(self._number, data, flags),
            tell=self._tell,
        )
        self._trouble: object = self._kept.trouble
        self._told_read_only = False
        self._at_line_start = True
        link.on_data, link.on_line, link.on_written = self._heard, self._line, self._written

    def run(self, before: list[str]) -> None:
        """Until the person, the input or the rig ends it."""
        for line in before:
            self._show(f"{line}\n".encode())
        descriptor = sys.stdin.fileno()
        with keys(descriptor) as is_terminal:
            self._input = LineInput(
                is_terminal=is_terminal, show=self._show, echoed=self._dialect.echo
            )
            ways = (
                "what you type is sent line by line" if self._writes else "you only look (--write)"
            )
            ends = "Ctrl-] ends it" if is_terminal else "the end of the input ends it"
            self._tell(f"{self._kept.wire}, {self._kept.label}: {ways}; {ends}")
            if self._kept.trouble is not None:
                self._tell(f"this line is lost: {self._kept.trouble}")
            try:
                self._serve(descriptor)
            except Told as told:
                self._tell(f"ended by {told}")
        if self._link.lost is not None:
            if not self._link.was_told:
                raise KeeperLost(self._link.lost)
            self._tell(self._link.lost)

    def _serve(self, descriptor: int) -> None:
        is_open = True
        while self._link.lost is None and (is_open or not self._commands.is_idle):
            awaited = [self._link.fileno(), *([descriptor] if is_open else [])]
            ready, _, _ = select.select(awaited, [], [], LOOK_EVERY_S)
            self._link.read(0)
            if descriptor in ready:
                data = os.read(descriptor, 4096)
                lines = self._input.feed(data) if data else self._input.rest()
                for line in lines:
                    self._typed(line)
                if self._input.ended:
                    return
                is_open = bool(data)
            self._commands.look(time.monotonic())

    def _typed(self, line: str) -> None:
        if self._writes:
            self._commands.type(line, time.monotonic())
        elif not self._told_read_only:
            self._told_read_only = True
            self._tell("nothing is sent: you only look; --write lets you type")

    def _heard(self, heard: Heard) -> None:
        if heard.console != self._number:
            return
        if heard.offset != self._stream.received:
            self._tell(
                f"{heard.offset - self._stream.received} bytes are missing here; the log has them"
            )
            self._stream.skip(heard.offset)
        self._stream.append(heard.data)
        self._input.hear(heard.data)
        self._commands.heard(time.monotonic())

    def _line(self, said: Json) -> None:
        if (unrecorded := said.get("unrecorded")) is not None:
            self._tell(f"nothing is recorded any more: {unrecorded}")
            return
        if said["console"] != self._number or "skipped_to" in said:
            return  # what is missing shows in what comes next
        if (not_sent := said.get("not_sent")) is not None:
            self._tell(f"not sent: {not_sent}")
        elif (trouble := said["trouble"]) != self._trouble:
            self._trouble = trouble
            self._tell(f"this line is lost: {trouble}" if trouble else "the line is back")

    def _written(self, number: int, flags: int, data: bytes) -> None:
        if number == self._number and flags & TURN_IS_YOURS:
            self._commands.its_turn(time.monotonic())

    def _show(self, data: bytes) -> None:
        if data:
            self._at_line_start = data.endswith(b"\n")
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()

    def _tell(self, text: str) -> None:
        if not self._at_line_start:
            self._show(b"\n")
        _tell(text)


def _dialect(description: RigFile, serial_number: str) -> Dialect:
    device = next(each for each in description.devices if each.serial_number == serial_number)
    return dialect_of(description, device)


def _last_lines(logs: Path | None, serial_number: str, count: int) -> list[str]:
    """Of the log of the run that has the rig, each with its rig time."""
    if logs is None:
        return []
    lines: deque[str] = deque(maxlen=count)
    for log in sorted((logs / "consoles").glob(f"*{serial_number}*.log")):
        with log.open(encoding="utf-8", errors="replace") as file:
            lines.extend(line.rstrip("\n") for line in file)
    return list(lines)
