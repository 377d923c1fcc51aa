"""Getting at a rig from a command: by the keeper of whoever has it open, or by one of its own."""

import getpass
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hil.errors import KeeperLost, RigInUse, SuiteError
from hil.rig.kept import started_keeper
from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile, SimulatedRigFile, SimulatorClockEntry, WallClockEntry
from hil.rig.rig_folder import Holder, holder_of, rig_folder, state_root
from hil.transports.keeper_link import Heartbeat, KeeperLink

RigOption = Annotated[str, typer.Option(help="A rig by name (in rigs/) or path.")]

IN_USE = 3
"""Exit code of a command that needs a rig which somebody else has."""


def shared_rig(rig: str) -> RigFile:
    """The rig file of a rig that more than one process can get at.

    Raises:
        RigFileError: there is none, or it is wrong.
        SuiteError: it is a simulated rig, which each run starts for itself.
    """
    description = load_rig(rig, Path("rigs"))
    if isinstance(description, SimulatedRigFile):
        raise SuiteError(
            f"rig {description.name} is simulated: every run starts one of its own, and nobody else can "
            f"get at it. {paced_simulator(description.site.stem)}"
        )
    return description


def paced_simulator(site: str = "split-phase") -> str:
    """How to have a simulated rig that people can get at."""
    return (
        f"For one that stays: `hil simulate {shlex.quote(site)} --time paced --write-rig desk.yaml`, and "
        "then --rig ./desk.yaml here and for pytest"
    )


def time_stands_still(description: RigFile) -> bool:
    """Whether this rig's time moves only while a run has it move."""
    return isinstance(description.clock, SimulatorClockEntry)


def speed_of(description: RigFile) -> float:
    """Rig seconds per wall second."""
    described = description.clock
    return described.wall.speed if isinstance(described, WallClockEntry) else float("inf")


def holder(description: RigFile) -> Holder | None:
    """Who has this rig now."""
    return holder_of(rig_folder(description, state_root()))


def has_it(description: RigFile, whose: Holder) -> str:
    """A sentence about who has this rig."""
    return (
        f"rig {description.name} is in use by {whose.who} since {whose.since} (keeper: process "
        f"{whose.keeper}, logs in {whose.directory})"
    )


def myself(command: str) -> str:
    """Who attaches, for others to read."""
    return f"{getpass.getuser()} with hil {command}"


def logs_of(command: str, description: RigFile | SimulatedRigFile) -> Path:
    """A new folder for what is said while `command` has the rig."""
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    return (Path("runs") / f"{when}-{description.name}-{command}").resolve()


def attach(
    description: RigFile, whose: Holder, *, role: str, command: str, turn_s: float | None = None
) -> KeeperLink:
    """Attach to the keeper of whoever has the rig; `turn_s` as `KeeperLink`'s.

    Raises:
        KeeperLost: it has just ended.
        RigInUse: it is another user's, and lets nobody else attach.
    """
    if not whose.socket:
        raise RigInUse(
            f"{has_it(description, whose)}; it looks for some seconds and changes nothing"
        )
    path = Path(whose.socket)
    if path.parent.exists() and not os.access(path.parent, os.X_OK):
        raise RigInUse(
            f"{has_it(description, whose)}; its keeper lets only that user attach: log in as them, or "
            f"read along with `tail -f {whose.directory}/timeline.jsonl`"
        )
    return KeeperLink(path, role=role, who=myself(command), turn_s=turn_s)


@contextmanager
def keeper_of_our_own(
    description: RigFile, command: str, *, tell: Callable[[str], None]
) -> Iterator[Path]:
    """The socket of a keeper that is ours while the block lasts: it reads every console, changes
    nothing, and leaves what an earlier run has left.

    Raises:
        RigInUse: somebody was faster.
        RigError: a line cannot be opened.
    """
    directory = logs_of(command, description)
    who = f"hil {command}"
    path = started_keeper(description, directory=directory, who=who, as_it_is=True)
    with closing(KeeperLink(path, role="run", who=who)) as link:
        heartbeat = Heartbeat(link)
        try:
            tell(
                f"nobody had rig {description.name} open: its consoles are read for you, logs in {directory}"
            )
            left = link.hello["left"]
            assert isinstance(left, list)
            for each in left:
                tell(f"{each}: it stays so; `hil safe` puts it right")
            for console in link.consoles:
                link.ask("read", console=console.name)
            yield path
        finally:
            with suppress(KeeperLost):
                link.ask("goodbye", restored=True)
                link.wait_for_the_end()
            heartbeat.close()
