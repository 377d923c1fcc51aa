"""What was looked at, how it is, and what to do about it: the lines of `hil doctor`, which are also
the preflight of every run.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from hil.errors import HilError
from hil.files.durable import write_durably

FILE = "doctor.json"
"""In the folder of a run, or of `hil doctor`."""


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    """Worth knowing; a run may begin."""
    RED = "red"
    """No run may begin before somebody has acted."""
    UNSEEN = "unseen"
    """Not looked at, because of something else that is red, or of whoever has the rig."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line."""

    name: str
    state: State
    seen: str
    todo: str = ""


def looked(name: str, look: Callable[[], str], *, otherwise: str = "") -> Check:
    """Green with what `look` says; red where it raises, with what the error suspects.

    `otherwise` is what to do where the error says nothing of that.
    """
    try:
        return Check(name, State.OK, look())
    except HilError as error:
        seen, todo = found_and_suspected(error)
        return Check(name, State.RED, seen, todo or otherwise)


def found_and_suspected(error: HilError) -> tuple[str, str]:
    """The message of an error in two: what was found, and what to do about it."""
    said = str(error).partition("\n")[0]
    at = said.lower().find("suspect")
    if at > 0:
        return said[:at].rstrip(" ;.,:"), said[at:]
    seen, _, todo = said.rpartition("; ")
    return (seen, todo) if seen else (said, "")


def unseen(name: str, why: str) -> Check:
    """A check that could not be made."""
    return Check(name, State.UNSEEN, f"not looked at: {why}")


@dataclass
class Health:
    """All that was looked at."""

    rig: str
    checks: list[Check] = field(default_factory=list)
    at: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    """UTC."""

    def named(self, *states: State) -> list[Check]:
        """The checks in one of these states."""
        return [each for each in self.checks if each.state in states]

    @property
    def green(self) -> bool:
        """Whether everything was looked at, and nothing is red."""
        return not self.named(State.RED, State.UNSEEN)

    def scrubbed(self, scrub: Callable[[str], str]) -> "Health":
        """The same without secrets."""
        checks = [
            Check(scrub(each.name), each.state, scrub(each.seen), scrub(each.todo))
            for each in self.checks
        ]
        return Health(self.rig, checks, self.at)

    def as_json(self) -> str:
        """For CI, and for the report of a run."""
        document = {
            "rig": self.rig,
            "at": self.at,
            "green": self.green,
            "checks": [asdict(each) for each in self.checks],
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    def write(self, directory: Path) -> None:
        """Write `doctor.json`. Raises OSError where it cannot be written."""
        write_durably(directory / FILE, self.as_json())


def read_health(directory: Path) -> Health | None:
    """What `doctor.json` says; None where there is none that can be read."""
    try:
        said = json.loads((directory / FILE).read_text(encoding="utf-8"))
        checks = [Check(**{**each, "state": State(each["state"])}) for each in said["checks"]]
        return Health(said["rig"], checks, said["at"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def story(checks: Sequence[Check]) -> str:
    """Several checks in one sentence."""
    return "; ".join(
        f"{each.name}: {each.seen}" + (f" ({each.todo})" if each.todo else "") for each in checks
    )
