"""`hil check-capture`: does hil understand what a gateway said, also one that it has never met."""

import json
from collections import Counter
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hil.capture.check import Checked, CheckedCapture, Verdict, check_capture
from hil.files.capture_folder import is_capture


class Exit(IntEnum):
    """How the command ends; docs/decisions/0010."""

    UNDERSTOOD = 0
    UNINTELLIGIBLE = 1
    DRIFT = 14
    """All can be read, and something is not as it is known here."""


_COLOURS = {Verdict.UNINTELLIGIBLE: "red", Verdict.DRIFT: "yellow", Verdict.UNREAD: "dim"}


def check_captures(
    folders: Annotated[
        list[Path],
        typer.Argument(help="A capture (as `hil capture` writes it), or a folder of captures."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say for each body of a capture: understood, drift (and where), or unintelligible (and why)."""
    try:
        found = [check_capture(folder) for folder in _captures(folders)]
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}") from None
    if not any(body.path for capture in found for body in capture.bodies):
        raise typer.BadParameter(
            f"nothing in {', '.join(map(str, folders))} has the name of a gateway's view; "
            "/ivp/ensemble/power would be the file ivp_ensemble_power"
        )
    if as_json:
        typer.echo(json.dumps(_document(found), indent=2))
    else:
        _tell(Console(highlight=False, markup=False, soft_wrap=True), found)
    counts = _counts(found)
    if counts[Verdict.UNINTELLIGIBLE]:
        raise typer.Exit(Exit.UNINTELLIGIBLE)
    if counts[Verdict.DRIFT]:
        raise typer.Exit(Exit.DRIFT)


def _captures(folders: Sequence[Path]) -> list[Path]:
    """Each folder that has bodies, or else those in it that do."""
    found: list[Path] = []
    for folder in folders:
        if folder.is_file() and len(folders) > 1:  # as `captures/*` gives an index among them
            typer.echo(f"{folder}: no folder, passed over", err=True)
            continue
        if not folder.is_dir():
            raise typer.BadParameter(f"{folder} is no folder")
        inner = [each for each in sorted(folder.iterdir()) if each.is_dir() and is_capture(each)]
        found += [folder] if is_capture(folder) else inner
    return found


def _tell(out: Console, found: Sequence[CheckedCapture]) -> None:
    for capture in found:
        runs = f"firmware {capture.firmware}" if capture.firmware else "firmware not told"
        out.print(f"{capture.folder}: {runs}, {_in_words(_counts([capture]))}")
        for body in capture.bodies:
            _tell_body(out, body)
    if len(found) > 1:
        out.print(f"{len(found)} captures: {_in_words(_counts(found))}")


def _tell_body(out: Console, body: Checked) -> None:
    note = f": {body.note}" if body.note else ""
    style = _COLOURS.get(body.verdict)
    out.print(f"{body.verdict:>16}  {body.path or body.file}{note}", style=style)
    for difference in body.differences:
        out.print(f"{'':18}{difference.kind}: {difference}")


def _counts(found: Sequence[CheckedCapture]) -> Counter[Verdict]:
    return Counter(body.verdict for capture in found for body in capture.bodies)


def _in_words(counts: Counter[Verdict]) -> str:
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict)


def _document(found: Sequence[CheckedCapture]) -> dict[str, object]:
    return {
        "captures": [
            {
                "folder": str(capture.folder),
                "firmware": str(capture.firmware) if capture.firmware else None,
                "bodies": [_body(body) for body in capture.bodies],
            }
            for capture in found
        ],
        "counts": {str(verdict): _counts(found)[verdict] for verdict in Verdict},
    }


def _body(body: Checked) -> dict[str, object]:
    return {
        "file": body.file,
        "path": body.path,
        "status": body.status,
        "verdict": body.verdict,
        "note": body.note,
        "differences": [
            {"kind": each.kind, "path": each.path, "why": each.why.removeprefix(" = ")}
            for each in body.differences
        ],
    }
