"""`hil doctor`: is a rig fit for a run, and what is to be done where it is not."""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hil.cli.attaching import IN_USE, RigOption, attach, has_it, holder, logs_of
from hil.errors import HilError, KeeperLost, RigFileError, RigInUse, SimulatorLost
from hil.evidence.redaction import Redactor
from hil.rig.health.check import FILE, Check, Health, State, found_and_suspected, unseen
from hil.rig.health.devices import called
from hil.rig.health.examination import IN_USE as SOMEBODY_HAS_IT
from hil.rig.health.examination import examination
from hil.rig.health.machine import disks, left_behind, lets_runs_in, secrets
from hil.rig.loading import load_rig, rig_path
from hil.rig.rig_file import RigFile, SimulatedRigFile
from hil.rig.rig_folder import Holder, state_root
from hil.rig.spawned_simulator import spawned_simulator
from hil.vocabulary.secret import Secret

RED = 1
"""Exit code: something has to be done."""

RIG_FILE = "rig file"

_STYLES = {State.OK: "green", State.WARN: "yellow", State.RED: "red", State.UNSEEN: "magenta"}


def doctor(
    rig: RigOption,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print doctor.json instead of the table, for CI.")
    ] = False,
) -> None:
    """Look at everything a run needs of a rig, and say what to do about it. Changes nothing on it."""
    out = Console(highlight=False, markup=False, soft_wrap=as_json)
    told = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    try:
        description = load_rig(rig, Path("rigs"))
    except RigFileError as error:
        seen, todo = str(error), "rigs/README.md explains every key"
        health = Health(rig_path(rig, Path("rigs")).stem)
        health.checks.append(Check(RIG_FILE, State.RED, seen, todo))
        _tell(out, health, as_json)
        raise typer.Exit(RED) from None
    health = Health(description.name)
    with ExitStack() as stack:
        logs = stack.enter_context(_logs(description, health))
        try:
            for check in _checks(description, logs, stack):
                health.checks.append(check)
                if sys.stderr.isatty():
                    told.print(f"{check.state:>6}  {check.name}")
        # The simulator is gone in the middle, or the disk is full.
        except (HilError, OSError) as error:
            seen = f"{type(error).__name__}: {error}"
            health.checks.append(
                Check("all that follows", State.RED, seen, "see to it, look again")
            )
        health = _concluded(description, health, told)
        try:
            health.write(logs)
        except OSError as error:
            told.print(f"{FILE} is not written: {error}", style="yellow")
    _tell(out, health, as_json)
    if not as_json and logs.is_dir():
        out.print(f"logs in {logs}", soft_wrap=True)
    is_in_use = any(check.name == SOMEBODY_HAS_IT for check in health.checks)
    if is_in_use and not health.named(State.RED):
        raise typer.Exit(IN_USE)
    if not health.green:
        raise typer.Exit(RED)


def _concluded(description: RigFile | SimulatedRigFile, health: Health, told: Console) -> Health:
    """The same without secrets. A rig that was out and is green is let in again."""
    known: tuple[Secret, ...] = ()
    if isinstance(description, RigFile):
        known = secrets(description).known
        if health.green and lets_runs_in(description, state_root()):
            told.print(f"rig {description.name} was out; all is green, so runs may have it again")
    return health.scrubbed(Redactor(known).scrub)


@contextmanager
def _logs(description: RigFile | SimulatedRigFile, health: Health) -> Iterator[Path]:
    """Where what is said goes; on a disk that is full nowhere that stays."""
    logs = logs_of("doctor", description)
    health.checks.append(Check(RIG_FILE, State.OK, f"{description.path} is understood"))
    health.checks += disks(description, logs)
    if health.named(State.RED):
        with tempfile.TemporaryDirectory(prefix="hil-doctor-") as folder:
            yield Path(folder)
        return
    logs.mkdir(parents=True, exist_ok=True)
    yield logs


def _checks(
    description: RigFile | SimulatedRigFile, logs: Path, stack: ExitStack
) -> Iterator[Check]:
    if isinstance(description, SimulatedRigFile):
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hil-doctor-")))
        log = logs / "simulator.log"
        simulated = spawned_simulator(description, folder=folder, log_path=log)
        try:
            started = stack.enter_context(simulated)
        except SimulatorLost as error:
            yield Check("simulator", State.RED, str(error))
            return
        yield from examination(started, logs, root=folder, who="hil doctor")
        return
    whose = holder(description)
    if whose is None:
        yield from examination(description, logs, root=state_root(), who="hil doctor")
        return
    yield Check(SOMEBODY_HAS_IT, State.UNSEEN, has_it(description, whose), "wait for it to end")
    yield from secrets(description).checks
    yield from left_behind(description, state_root())
    yield from _beside(description, whose)


def _beside(description: RigFile, whose: Holder) -> Iterator[Check]:
    """What can be known while somebody has the rig: nothing is asked, neither device nor gateway."""
    try:
        with closing(attach(description, whose, role="watch", command="doctor")) as link:
            consoles = {console.name: console for console in link.consoles}
            makes_safe = link.hello["making_safe"] is True
    except (KeeperLost, RigInUse) as error:
        yield unseen("consoles", found_and_suspected(error)[0])
    else:
        if makes_safe:
            seen = "is making the rig safe, after a run that could not, or is gone"
            yield Check("keeper", State.WARN, seen, "wait, then look again")
        for device in description.devices:
            console, name = consoles[device.serial_number], f"{called(device)}: port"
            if console.trouble is not None:
                yield Check(name, State.RED, console.trouble, f"see to {console.label}")
            else:
                yield Check(name, State.OK, f"{console.label}: {console.received} bytes came")
    yield unseen("gateway, consoles, radios, relay", "they belong to the run; hil watch shows it")


def _tell(out: Console, health: Health, as_json: bool) -> None:
    if as_json:
        out.print(json.dumps(json.loads(health.as_json()), ensure_ascii=False, indent=2))
        return
    out.print(_table(health))
    counts = ", ".join(f"{len(found)} {state}" for state in State if (found := health.named(state)))
    verdict = "is fit for a run" if health.green else "is NOT known to be fit for a run"
    style = "green" if health.green else "red"
    out.print(f"rig {health.rig} {verdict}: {counts}", style=style, soft_wrap=True)


def _table(health: Health) -> Table:
    table = Table(title=f"rig {health.rig}, {health.at}", title_justify="left")
    table.add_column("", no_wrap=True)
    table.add_column("check", overflow="fold")
    table.add_column("seen", overflow="fold")
    table.add_column("what to do", overflow="fold")
    order = (
        State.OK,
        State.WARN,
        State.UNSEEN,
        State.RED,
    )  # what has to be done stands above the prompt
    for check in sorted(_unseen_at_once(health.checks), key=lambda each: order.index(each.state)):
        state = Text(str(check.state), style=_STYLES[check.state])
        table.add_row(state, check.name, check.seen, check.todo)
    return table


def _unseen_at_once(checks: Sequence[Check]) -> list[Check]:
    """One line for all that was not looked at for the same reason."""
    names: dict[str, list[str]] = {}
    for check in checks:
        if check.state is State.UNSEEN:
            names.setdefault(check.seen, []).append(check.name)
    first = {seen: each[0] for seen, each in names.items()}
    return [
        replace(check, name="; ".join(names.get(check.seen, [check.name])))
        for check in checks
        if check.state is not State.UNSEEN or check.name == first[check.seen]
    ]
