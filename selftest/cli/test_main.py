"""`hil`: every command is there, and only what is asked for is loaded."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from hil.cli.main import COMMANDS, app


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_help_of_its_own(name: str) -> None:
    told = CliRunner().invoke(app, [name, "--help"])

    assert told.exit_code == 0, told.output
    assert f"hil {name}" in told.output


def test_the_help_lists_them_all() -> None:
    told = CliRunner().invoke(app, ["--help"]).output

    listed = [line.split()[1] for line in told.splitlines() if line.startswith("│ ")]
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)


def test_a_typing_error_is_answered_with_what_was_meant() -> None:
    told = CliRunner().invoke(app, ["comprae"])

    assert told.exit_code == 2
    assert "No such command 'comprae'. Did you mean 'compare'?" in told.output


def test_a_command_loads_no_other() -> None:
    loaded = (
        "import sys; from hil.cli.main import app; app(['rigs', '--help'], standalone_mode=False); "
        "print(*sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "hil.cli.rigs" in said
    assert "hil.cli.simulate" not in said
    assert "hil.simulator.world" not in said
