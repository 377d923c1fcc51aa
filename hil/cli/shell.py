"""`hil shell`: Python with a rig open in it, for looking at things by hand."""

import code
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hil.cli.attaching import RigOption, logs_of
from hil.evidence.timeline import Kind
from hil.rig.loading import load_rig
from hil.rig.rig import Rig, open_rig


def shell(
    rig: RigOption,
    sim_seed: Annotated[int, typer.Option(help="Seed of a simulated rig.")] = 0,
    command: Annotated[
        str | None, typer.Option("-c", help="Run this Python instead, and end.")
    ] = None,
) -> None:
    """Python with the rig open: `rig`, `envoy`, `enpower`, `encharges`, … Put back at the end."""
    tell = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    description = load_rig(rig, Path("rigs"))
    logs = logs_of("shell", description)
    with (
        _ended_by_signals(),
        open_rig(description, seed=sim_seed, directory=logs, who="hil shell") as opened,
    ):
        for each in opened.left_by_an_earlier_run:
            tell.print(f"left by an earlier run, put right first: {each}")
        names = names_of(opened)
        opened.timeline.note("suite", Kind.STEP, "a person has the rig: hil shell")
        if command is not None:
            exec(compile(command, "<hil shell -c>", "exec"), names)
            return
        _interact(names, banner_of(opened, logs))
        tell.print("the rig is being put back")


def names_of(rig: Rig) -> dict[str, object]:
    """What the person finds there: the nouns of the product tests."""
    return {
        "rig": rig,
        "envoy": rig.envoy,
        "enpower": rig.enpower,
        "encharges": rig.encharges,
        "encharge": rig.encharges[0],
        "nodes": rig.nodes,
        "inverters": rig.inverters,
        "power_switch": rig.power_switch,
        "ac_source": rig.ac_source,
        "faults": rig.faults,
        "clock": rig.clock,
        "wait": rig.waiting,
    }


def banner_of(rig: Rig, logs: Path) -> str:
    """What is there, with an example each."""
    lines = [
        f"rig {rig.description.name} is open; it is put back when you leave (Ctrl-D)",
        f"logs: {logs}",
        "  envoy                gateway: envoy.ensemble.inventory(), envoy.zigbee.pairing_status()",
        *([f"  enpower              {rig.enpower.name}"] if rig.enpower else []),
        *(
            f"  encharges[{number}]         {each.name}: .console.ask('psts'), .association()"
            for number, each in enumerate(rig.encharges)
        ),
        *(["  power_switch         .off(serial_number), .on(…)"] if rig.power_switch else []),
        *(["  ac_source            plays the grid"] if rig.ac_source else []),
        "  faults               faults.gateway.fails(503), faults.console(encharge).is_cut()",
        "  clock                clock.sleep(60): rig seconds"
        + (", time stands still until then" if rig.speed == float("inf") else ""),
        "  wait                 wait.until(lambda: …, lambda seen: …, what='…', within_s=60)",
        "  rig                  rig.baseline.restore() puts it back now",
    ]
    return "\n".join(lines)


def _interact(names: dict[str, object], banner: str) -> None:
    if sys.stdin.isatty() and find_spec("IPython") is not None:
        embedded = import_module("IPython.terminal.embed")
        embedded.InteractiveShellEmbed(banner1=banner, user_ns=names, confirm_exit=False)()
        return
    if find_spec("readline") is not None:
        import_module("readline")  # history and editing, where this Python has it
    code.interact(banner=banner, local=names, exitmsg="")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP leave the block in good order, so that the rig is put back."""

    def told(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
