"""The part of a rig's health that lies on this machine: disks, secrets, what runs have left behind."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hil.errors import HilError, RigFileError
from hil.rig.drivers import Credentials, way_in
from hil.rig.health.check import Check, State, found_and_suspected, looked
from hil.rig.journal import Journal
from hil.rig.loading import rig_argument
from hil.rig.out_mark import OutMark
from hil.rig.rig_file import RecordingEntry, RigFile, SimulatedRigFile
from hil.rig.rig_folder import rig_folder, state_root
from hil.rig.secrets import SecretReference
from hil.transports.http_auth import NoAuth
from hil.vocabulary.secret import Secret

STATE_MEGABYTES = 10
"""What lock, journal and mark need, with plenty to spare."""

LAST_RUN = "last run"
OUT = "last restore that failed"


def disks(description: RigFile | SimulatedRigFile, runs: Path) -> list[Check]:
    """Room for the logs of a run, which go to `runs`, and for the state of the rigs here."""
    recording = description.recording if isinstance(description, RigFile) else RecordingEntry()
    found = [_disk("disk, logs", runs, recording.free_megabytes, "recording.free_megabytes")]
    if isinstance(description, RigFile):
        found.append(_disk("disk, rig's state", state_root(), STATE_MEGABYTES, ""))
    return found


def _disk(name: str, folder: Path, wanted_mb: int, key: str) -> Check:
    there = next(each for each in (folder, *folder.resolve().parents) if each.is_dir())
    try:
        free_mb = shutil.disk_usage(there).free >> 20
    except OSError as error:
        return Check(name, State.RED, f"{there}: {error.strerror}", "see that it can be read")
    if not os.access(there, os.W_OK | os.X_OK):
        return Check(
            name,
            State.RED,
            f"{there} cannot be written by this user",
            "give the user or its group the right to (docs/how-to/keep-a-bench-safe.md, shared machines)",
        )
    if free_mb < wanted_mb:
        todo = "remove old runs, or give the logs another disk"
        limit = f"{wanted_mb} MB are wanted" + (f" ({key} of the rig file)" if key else "")
        return Check(name, State.RED, f"{free_mb} MB free at {there}, {limit}", todo)
    return Check(name, State.OK, f"{free_mb} MB free at {there}")


@dataclass(frozen=True, slots=True)
class FoundSecrets:
    """What could be read of the rig file's secrets, and how that went."""

    checks: list[Check]
    credentials: Credentials
    known: tuple[Secret, ...]


def secrets(description: RigFile) -> FoundSecrets:
    """Read every secret the rig file points to; what is missing is red and left out."""
    references, folder = description.secrets, description.folder
    checks: list[Check] = []
    known: list[Secret] = []
    for place, reference in references.items():
        try:
            known.append(reference.resolve(folder))
        except RigFileError as error:
            seen, todo = found_and_suspected(error)
            todo = todo or "write the secret there; rigs/README.md, Secrets, says how"
            checks.append(Check(f"secret {place}", State.RED, seen, todo))
        else:
            checks += _open_to_others(place, reference, folder)
    keys: dict[str, Secret] = {}
    for device in description.devices:
        try:
            keys[device.serial_number] = device.link_key.resolve(folder)
        except RigFileError:
            continue
    try:
        auth = way_in(description)
    except RigFileError:
        auth = NoAuth()
    if not checks:
        checks = [Check("secrets", State.OK, f"{len(references)} read")]
    return FoundSecrets(checks, Credentials(keys, auth), tuple(known))


def _open_to_others(place: str, reference: SecretReference, folder: Path) -> Iterator[Check]:
    if reference.file is None:
        return
    path = folder / reference.file
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IROTH:
        seen = f"every user of this machine may read {path} ({mode:03o})"
        yield Check(f"secret {place}", State.WARN, seen, f"chmod o-r {path}")


def left_behind(description: RigFile, root: Path) -> list[Check]:
    """What the runs before have left: a rig that was not put back, a restore that failed."""
    folder = rig_folder(description, root)
    return [_last_run(folder, rig_argument(description)), _out(folder)]


def _last_run(folder: Path, rig: str) -> Check:
    try:
        entry = Journal(folder).read()
    except HilError as error:
        seen, todo = found_and_suspected(error)
        return Check(LAST_RUN, State.RED, seen, todo)
    if entry is None:
        return Check(LAST_RUN, State.OK, "has put the rig back")
    told = f"{entry.who} had this rig since {entry.since} and has not put it back"
    if entry.unsafe:
        told = "; ".join([told, *entry.unsafe])
        return Check(LAST_RUN, State.RED, told, f"look at it by hand, then hil safe --rig {rig}")
    todo = f"hil safe --rig {rig}; the next run does it before anything else, too"
    return Check(LAST_RUN, State.WARN, told, todo)


def _out(folder: Path) -> Check:
    def look() -> str:
        out = OutMark(folder).read()
        return "none since the doctor last found all well" if out is None else str(out)

    check = looked(OUT, look)
    if check.state is State.OK and OutMark(folder).path.exists():
        todo = "no run begins until everything else here is green; then this is struck out"
        return Check(OUT, State.WARN, check.seen, todo)
    return check


def lets_runs_in(description: RigFile, root: Path) -> bool:
    """Strike the mark out: everything was found well. Whether there was one."""
    mark = OutMark(rig_folder(description, root))
    was_out = mark.path.exists()
    mark.clear()
    return was_out
