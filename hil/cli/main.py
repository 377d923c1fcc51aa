"""`hil`: the commands around the suite, each in a module of its own name."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from hil.errors import HilError

COMMANDS = {
    "capture": "capture",
    "check-capture": "check_captures",
    "compare": "compare_runs",
    "compare-captures": "compare_captures",
    "console": "console",
    "defects": "defects",
    "doctor": "doctor",
    "learn": "learn",
    "report": "report",
    "repro": "repro",
    "rigs": "rigs",
    "safe": "safe",
    "shell": "shell",
    "simulate": "simulate",
    "timeline": "timeline",
    "watch": "watch",
}
"""The function behind each; only the module of the one that is asked for is loaded."""


class _OnDemand(Mapping[str, Any]):
    """The commands, each made when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        function = COMMANDS[name]
        module = import_module(f"hil.cli.{name.replace('-', '_')}")
        alone = typer.Typer(add_completion=False)
        alone.command(name)(getattr(module, function))
        return typer.main.get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Commands(TyperGroup):
    """What hil raises on purpose is a message for a person, not a traceback."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.commands: Any = _OnDemand()

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
