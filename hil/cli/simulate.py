"""`hil simulate`: a rig that needs no hardware, for people, for benches on a desk, for the suite."""

import signal
import threading
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hil.errors import RigFileError
from hil.files.closed_yaml import did_you_mean
from hil.simulator.defects import DEFECTS
from hil.simulator.process import DEFAULT_EPOCH, Running, end_of_input, simulator
from hil.simulator.site_file import Access, load_site, with_gateway

SITES = Path("sites")


class Time(StrEnum):
    """How time passes on the simulated site."""

    VIRTUAL = "virtual"
    PACED = "paced"


class ConsoleFace(StrEnum):
    """How the devices' consoles are reached."""

    PTY = "pty"
    RFC2217 = "rfc2217"
    SOCKET = "socket"


def simulate(
    site: Annotated[str, typer.Argument(help="A site file, or the name of one in sites/.")],
    time: Annotated[
        Time,
        typer.Option(help="virtual: moves only when the suite waits. paced: passes by itself."),
    ] = Time.PACED,
    speed: Annotated[float, typer.Option(min=0.01, help="Paced: seconds per wall second.")] = 1.0,
    start: Annotated[
        str, typer.Option(help="The site's time of day at the start, UTC, as 2025-06-02T12:00:00.")
    ] = "",
    seed: Annotated[int, typer.Option(help="Seed of everything left to chance.")] = 0,
    write_rig: Annotated[
        Path | None, typer.Option(help="Write a rig file that leads to this simulator.")
    ] = None,
    console: Annotated[
        ConsoleFace,
        typer.Option(help="Consoles as device files, or as a serial server's TCP ports."),
    ] = ConsoleFace.PTY,
    defect: Annotated[
        list[str] | None, typer.Option(help="A deliberate firmware bug; may be given again.")
    ] = None,
    firmware: Annotated[
        str, typer.Option(help="The gateway's firmware, as 7.6.175; default: the site file's.")
    ] = "",
    access: Annotated[
        Access | None,
        typer.Option(
            help="How the gateway lets in: open, digest (firmware before 7), token (HTTPS); "
            "default: the site file's, which is open."
        ),
    ] = None,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", help="End when standard input ends.")
    ] = False,
) -> None:
    """Run a simulated site: an Envoy over HTTP, its devices' consoles on pseudo-terminals
    or TCP ports."""
    out = Console(highlight=False, soft_wrap=True)
    truth = with_gateway(
        load_site(_site_path(site)),
        **({"firmware": firmware} if firmware else {}),
        **({"access": access} if access else {}),
    )
    unknown = sorted(set(defect or ()) - set(DEFECTS))
    if unknown:
        raise RigFileError(f"no defect {unknown[0]!r}; {did_you_mean(unknown[0], sorted(DEFECTS))}")
    epoch = _epoch(start)
    stop = _told_to_stop(until_eof)
    with simulator(
        truth,
        speed=None if time is Time.VIRTUAL else speed,
        epoch=epoch,
        seed=seed,
        defects=tuple(defect or ()),
        rig_file=write_rig,
        console=console,
    ) as running:
        _tell(out, truth.name, running, write_rig)
        stop.wait()


def _site_path(site: str) -> Path:
    path = Path(site)
    return path if path.suffix else SITES / f"{site}.yaml"


def _epoch(start: str) -> int:
    if not start:
        return DEFAULT_EPOCH
    try:
        return int(datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise RigFileError(f"--start {start!r}: write a time like 2025-06-02T12:00:00") from error


def _tell(out: Console, name: str, running: Running, rig_file: Path | None) -> None:
    out.print(f"{name}: Envoy at {running.url}", markup=False)
    if running.redirected_url is not None:
        out.print(f"{name}: {running.redirected_url} only leads there", markup=False)
    for serial_number, port in running.ports.items():
        out.print(f"{name}: console of {serial_number} at {port}", markup=False)
    out.print(f"{name}: power switch (pdudaemon) at {running.power_switch}", markup=False)
    out.print(f"{name}: AC source (SCPI) at {running.ac_source}", markup=False)
    if running.control is not None:
        out.print(
            f"{name}: time stands still until the suite waits ({running.control})", markup=False
        )
    if rig_file is not None:
        out.print(f"ready: pytest --rig {rig_file}", markup=False)
    else:
        out.print("ready", markup=False)


def _told_to_stop(until_eof: bool) -> threading.Event:
    """Set by Ctrl-C, SIGTERM or, if asked for, the end of standard input."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if until_eof:
        threading.Thread(
            target=_stop_at_end_of_input, args=(stop,), name="standard input", daemon=True
        ).start()
    return stop


def _stop_at_end_of_input(stop: threading.Event) -> None:
    end_of_input()
    stop.set()
