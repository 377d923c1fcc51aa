"""`hil capture`: a site as its gateway shows it, saved to look at, to mail, to start again."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hil.capture.redact import Anonymous
from hil.capture.take import take
from hil.cli.attaching import IN_USE, RigOption, logs_of
from hil.errors import RigInUse
from hil.rig.gateway_only import gateway_only
from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile
from hil.rig.rig_folder import state_root
from hil.rig.spawned_simulator import spawned_simulator


def capture(
    folder: Annotated[Path, typer.Argument(help="Where it goes: a new folder.")],
    rig: RigOption,
    anonymise: Annotated[
        bool,
        typer.Option(
            "--anonymise", help="Other serial numbers and addresses, the same in every file."
        ),
    ] = False,
) -> None:
    """Save every view of the gateway that can be looked at without changing anything.

    Keys, tokens, passwords and names of wireless networks are never written. Serial numbers are,
    since a site is started again from them, unless --anonymise is given.
    """
    out = Console(highlight=False, markup=False, soft_wrap=True)
    logs = logs_of("capture", load_rig(rig, Path("rigs")))
    try:
        with (
            started_rig_file(rig, logs) as (description, root),
            gateway_only(description, logs, root=root, who="hil capture") as gateway,
        ):
            taken = take(
                gateway.envoy,
                folder,
                redactor=gateway.redactor,
                eids=[inverter.eid for inverter in description.inverters],
                anonymous=Anonymous() if anonymise else None,
                tell=out.print,
            )
    except RigInUse as error:
        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(str(error))
        raise typer.Exit(IN_USE) from None
    for path, why in taken.no_answer.items():
        out.print(f"no answer: {path}: {why}", style="yellow")
    statuses = ", ".join(
        f"{n} × {code}" for code, n in sorted(Counter(taken.statuses.values()).items())
    )
    out.print(f"gateway {taken.gateway}, firmware {taken.firmware}: {statuses} in {folder}")
    out.print(f"understood? hil check-capture {folder}")


@contextmanager
def started_rig_file(rig: str, logs: Path) -> Iterator[tuple[RigFile, Path]]:
    """The rig file, and where its state is; a simulated rig is started for the time of the block."""
    description = load_rig(rig, Path("rigs"))
    if isinstance(description, RigFile):
        yield description, state_root()
        return
    logs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hil-capture-") as name:
        folder = Path(name)
        simulated = spawned_simulator(description, folder=folder, log_path=logs / "simulator.log")
        with simulated as started:
            yield started, folder
