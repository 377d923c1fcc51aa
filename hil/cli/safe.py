"""`hil safe`: make a rig safe by hand, where nobody has it."""

from contextlib import closing
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hil.cli.attaching import (
    IN_USE,
    RigOption,
    attach,
    has_it,
    holder,
    logs_of,
    myself,
    shared_rig,
    speed_of,
)
from hil.errors import KeeperLost, RigInUse
from hil.rig.kept import started_keeper
from hil.rig.rig_file import RigFile
from hil.transports.frames import Json
from hil.transports.keeper_link import KeeperLink

SLACK_WALL_S = 120.0
"""What making a rig safe may take beyond the rig's own limit: consoles that stay silent add up."""

UNSAFE = 1
"""Exit code: something is left."""


def safe(rig: RigOption) -> None:
    """Put a rig back as it was before a run that left it, or as tests want it. Touches the rig."""
    out = Console(highlight=False, markup=False, soft_wrap=True)
    description = shared_rig(rig)
    _refuse_or_wait(out, description)
    logs = logs_of("safe", description)
    try:
        path = started_keeper(description, directory=logs, who="hil safe", as_it_is=True)
    except RigInUse as error:
        _refuse(out, str(error))
    with closing(KeeperLink(path, role="watch", who=myself("safe"))) as link:
        link.on_event = lambda said: _tell(out, said)
        left = link.hello["left"]
        assert isinstance(left, list)
        for each in left or ["no run has left anything: the rig is brought to where tests begin"]:
            out.print(each)
        out.print(f"making rig {description.name} safe; logs in {logs}; Ctrl-C ends only this view")
        answer = link.ask("safe", within_s=_patience_wall_s(description))
    done, undone = _sentences(answer["done"]), _sentences(answer["undone"])
    out.print(_table(description.name, done, undone))
    if undone:
        out.print(
            f"rig {description.name} is NOT safe. Look at it by hand (`hil console --rig {rig} DEVICE "
            "--write`), then `hil safe` again: the next run does not begin before it is",
            style="red",
        )
        raise typer.Exit(UNSAFE)
    out.print(f"rig {description.name} is safe", style="green")


def _refuse_or_wait(out: Console, description: RigFile) -> None:
    """Nobody may have it; only a keeper that is making it safe by itself is waited for."""
    whose = holder(description)
    if whose is None:
        return
    try:
        link = attach(description, whose, role="watch", command="safe")
    except KeeperLost:
        if holder(description) != whose:
            return  # it has just ended
        raise
    except RigInUse as error:
        _refuse(out, str(error))
    with closing(link):
        if not link.hello["making_safe"]:
            _refuse(out, f"{has_it(description, whose)}; end that first: it then puts the rig back")
        out.print(f"{has_it(description, whose)}, and is being made safe already:")
        link.on_event = lambda said: _tell(out, said)
        link.wait_for_the_end(_patience_wall_s(description))


def _refuse(out: Console, why: str) -> NoReturn:
    out.print(why, style="red")
    raise typer.Exit(IN_USE)


def _patience_wall_s(description: RigFile) -> float:
    return 2 * description.safe_within_s / min(speed_of(description), 1.0) + SLACK_WALL_S


def _tell(out: Console, said: Json) -> None:
    """What the keeper does, as it does it."""
    if said["wire"] == "keeper":
        assert isinstance(said["rig_s"], int | float)
        style = "yellow" if said["kind"] == "!" else ""
        out.print(f"{said['rig_s']:8.0f} s  {said['text']}", style=style)


def _sentences(given: object) -> list[str]:
    assert isinstance(given, list)
    return [str(each) for each in given]


def _table(name: str, done: list[str], undone: list[str]) -> Table:
    table = Table(title=f"rig {name}", title_justify="left")
    table.add_column("", no_wrap=True)
    table.add_column("what (as it was, instead of as it has to be)", overflow="fold")
    for each in done:
        table.add_row(Text("put back", style="green"), each)
    for each in undone:
        table.add_row(Text("NOT safe", style="red"), each)
    if not done and not undone:
        table.add_row(Text("nothing", style="green"), "everything was as it has to be")
    return table
