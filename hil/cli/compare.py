"""`hil compare`: runs of several firmware versions beside each other, promise by promise."""

from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hil.errors import SuiteError
from hil.files.durable import write_durably
from hil.qualification.comparison import Change, Comparison, compare, comparison_page

PAGES = ("comparison.md", "comparison.html")


class Exit(IntEnum):
    """How the command ends; 1 is also an error."""

    FINE = 0
    WORSE = 1
    """A promise is broken or unconfirmed that was not."""
    UNPROVEN = 10
    """None is, but one that was kept is not proven any more."""


def compare_runs(
    runs: Annotated[
        list[Path], typer.Argument(help="Folders of runs, the one to compare with first.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="The folder for the pages [default: that of the last run]."),
    ] = None,
) -> None:
    """Say what changed from the first run to the last, for each promise, and write it as a page."""
    if len(runs) < 2:
        raise SuiteError("one run cannot be compared; name two or more")
    found = compare(runs)
    folder = (output or runs[-1]).resolve()
    out = Console(highlight=False, markup=False, soft_wrap=True)
    _tell(out, found)
    for name in PAGES:
        write_durably(folder / name, comparison_page(found, name))
    out.print(f"comparison: {folder / PAGES[1]}, {PAGES[0]} beside it")
    if found.of(Change.WORSE):
        raise typer.Exit(Exit.WORSE)
    if found.of(Change.LOST):
        raise typer.Exit(Exit.UNPROVEN)


def _tell(out: Console, found: Comparison) -> None:
    for run in found.runs:
        out.print(f"{run.name}: firmware {run.firmware}, rig {run.account.plan.rig}: {run.verdict}")
    colours = {Change.WORSE: "red", Change.LOST: "yellow", Change.BETTER: "green"}
    for each in found.changed:
        verdicts = " → ".join(each.verdicts)
        told = f"{each.change:>16}  {each.promise.id} {verdicts}: {each.promise.sentence}"
        out.print(told, style=colours.get(each.change))
        if each.reason:
            out.print(f"{'':18}{each.reason}")
    for moved in found.moved:
        times = " → ".join("–" if each is None else f"{each:.1f} s" for each in moved.times_s)
        out.print(f"{'moved':>16}  {moved.promise} {times} ({moved.share:+.0%}): {moved.what}")
    out.print(found.told())
