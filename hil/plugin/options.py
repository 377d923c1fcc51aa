"""The suite's command line options, as an entry point: known before any conftest is looked for.

pytest looks for `pytest.ini` and `conftest.py` from whatever on its command line is a path, and at
that point it does not know yet that the path behind `--rig` is a value. `pytest --rig /tmp/desk.yaml`
would look in /tmp, find neither, and collect whatever is there. So when that has happened, pytest is
started over with `--rig=/tmp/desk.yaml`.
"""

import argparse
import os
import sys
from collections.abc import Generator
from itertools import pairwise

import pytest

from hil.qualification.budget import seconds_of

DEFAULT_RIG = "sim-split-phase"

OPTIONS_WITH_A_PATH = ("--rig", "--run-dir")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hil", "hardware in the loop")
    group.addoption(
        "--rig",
        metavar="NAME|PATH",
        default=DEFAULT_RIG,
        help=f"the rig to run on: a name in rigs/, or a rig file (default: {DEFAULT_RIG})",
    )
    group.addoption(
        "--sim-seed",
        metavar="N",
        type=int,
        default=0,
        help="seed of what a simulated rig leaves to chance (default: 0)",
    )
    group.addoption(
        "--sim-defect",
        metavar="NAME",
        action="append",
        default=[],
        help="a deliberate firmware bug of a simulated rig; may be given again",
    )
    group.addoption(
        "--within",
        metavar="TIME",
        type=_seconds,
        default=None,
        help="plan the night by what tests took before, the most valuable first: 6h, 90min, 45s; "
        "with --collect-only only show the plan",
    )
    group.addoption(
        "--run-dir",
        metavar="DIR",
        default=None,
        help="where logs, timeline and results go (default: runs/<UTC time>-<rig>)",
    )


def _seconds(text: str) -> float:
    try:
        return seconds_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before output is captured
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    arguments = list(early_config.invocation_params.args)
    here = early_config.invocation_params.dir / "pytest.ini"
    started_here = sys.argv[1:] == arguments and here.is_file()
    # Processes of pytest-xdist start when the path is there, and would be misled by it then.
    others = getattr(early_config.known_args_namespace, "numprocesses", None)
    is_misled = early_config.inipath != here or bool(others)
    if started_here and is_misled and (joined := joined_options(arguments)):
        os.execv(sys.executable, [*sys.orig_argv[: -len(arguments)], *joined])
    return (yield)


def joined_options(arguments: list[str]) -> list[str] | None:
    """`arguments` with `--rig PATH` as `--rig=PATH`; None where there is nothing to join."""
    joined: list[str] = []
    values = {
        index + 1
        for index, (option, _) in enumerate(pairwise(arguments))
        if option in OPTIONS_WITH_A_PATH
    }
    for index, argument in enumerate(arguments):
        if index in values:
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined if values else None
