"""One run of pytest: what was asked for, the rig once it is open, and the verdicts so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hil.evidence.allure_report import AllureReport
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Event
from hil.plugin.blame import Blame
from hil.plugin.ending import Ending
from hil.plugin.promises import Promise

if TYPE_CHECKING:
    from hil.rig.rig import Rig
    from hil.rig.rig_file import RigFile, SimulatedRigFile


@dataclass(frozen=True, slots=True)
class Verdict:
    """One failure: where, whose, and its first line."""

    nodeid: str
    phase: str
    blame: Blame
    headline: str
    is_rig_out: bool = False
    """Whether it did not run because of an earlier failure that is told by itself."""


@dataclass(kw_only=True)
class Run:
    """What the hooks know about this run; kept in pytest's stash under `RUN`."""

    rig_name: str
    """As given to `--rig`: a name in `rigs/`, or a path."""
    seed: int
    defects: tuple[str, ...]
    directory: Path
    root: Path
    promises: Mapping[str, Promise] = field(default_factory=dict)
    description: "RigFile | SimulatedRigFile | None" = None
    """The rig's file; read once the tests are known to need it."""
    rig: "Rig | None" = None
    allure: AllureReport | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    started: set[str] = field(default_factory=set)
    """Node ids of the tests that began."""
    never_started: list[pytest.Item] = field(default_factory=list)
    ending: Ending = field(default_factory=Ending)
    ended_by: str = ""
    """What ended the run before its time."""
    mark: int = 0
    """Where on the timeline the running test began."""
    before: Redactor = field(default_factory=Redactor)
    """Masks what looks like a secret while no rig has told which secrets there are."""

    @classmethod
    def of(cls, config: pytest.Config) -> "Run":
        """The run that the command line asks for. Makes no folder and opens no rig."""
        rig_name = config.getoption("--rig")
        asked = config.getoption("--run-dir")
        when = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
        default = config.rootpath / "runs" / f"{when}-{Path(rig_name).stem}"
        return cls(
            rig_name=rig_name,
            seed=config.getoption("--sim-seed"),
            defects=tuple(config.getoption("--sim-defect")),
            directory=(config.invocation_params.dir / asked) if asked else default,
            root=config.rootpath,
        )

    @property
    def label(self) -> str:
        """The rig's name in the report: the same on every night, also for a simulated one."""
        return Path(self.rig_name).stem

    def scrub(self, text: str) -> str:
        """`text` without secrets, as far as they are known by now."""
        redactor = self.rig.timeline.redactor if self.rig else self.before
        return redactor.scrub(text)

    def begin(self, nodeid: str) -> None:
        """A test begins here."""
        self.started.add(nodeid)
        self.mark = self.rig.timeline.mark() if self.rig else 0

    def events(self) -> list[Event]:
        """What was noted since the running test began."""
        return self.rig.timeline.since(self.mark) if self.rig else []


RUN = pytest.StashKey[Run]()
