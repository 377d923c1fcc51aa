"""`hil`: the commands around the suite, each in a module of its own name."""

from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from hil.cli.capture import capture
from hil.cli.check_capture import check_captures
from hil.cli.compare import compare_runs
from hil.cli.compare_captures import compare_captures
from hil.cli.console import console
from hil.cli.defects import defects
from hil.cli.doctor import doctor
from hil.cli.learn import learn
from hil.cli.report import report
from hil.cli.repro import repro
from hil.cli.rigs import rigs
from hil.cli.safe import safe
from hil.cli.shell import shell
from hil.cli.simulate import simulate
from hil.cli.timeline import timeline
from hil.cli.watch import watch
from hil.errors import HilError


class _Commands(TyperGroup):
    """What hil raises on purpose is a message for a person, not a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except HilError as error:
            Console(stderr=True, highlight=False, markup=False).print(
                str(error), style="red", soft_wrap=True
            )
            raise typer.Exit(1) from error


app = typer.Typer(
    name="hil",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # a frame may hold a link key
)


@app.callback()
def _hil() -> None:
    """Hardware in the loop for energy gateways: the commands around the suite."""


app.command()(capture)
app.command("check-capture")(check_captures)
app.command("compare")(compare_runs)
app.command("compare-captures")(compare_captures)
app.command()(console)
app.command()(defects)
app.command()(doctor)
app.command()(learn)
app.command()(report)
app.command()(repro)
app.command()(rigs)
app.command()(safe)
app.command()(shell)
app.command()(simulate)
app.command()(timeline)
app.command()(watch)
