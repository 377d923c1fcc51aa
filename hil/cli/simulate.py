"""`hil simulate`: a rig that needs no hardware, for people, for benches on a desk, for the suite."""

import signal
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console

from hil.errors import RigFileError
from hil.files.closed_yaml import did_you_mean
from hil.simulator.assumptions import Assumptions
from hil.simulator.defects import DEFECTS
from hil.simulator.from_capture import Beginning, beginning_of
from hil.simulator.process import DEFAULT_EPOCH, Running, end_of_input, simulator
from hil.simulator.site import Site
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


class ShellFace(StrEnum):
    """How the gateway's shell is reached."""

    SSH = "ssh"
    SERIAL = "serial"


def simulate(
    site: Annotated[
        str, typer.Argument(help="A site file, the name of one in sites/, or a capture's folder.")
    ] = "",
    from_capture: Annotated[
        Path | None,
        typer.Option(help="Begin as the site in this capture (`hil capture`) instead."),
    ] = None,
    time: Annotated[
        Time,
        typer.Option(help="virtual: moves only when the suite waits. paced: passes by itself."),
    ] = Time.PACED,
    speed: Annotated[float, typer.Option(min=0.01, help="Paced: seconds per wall second.")] = 1.0,
    start: Annotated[
        str,
        typer.Option(
            help="The site's time of day at the start, UTC, as 2025-06-02T12:00:00; a capture's is its own."
        ),
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
    assume: Annotated[
        list[str] | None,
        typer.Option(
            help="An assumption otherwise than hil/simulator/assumptions.yaml has it, as "
            "cli.at_timeout_s=4; may be given again."
        ),
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
    shell: Annotated[
        ShellFace, typer.Option(help="How the rig file leads to the gateway's shell.")
    ] = ShellFace.SSH,
    without_lan: Annotated[
        bool,
        typer.Option("--without-lan", help="The rig file leads to the gateway's shell only."),
    ] = False,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", help="End when standard input ends.")
    ] = False,
) -> None:
    """Run a simulated site: an Envoy over HTTP and SSH, its devices' consoles on pseudo-terminals
    or TCP ports."""
    out = Console(highlight=False, soft_wrap=True)
    beginning = _beginning(site, from_capture, out)
    truth = with_gateway(
        beginning.truth,
        **({"firmware": firmware} if firmware else {}),
        **({"access": access} if access else {}),
    )
    if write_rig is not None and not truth.encharges:
        raise RigFileError(
            f"{truth.name}: a rig has a battery with a console, and this site has none; it can be "
            "simulated without --write-rig"
        )
    unknown = sorted(set(defect or ()) - set(DEFECTS))
    if unknown:
        raise RigFileError(f"no defect {unknown[0]!r}; {did_you_mean(unknown[0], sorted(DEFECTS))}")
    epoch = _epoch(start, beginning.epoch)
    stop = _told_to_stop(until_eof)
    with simulator(
        truth,
        speed=None if time is Time.VIRTUAL else speed,
        epoch=epoch,
        seed=seed,
        defects=tuple(defect or ()),
        rig_file=write_rig,
        console=console,
        without_lan=without_lan,
        serial_shell=shell is ShellFace.SERIAL,
        begin=beginning.begin,
        assumptions=Assumptions.load(_assumed(assume or ())),
    ) as running:
        _tell(out, truth.name, running, write_rig)
        stop.wait()


def _assumed(given: Sequence[str]) -> dict[str, object]:
    otherwise: dict[str, object] = {}
    for each in given:
        name, is_one, value = each.partition("=")
        if not is_one:
            raise RigFileError(f"--assume {each}: write NAME=VALUE, as cli.at_timeout_s=4")
        try:
            otherwise[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise RigFileError(f"--assume {each}: the value cannot be read as YAML") from error
    return otherwise


def _beginning(site: str, capture: Path | None, out: Console) -> Beginning:
    """Of a capture or of a site file; what of a capture is made up is told."""
    if bool(site) == (capture is not None):
        raise RigFileError("name a site, or a capture with --from-capture, and not both")
    path = capture or Path(site)
    if capture is None and not path.is_dir():
        file = path if path.suffix else SITES / f"{site}.yaml"
        return Beginning(load_site(file), lambda _: [], DEFAULT_EPOCH)
    found = beginning_of(path)
    for each in found.made_up:
        out.print(f"{found.truth.name}: made up: {each}", markup=False)

    def begin(site: Site) -> list[str]:
        refused = found.begin(site)
        for each in refused:
            out.print(f"{found.truth.name}: not so: {each}", markup=False)
        return refused

    return replace(found, begin=begin)


def _epoch(start: str, otherwise: int | None) -> int:
    if not start:
        return DEFAULT_EPOCH if otherwise is None else otherwise
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
    ssh = running.shell
    out.print(f"{name}: gateway's shell at ssh {ssh.user}@{ssh.address}", markup=False)
    out.print(f"{name}: gateway's shell on the console at {ssh.port}", markup=False)
    out.print(f"{name}: power switch (pdudaemon) at {running.power_switch}", markup=False)
    out.print(f"{name}: AC source (SCPI) at {running.ac_source}", markup=False)
    out.print(f"{name}: attenuator (SCPI) at {running.attenuator}", markup=False)
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


if __name__ == "__main__":
    typer.run(simulate)
