"""What undoes everything that a run may do to a rig, on the disk before the run does any of it.

The undoing of every command is the same: the rig as it was found. So it is written once, when the
rig has been looked at, and struck out when the rig was proved to be like that again. A journal
that is still there when a rig is opened tells of a run whose end nobody saw.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hil.errors import RigError
from hil.files.durable import sync_folder, write_durably


@dataclass(frozen=True, slots=True)
class Entry:
    """A run that has the rig, or had it and did not put it back."""

    who: str
    since: str
    """UTC."""
    baseline: Mapping[str, object]
    """How each facet of the rig has to be, by its name."""
    unsafe: Sequence[str] = ()
    """What could not be made safe since, a sentence each."""
    directory: str = ""
    """Where the run's logs and results are."""


class Journal:
    """The journal of one rig, in its folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.json"

    def read(self) -> Entry | None:
        """The run whose end nobody saw; None where there is none."""
        try:
            return Entry(**json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise RigError(
                f"{self.path} cannot be read ({error}): what a run has left behind is not known; look "
                "at the rig by hand, then remove the file"
            ) from error

    def write(self, entry: Entry) -> None:
        """Put `entry` on the disk; returns when it would survive a power cut.

        Raises:
            RigError: it cannot be written; the rig must not be touched then.
        """
        try:
            write_durably(self.path, json.dumps(asdict(entry), ensure_ascii=False))
        except OSError as error:
            raise RigError(
                f"the journal {self.path} cannot be written ({error}): what a run changes could not be "
                "undone after a crash, so nothing was touched; free some disk space"
            ) from error

    def strike(self) -> None:
        """The rig was put back: nothing is left to undo."""
        self.path.unlink(missing_ok=True)
        sync_folder(self.path.parent)
