"""`hil rigs`: which rigs there are, and whether their files can be understood."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hil.errors import RigFileError
from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile, SimulatedRigFile
from hil.simulator.site_file import load_site


@dataclass(frozen=True, slots=True)
class CheckedRig:
    """One line of the table. `name` is what `--rig` takes; `trouble` is empty when all is well."""

    name: str
    kind: str = ""
    where: str = ""
    devices: str = ""
    trouble: str = ""
    calls_itself: str = ""


def rigs(
    folder: Annotated[Path, typer.Option(help="Where the rig files are.")] = Path("rigs"),
) -> None:
    """List the rigs and check their files. Touches no bench and reads no secret."""
    out = Console(highlight=False, markup=False)
    if not folder.is_dir():
        raise RigFileError(f"no folder {folder}; run this in the checkout, or give --folder")
    found = _named_once([_check(path) for path in sorted(folder.glob("*.yaml"))])
    if not found:
        raise RigFileError(
            f"no rig files (*.yaml) in {folder}; rigs/README.md says how to write one"
        )
    out.print(_table(found))
    troubles = [rig.trouble for rig in found if rig.trouble]
    for trouble in troubles:
        out.print(trouble, style="red", soft_wrap=True)
    verdict = f"{len(troubles)} wrong" if troubles else "all ok"
    out.print(f"{len(found)} in {folder}: {verdict}; secrets: not read", soft_wrap=True)
    if troubles:
        raise typer.Exit(1)


def _check(path: Path) -> CheckedRig:
    try:
        rig = load_rig(str(path), path.parent)
        if isinstance(rig, SimulatedRigFile):
            return _simulated(path.stem, rig)
        return _bench(path.stem, rig)
    except RigFileError as error:
        return CheckedRig(path.stem, trouble=str(error))


def _simulated(name: str, rig: SimulatedRigFile) -> CheckedRig:
    if captured := rig.site.is_dir():
        # Only here: it loads the whole simulator.
        from hil.simulator.from_capture import beginning_of

        site = beginning_of(rig.site).truth
    else:
        site = load_site(rig.site)
    return CheckedRig(
        name,
        kind="simulated",
        where=f"{'capture' if captured else 'site'} {site.name}",
        devices=_devices(site.enpower is not None, len(site.encharges), len(site.inverters)),
        calls_itself=rig.name,
    )


def _bench(name: str, rig: RigFile) -> CheckedRig:
    return CheckedRig(
        name,
        kind="bench",
        where=f"{rig.envoy.reached_at} ({rig.envoy.serial_number})",
        devices=_devices(rig.enpower is not None, len(rig.encharges), len(rig.inverters)),
        calls_itself=rig.name,
    )


def _devices(has_enpower: bool, encharges: int, inverters: int) -> str:
    enpower = "Enpower, " if has_enpower else ""
    return f"{enpower}{encharges} Encharge, {inverters} inverters"


def _named_once(found: Sequence[CheckedRig]) -> list[CheckedRig]:
    """Two rigs of one name would share their runs' folders; a file that was copied forgets it."""
    first: dict[str, str] = {}
    checked: list[CheckedRig] = []
    for rig in found:
        owner = first.setdefault(rig.calls_itself, rig.name)
        if rig.calls_itself and owner != rig.name:
            trouble = (
                f"{rig.name}.yaml: name: {rig.calls_itself!r} is the name in {owner}.yaml already"
            )
            rig = replace(rig, trouble=trouble)
        checked.append(rig)
    return checked


def _table(found: Sequence[CheckedRig]) -> Table:
    table = Table()
    table.add_column("rig", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    table.add_column("gateway or site", overflow="fold")
    table.add_column("devices", overflow="fold")
    table.add_column("file", no_wrap=True)
    for rig in found:
        verdict = Text("wrong", style="red") if rig.trouble else Text("ok", style="green")
        table.add_row(rig.name, rig.kind, rig.where, rig.devices, verdict)
    return table
