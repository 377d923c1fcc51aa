"""The real response bodies that the client is held to, where they are at hand.

They are not part of this repository, since they show real serial numbers. `HIL_REAL_DUMPS` names
a folder with one capture (`hil.files.capture_folder`) per gateway.

`HIL_REAL_DUMPS=… python -m selftest.envoy.real_bodies` writes docs/wires/coverage.md anew.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hil.envoy.conversation import INFO_PATH
from hil.envoy.info_page import parse_info
from hil.envoy.views import READS, SAID_TWICE
from hil.evidence.redaction import Redactor
from hil.files.capture_folder import Captured, read_capture
from hil.transports.http import Reply
from hil.vocabulary.endpoints import WRITABLE
from hil.vocabulary.identity import Firmware

VARIABLE = "HIL_REAL_DUMPS"
COVERAGE = Path(__file__).parents[2] / "docs" / "wires" / "coverage.md"

READ = (INFO_PATH, *READS, *SAID_TWICE)
"""Every path whose body is read."""

SEED = "seed"
SEED_FIRMWARE = Firmware.parse("8.2")
"""The interface page does not say what its four bodies come from."""


@dataclass(frozen=True)
class RealBody:
    """One answer of one real gateway."""

    directory: str
    firmware: Firmware
    path: str
    reply: Reply

    def __str__(self) -> str:
        return f"{self.directory}{self.path}"

    @property
    def is_answer(self) -> bool:
        """Not a refusal, and no page for people, as old firmware has them at some paths."""
        is_page = self.path != INFO_PATH and self.reply.text.lstrip().startswith("<")
        return self.reply.status == 200 and not is_page


def real_dumps() -> Path | None:
    """The folder, where the variable names one that is there."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else None
    return folder if folder is not None and folder.is_dir() else None


def real_bodies(folder: Path) -> list[RealBody]:
    """Every body of an endpoint that the client reads, gateway by gateway."""
    return [
        body
        for directory in sorted(folder.iterdir(), key=lambda each: each.name)
        if directory.is_dir()
        for body in _of_one_gateway(directory)
    ]


def count_bodies(folder: Path) -> int:
    """How many real bodies the selftests read from `folder`."""
    return len(real_bodies(folder))


def coverage(folder: Path) -> str:
    """docs/wires/coverage.md: which bodies of the client are real, and which are assumed."""
    found = real_bodies(folder)
    lines = [
        "# What the client's bodies rest on",
        "",
        "Real bodies that the selftests read through the client, by request. Made by",
        "`HIL_REAL_DUMPS=… python -m selftest.envoy.real_bodies`; a selftest keeps it in step.",
        "Where there is none, the shape is that of `envoy-rest.md` beside this page.",
        "",
        "| request | real bodies | firmware | real refusals |",
        "|---|---|---|---|",
    ]
    for path in READ:
        answers = [body for body in found if body.path == path and body.is_answer]
        refusals = [body for body in found if body.path == path and not body.is_answer]
        lines.append(
            f"| GET `{path}` | {len(answers) or 'no real body: assumed'} "
            f"| {_firmwares(answers)} | {_refusals(refusals)} |"
        )
    for write in WRITABLE:
        lines.append(f"| {write.method} `{write.path}` | no real body: assumed | – | – |")
    return "\n".join(lines) + "\n"


def _of_one_gateway(directory: Path) -> list[RealBody]:
    by_path = {body.path: body for body in read_capture(directory, READ)}
    replies = {path: _reply(by_path[path]) for path in READ if path in by_path}
    firmware = SEED_FIRMWARE
    if (info := replies.get(INFO_PATH)) is not None:
        firmware = parse_info(info, gateway=directory.name, redactor=Redactor()).firmware
    return [
        RealBody(directory=directory.name, firmware=firmware, path=path, reply=reply)
        for path, reply in replies.items()
    ]


def _reply(body: Captured) -> Reply:
    return Reply(
        method="GET",
        url=f"http://192.0.2.1{body.path}",
        status=body.status or 200,
        headers=body.headers,
        text=body.data.decode(),
        took_s=0.0,
    )


def _firmwares(bodies: Sequence[RealBody]) -> str:
    versions = {body.firmware for body in bodies if body.directory != SEED}
    page = ["interface page"] if any(body.directory == SEED for body in bodies) else []
    return ", ".join([*map(str, sorted(versions)), *page]) or "–"


def _refusals(bodies: Sequence[RealBody]) -> str:
    return ", ".join(f"{body.reply.status} ({body.firmware})" for body in bodies) or "–"


if __name__ == "__main__":
    dumps = real_dumps()
    if dumps is None:
        raise SystemExit(f"{VARIABLE} names no folder with real bodies")
    COVERAGE.write_text(coverage(dumps))
