"""What earlier runs on a rig have told of each test: how long it takes, how it ended, when it was
last proven, and by which words of promise and test. In the state folder, a file for each rig.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from hil.errors import SuiteError
from hil.files.durable import write_durably
from hil.qualification.progress import Outcome
from hil.rig.rig_file import RigFile, SimulatedRigFile
from hil.rig.rig_folder import rig_folder

FILE = "tests.json"


@dataclass(frozen=True, slots=True)
class KnownTest:
    """One test, as it was last run to its end."""

    outcome: Outcome
    wall_s: float
    """Set-up, body and clean-up, without the opening of the rig."""
    rig_s: float
    ran_at: str
    """UTC."""
    proven_at: str
    """UTC, when it last passed; empty where it never did."""
    promise: str
    """A digest of its promise's entry then."""
    test: str
    """A digest of its source then."""


@dataclass(frozen=True, slots=True)
class KnownTests:
    """All that is known of the tests of a rig."""

    tests: Mapping[str, KnownTest]
    """By node id."""
    opening_s: float | None = None
    """Wall seconds that opening the rig took last time."""
    closing_s: float | None = None
    """Wall seconds that putting it back at the end took."""


_KNOWN = TypeAdapter(KnownTests)


def known_tests_file(description: RigFile | SimulatedRigFile, root: Path) -> Path:
    """Where that of this rig lies under `root`; a simulated rig is known by its name."""
    if isinstance(description, RigFile):
        return rig_folder(description, root) / FILE
    return root / "simulated" / f"{description.name}.{FILE}"


def read_known_tests(path: Path) -> KnownTests:
    """What is known; nothing where no run was before.

    Raises:
        SuiteError: it is there and cannot be understood.
    """
    try:
        return _KNOWN.validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return KnownTests({})
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        said = str(error).partition("\n")[0]
        raise SuiteError(
            f"{path} cannot be read ({said}): how long tests take is not known; remove it, and the next "
            "run begins to learn it anew"
        ) from error


def remember(path: Path, news: KnownTests) -> None:
    """Add what a run has told to what is known.

    Raises:
        OSError: it cannot be written.
        SuiteError: what is there cannot be understood.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        known = read_known_tests(path)
        merged = KnownTests(
            tests=dict(sorted({**known.tests, **news.tests}.items())),
            opening_s=known.opening_s if news.opening_s is None else news.opening_s,
            closing_s=known.closing_s if news.closing_s is None else news.closing_s,
        )
        write_durably(path, _KNOWN.dump_json(merged, indent=1).decode() + "\n")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two runs on simulated rigs may end at the same time."""
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
