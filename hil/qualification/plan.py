"""What a run set out to do: every collected test, on the disk before the first one begins.

Whatever becomes of the run, what it leaves can be laid beside this (hil/qualification/account.py).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from hil.errors import SuiteError
from hil.files.durable import write_durably

FILE = "plan.json"
"""In the run's folder."""


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A collected test."""

    nodeid: str
    promise: str | None
    result: Mapping[str, Any]
    """Its Allure result as far as it is known now: who it is, its labels, no status."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A test that was collected and then deselected."""

    nodeid: str
    promise: str | None
    why: str

    @property
    def told(self) -> str:
        """Why it proves nothing; an option that was given needs no words."""
        name = self.nodeid.rpartition("::")[2]
        return f"deselected: {name}" if self.why.startswith("-") else f"{name} not run: {self.why}"


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise that has tests in this run, or has to be proved by it."""

    id: str
    sentence: str
    grade: str
    source: str
    owner: str
    bounds: Mapping[str, float]
    must_prove: bool


@dataclass(frozen=True, slots=True)
class ExpectedBug:
    """A bug of known-bugs.yaml that should show on this bench."""

    told: str
    """What is said when it does not."""
    tests: tuple[int, ...]
    """Which tests are about it, by their place in the plan."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run set out to do."""

    run: str
    """The name of its folder."""
    rig: str
    results: str
    """The folder of its Allure results, seen from the run's."""
    firmware: str | None
    """The gateway's; None where only opening the rig tells."""
    facts: Mapping[str, str]
    """What describes the run before its rig is open."""
    promises: tuple[Promised, ...]
    tests: tuple[PlannedTest, ...]
    left_out: tuple[LeftOut, ...] = ()
    expected_bugs: tuple[ExpectedBug, ...] = ()


_PLAN = TypeAdapter(Plan)


def write_plan(run_dir: Path, plan: Plan) -> None:
    """Put the plan on the disk; returns when it would survive a power cut.

    Raises:
        OSError: it cannot be written.
    """
    write_durably(run_dir / FILE, _PLAN.dump_json(plan, indent=1).decode() + "\n")


def read_plan(run_dir: Path) -> Plan | None:
    """The plan of a run; None where none was made.

    Raises:
        SuiteError: it is there and cannot be understood.
    """
    path = run_dir / FILE
    try:
        return _PLAN.validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValidationError, UnicodeDecodeError) as error:
        raise SuiteError(
            f"{path}: this hil cannot read it; was it another version's? {error}"
        ) from error
