"""Who else has a device file open: two programs that read one terminal steal each other's bytes."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has the port open; `locks` tells whether it holds the lock on it."""

    pid: int
    program: str
    user: str
    locks: bool

    def __str__(self) -> str:
        lock = ", which has locked it" if self.locks else ""
        whose = "this run itself" if self.pid == os.getpid() else f"process {self.pid}"
        return f"{self.program} ({whose}, user {self.user}{lock})"


@dataclass(frozen=True, slots=True)
class Holders:
    """Everybody who has a port open, as far as this user may see it."""

    seen: tuple[Holder, ...]
    unseen: int
    """Processes of other users whose open files this user may not look at."""
    is_kept_open: bool
    """Whether anybody at all has it open, the other end of a pseudo-terminal included."""

    @property
    def others(self) -> tuple[Holder, ...]:
        """Those that are not this process."""
        return tuple(holder for holder in self.seen if holder.pid != os.getpid())


def holders_of(port: str, *, proc: Path = PROC) -> Holders:
    """Who has `port` open, or the device that the link resolves to.

    The other end of a pseudo-terminal, which may well hold both of its sides, is not among them.
    """
    wanted = {port, os.path.realpath(port)}
    pts = os.path.realpath(port).removeprefix("/dev/pts/")
    seen, unseen, is_kept_open = [], 0, False
    locking = _locking(port, proc)
    for process in proc.iterdir():
        if not process.name.isdigit():
            continue
        try:
            targets = _targets(f"{process}/fd")
            if not wanted & set(targets.values()):
                continue
            is_kept_open = True
            if int(process.name) in locking or not _plays_device(process, targets, pts):
                seen.append(_holder(process, locking))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        except OSError:
            unseen += 1
    return Holders(tuple(seen), unseen, is_kept_open)


def who_holds(port: str, *, proc: Path = PROC) -> str:
    """For a message about a port that could not be had."""
    found = holders_of(port, proc=proc)
    if found.seen:
        return f"held by {' and '.join(map(str, found.seen))}; end that, or use another port"
    if found.unseen:
        return (
            f"who has it cannot be seen: {found.unseen} processes of other users hide their open "
            f"files from this one; `sudo fuser -v {port}` says which it is"
        )
    return "who had it is gone by now; try again"


def _targets(folder: str) -> dict[str, str]:
    """What each descriptor leads to; without `Path`, since every process of the machine has dozens."""
    return {name: _target(f"{folder}/{name}") for name in os.listdir(folder)}  # noqa: PTH208


def _target(link: str) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115
    except FileNotFoundError:
        return ""


def _plays_device(process: Path, targets: dict[str, str], pts: str) -> bool:
    """Whether it holds the master side of this pseudo-terminal."""
    for name, target in targets.items():
        if target.endswith("/ptmx"):
            told = (process / "fdinfo" / name).read_text()
            if f"tty-index:\t{pts}\n" in told:
                return True
    return False


def _holder(process: Path, locking: frozenset[int]) -> Holder:
    pid = int(process.name)
    program = (process / "comm").read_text().strip()
    if program.startswith("python"):
        # What it runs says more; only the first words, since others may be secret.
        words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        program = " ".join([program, *words[1:3]]).strip()[:SHOWN_CHARACTERS]
    owner = process.stat().st_uid
    try:
        user = pwd.getpwuid(owner).pw_name
    except KeyError:
        user = str(owner)
    return Holder(pid, program, user, pid in locking)


def _locking(port: str, proc: Path) -> frozenset[int]:
    """The processes that hold a flock on the device file."""
    try:
        status = Path(port).stat()
        lines = (proc / "locks").read_text().splitlines()
    except OSError:
        return frozenset()
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    return frozenset(
        int(words[4])
        for words in (line.split() for line in lines)
        if len(words) > 5 and words[1] == "FLOCK" and words[5] == place
    )
