"""The mark of a rig that could not be put back: out, until the doctor has found everything well.

The journal says how the rig has to be, and is struck out as soon as it is so again. The mark stays
beyond that: whatever kept a restore from succeeding may still be there, and would cost the next
night as well.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from hil.errors import RigError
from hil.files.durable import sync_folder, write_durably


@dataclass(frozen=True, slots=True)
class Out:
    """A restore that failed."""

    who: str
    """Whose run it was."""
    at: str
    """UTC."""
    why: str
    directory: str
    """Where that run's logs are."""

    def __str__(self) -> str:
        return f"{self.who} could not put it back ({self.at}): {self.why}"


class OutMark:
    """The mark of one rig, in its folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "out.json"

    def read(self) -> Out | None:
        """Why the rig is out; None where it is not.

        Raises:
            RigError: there is a mark, and it cannot be read.
        """
        try:
            return Out(**json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise RigError(
                f"{self.path} cannot be read ({error}): the rig is out, and why is not known; look at "
                "the rig by hand, then remove the file"
            ) from error

    def write(self, out: Out) -> None:
        """Take the rig out. The first reason stays: what follows it is no news.

        Raises:
            OSError: it cannot be written.
        """
        if not self.path.exists():
            write_durably(self.path, json.dumps(asdict(out), ensure_ascii=False))

    def clear(self) -> None:
        """The rig is of use again."""
        self.path.unlink(missing_ok=True)
        sync_folder(self.path.parent)
