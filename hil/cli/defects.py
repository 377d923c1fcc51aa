"""`hil defects`: the deliberate firmware bugs, and what the suite makes of them."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer
from rich.console import Console

from hil.errors import SuiteError
from hil.files.closed_yaml import did_you_mean
from hil.qualification.defect_runs import AS_IT_MUST, DefectRun, meet_all, table, tally
from hil.qualification.suite_run import promises_of_tests, tests_by_promise
from hil.simulator.defects import DEFECTS, Defect


def defects(
    name: Annotated[list[str] | None, typer.Argument(help="Some of them [default: all].")] = None,
    run: Annotated[bool, typer.Option("--run", help="Run the suite against each.")] = False,
    whole_suite: Annotated[
        bool, typer.Option("--whole-suite", help="All tests, not only those of its promise.")
    ] = False,
    rig: Annotated[
        str, typer.Option(help="A simulated rig [default: for each one that shows it].")
    ] = "",
    jobs: Annotated[int, typer.Option(min=1, help="So many runs at a time.")] = 2,
    run_dir: Annotated[
        Path | None, typer.Option(help="Where logs and results go [default: a temporary folder].")
    ] = None,
) -> None:
    """List the deliberate firmware bugs of the simulated rig: what each does, which promise it breaks,
    which rig shows it. With --run, run the suite against each: exit code 0 when all are killed."""
    out = Console(highlight=False, markup=False, soft_wrap=True)
    chosen = _chosen(name or [])
    if not run:
        for defect in chosen:
            out.print(f"{defect.name}  {defect.promise}  on {defect.shown_on}")
            out.print(f"    {defect.sentence}")
        out.print(f"{len(chosen)} defects")
        return
    root = Path.cwd()
    if not (root / "tests").is_dir():
        raise SuiteError("no folder tests here; run this in the checkout")
    folder = run_dir or Path(mkdtemp(prefix="hil-defects-"))
    tests_of = None if whole_suite else tests_by_promise(promises_of_tests(root))

    def told(met: DefectRun) -> None:
        out.print("  ".join(met.row[:3]))

    met = meet_all(
        chosen,
        folder.resolve(),
        root=root,
        tests_of=tests_of,
        rig=rig or None,
        jobs=jobs,
        told=told,
    )
    rows = [each.row for each in met]
    out.print("")
    for line in table(rows):
        out.print(line)
    out.print(f"{tally(rows)}; logs and results: {folder}")
    if any(each.found not in AS_IT_MUST for each in met):
        raise typer.Exit(1)


def _chosen(names: list[str]) -> list[Defect]:
    for each in names:
        if each not in DEFECTS:
            raise SuiteError(f"no defect {each!r}; {did_you_mean(each, sorted(DEFECTS))}")
    return [DEFECTS[each] for each in names or DEFECTS]
