"""Where a rig's lock and journal lie on this machine, whoever opens it from whichever checkout.

A rig is told apart by its wires, not by its name or its file: two files that lead to one bench are
one rig, and its second user is refused.
"""

import fcntl
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from hil.errors import RigInUse
from hil.rig.rig_file import RigFile

STATE_VARIABLE = "HIL_STATE_DIR"
"""Names the folder for the rigs of this machine; one that all its users can write, on a shared one."""

PROBES = 3
"""Whoever only looks who has the rig holds the lock for a moment."""


def now_utc() -> str:
    """The time of day, as holders and marks have it."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def state_root() -> Path:
    """`$HIL_STATE_DIR`, else `$XDG_STATE_HOME/hil`, else `~/.local/state/hil`."""
    if given := os.environ.get(STATE_VARIABLE):
        return Path(given)
    if xdg := os.environ.get("XDG_STATE_HOME"):
        return Path(xdg) / "hil"
    return Path.home() / ".local" / "state" / "hil"


def rig_folder(description: RigFile, root: Path) -> Path:
    """The folder of this rig under `root`, by what its wires are alone; need not exist."""
    wires = sorted(
        [description.envoy.reached_at, *(each.entry.port for each in description.consoles)]
    )
    digest = hashlib.sha256("\n".join(wires).encode()).hexdigest()
    return root / digest[:12]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a rig open."""

    who: str
    since: str
    """UTC."""
    keeper: int
    """Process number of the keeper."""
    socket: str
    """Empty where nobody can attach: the doctor looks at the rig."""
    directory: str
    """Where this run's logs go."""


class RigLock:
    """The rig, held for this process; ends with it, however it ends.

    Raises:
        RigInUse: somebody else holds it; says who, since when, and how to look on.
    """

    def __init__(self, folder: Path, holder: Holder, *, rig_name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        for _ in range(PROBES):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                other = holder_of(folder)
        else:
            os.close(self._file)
            told = (
                f"{other.who} since {other.since} (keeper: process {other.keeper}, logs in "
                f"{other.directory})"
                if other
                else "somebody who has just begun"
            )
            raise RigInUse(
                f"rig {rig_name} is in use by {told}; look on with `hil watch --rig {rig_name}`, or "
                "wait for it to end"
            )
        os.ftruncate(self._file, 0)
        os.write(self._file, json.dumps(asdict(holder)).encode())

    def release(self) -> None:
        """Give the rig up. Twice is fine."""
        if self._file >= 0:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def holder_of(folder: Path) -> Holder | None:
    """Who holds the rig of this folder now; None where nobody does."""
    try:
        file = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.read(file, 65536)
            return Holder(**json.loads(text)) if text else None
        return None
    finally:
        os.close(file)
