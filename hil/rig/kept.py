"""A rig with its keeper: the process that is started first, owns the wires, and stays to the end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hil import errors
from hil.errors import KeeperLost, RigError, SuiteError
from hil.rig.loading import load_rig
from hil.rig.processes import start
from hil.rig.rig_file import RigFile, SimulatedRigFile
from hil.transports.keeper_link import Heartbeat, KeeperLink

LOG = "keeper.log"
"""In the run's folder: what went wrong in the keeper itself."""


@dataclass
class KeptRig:
    """A rig whose keeper is there; closed by `kept_rig`."""

    description: RigFile
    link: KeeperLink
    put_back: bool = True
    """Whether the rig is as it was found: told to the keeper at the end."""

    def begun(self) -> None:
        """From here on the rig is somebody's to be put back."""
        self.put_back = False


@contextmanager
def kept_rig(
    description: RigFile | SimulatedRigFile,
    *,
    directory: Path,
    who: str,
    seed: int = 0,
    defects: tuple[str, ...] = (),
) -> Iterator[KeptRig]:
    """Start a keeper for this rig and attach to it as its run; logs go to `directory`.

    Raises:
        RigInUse: somebody else has the rig open.
        RigError: a line cannot be opened, or what an earlier run left cannot be put right.
        KeeperLost: it did not start; with what it printed.
    """
    path = started_keeper(description, directory=directory, who=who, seed=seed, defects=defects)
    link = KeeperLink(path, role="run", who=who)
    heartbeat = Heartbeat(link)
    try:
        opened = load_rig(str(link.hello["rig_file"]), Path())
        assert isinstance(opened, RigFile)
        kept = KeptRig(opened, link)
        try:
            yield kept
        finally:
            # Without this word the keeper makes the rig safe, which is right for a lost one.
            with suppress(KeeperLost):
                link.ask("goodbye", restored=kept.put_back)
                if kept.put_back:
                    link.wait_for_the_end()
    finally:
        heartbeat.close()
        link.close()


def started_keeper(
    description: RigFile | SimulatedRigFile,
    *,
    directory: Path,
    who: str,
    seed: int = 0,
    defects: tuple[str, ...] = (),
    as_it_is: bool = False,
) -> Path:
    """Start a keeper, which then runs by itself; the socket it listens on. Raises as `kept_rig`.

    `as_it_is` leaves what an earlier run has left behind where it is.
    """
    directory.mkdir(parents=True, exist_ok=True)
    words = ["hil.keeper", "--who", who]
    words += ["--rig", str(description.path), "--directory", str(directory)]
    if isinstance(description, SimulatedRigFile):
        words += ["--seed", str(seed), *(part for each in defects for part in ("--defect", each))]
    if as_it_is:
        words.append("--as-it-is")
    log_path = directory / LOG
    with log_path.open("ab") as log:
        process = start(*words, stderr=log)
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.read()
    process.wait()
    for line in said.splitlines():
        with suppress(ValueError):
            answer = json.loads(line)
            if "socket" in answer:
                return Path(answer["socket"])
            if "error" in answer:
                raise _raised(answer["error"], answer["message"])
    told = "\n".join([said, log_path.read_text(encoding="utf-8", errors="replace")[-2000:]])
    raise KeeperLost(f"the keeper of rig {description.name} did not start:\n{told.strip()}")


def _raised(name: str, message: str) -> Exception:
    """What the keeper raised, here: the class says who has to act."""
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, RigError | SuiteError):
        with suppress(TypeError):
            return kind(message)
    return RigError(f"{name}: {message}")
