"""One run of pytest: what was asked for, the rig once it is open, and the verdicts so far."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hil.evidence.allure_report import AllureReport
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Event, last_states
from hil.evidence.timeline_file import read_events
from hil.plugin.ending import Ending
from hil.plugin.known_bugs import KnownBugs
from hil.plugin.measuring import FILE as MEASUREMENTS
from hil.plugin.measuring import Measuring
from hil.plugin.promises import Promise
from hil.qualification.account import Account
from hil.qualification.progress import Ended, Outcome, Progress, Verdict
from hil.qualification.promises import Qualification
from hil.vocabulary.blame import Blame
from hil.vocabulary.identity import Firmware

if TYPE_CHECKING:
    from hil.rig.rig import Rig
    from hil.rig.rig_file import RigFile, SimulatedRigFile


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass(kw_only=True)
class Run:
    """What the hooks know about this run; kept in pytest's stash under `RUN`."""

    rig_name: str
    """As given to `--rig`: a name in `rigs/`, or a path."""
    seed: int
    defects: tuple[str, ...]
    directory: Path
    root: Path
    results: Path
    """Where Allure's results go."""
    is_worker: bool = False
    """Whether it is one of several processes that pytest-xdist has started."""
    promises: Mapping[str, Promise] = field(default_factory=dict)
    description: "RigFile | SimulatedRigFile | None" = None
    """The rig's file; read once the tests are known to need it."""
    rig: "Rig | None" = None
    allure: AllureReport | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    today: date = field(default_factory=_today)
    """On which known bugs expire; the only look at the calendar, so that selftests can set it."""
    known_bugs: KnownBugs | None = None
    passed: set[str] = field(default_factory=set)
    """Node ids of the tests whose body passed."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Why each skipped test was, by node id; and what it was expected to fail for."""
    deselected: list[pytest.Item] = field(default_factory=list)
    why_left_out: dict[str, str] = field(default_factory=dict)
    """Why a deselected test was, by node id, where no option says it."""
    is_checked: bool = False
    """Whether what was collected may be run on this rig."""
    places: dict[str, int] = field(default_factory=dict)
    """Where in the plan each test stands, by node id; empty where none was made."""
    progress: Progress | None = None
    """Told of every test that begins or ends, where a plan was made."""
    account: Account | None = None
    """What became of every collected test; known when the last has ended."""
    qualification: Qualification | None = None
    """What the run proves; known when its last test has ended."""
    ending: Ending = field(default_factory=Ending)
    ended_by: str = ""
    """What ended the run before its time."""
    lost_evidence: str = ""
    """Why what happens can no longer be written down."""
    closing_s: float | None = None
    """Wall seconds that putting the rig back at the end has taken."""
    unopened: BaseException | None = None
    """Why the rig did not open: one finding about the bench, none about the test that met it."""
    measuring: Measuring = field(init=False)
    """What the running test measures."""
    known: dict[str, Event] = field(default_factory=dict)
    """The last change of each state of the rig before the running test, by its name."""
    mark: int = 0
    """Where on the timeline the running test began."""
    before: Redactor = field(default_factory=Redactor)
    """Masks what looks like a secret while no rig has told which secrets there are."""

    def __post_init__(self) -> None:
        self.measuring = Measuring(self.directory / MEASUREMENTS)

    @classmethod
    def of(cls, config: pytest.Config) -> "Run":
        """The run that the command line asks for. Makes no folder and opens no rig."""
        rig_name = config.getoption("--rig")
        asked = config.getoption("--run-dir")
        when = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
        default = config.rootpath / "runs" / f"{when}-{Path(rig_name).stem}"
        directory = (config.invocation_params.dir / asked) if asked else default
        if (worker := getattr(config, "workerinput", None)) is not None:
            # One of several processes (pytest-xdist): it has a rig, and so a folder, of its own.
            directory = Path(worker["run_directory"]) / worker["workerid"]
        given = config.getoption("allure_report_dir")
        whole = directory.parent if worker is not None else directory
        return cls(
            is_worker=worker is not None,
            results=(config.invocation_params.dir / given) if given else whole / "allure-results",
            rig_name=rig_name,
            seed=config.getoption("--sim-seed"),
            defects=tuple(config.getoption("--sim-defect")),
            directory=directory,
            root=config.rootpath,
        )

    @property
    def whole(self) -> Path:
        """The folder of the whole run, also of one in several processes (pytest-xdist)."""
        return self.directory.parent if self.is_worker else self.directory

    @property
    def label(self) -> str:
        """The rig's name in the report: the same on every night, also for a simulated one."""
        return Path(self.rig_name).stem

    @property
    def firmware(self) -> Firmware | None:
        """The gateway's, as the rig's file expects it; None before a simulated rig is open."""
        described = self.rig.description if self.rig else self.description
        expected = getattr(described, "expected", None)
        return Firmware.parse(expected.firmware) if expected is not None else None

    def scrub(self, text: str) -> str:
        """`text` without secrets, as far as they are known by now."""
        redactor = self.rig.timeline.redactor if self.rig else self.before
        return redactor.scrub(text)

    def begin(self, nodeid: str) -> None:
        """A test begins here."""
        if self.progress is not None and self.allure is not None:
            self._written(
                self.progress.began, self.places[nodeid], nodeid, uuid=self.allure.running
            )
        if self.rig is not None:
            self.rig.catch_up()
            self.known |= last_states(self.rig.timeline.since(self.mark))
            self.mark = self.rig.timeline.mark()
            self.rig.timeline.forget(self.mark)

    def end(self, nodeid: str) -> None:
        """The test has ended, its clean-up too."""
        if self.progress is not None:
            self._written(self.progress.ended, self.places[nodeid], nodeid, self.how(nodeid))

    def how(self, nodeid: str) -> Ended:
        """How a test that is over has ended."""
        verdicts = tuple(each for each in self.verdicts if each.nodeid == nodeid)
        blames = {each.blame for each in verdicts}
        if Blame.ABORTED in blames:
            return Ended(Outcome.ABORTED, self.ended_by, verdicts)
        if verdicts:
            return Ended(Outcome.FAILED, "", verdicts)
        if nodeid in self.skipped:
            return Ended(Outcome.SKIPPED, self.skipped[nodeid], ())
        if nodeid in self.passed:
            return Ended(Outcome.PASSED, "", ())
        return Ended(Outcome.FAILED, "it did not come to an end", ())

    def _written(self, write: Callable[..., None], *what: object, **named: object) -> None:
        """A full disk ends the run in order, not the test in the middle."""
        try:
            write(*what, **named)
        except OSError as error:
            self.unrecorded(f"cannot write how far the run has come: {error}")

    def measured(self, event: Event) -> None:
        """Take down what an event of the timeline has measured, if anything."""
        try:
            self.measuring.take(event)
        except OSError as error:
            self.unrecorded(f"cannot write what was measured: {error}")

    def unrecorded(self, why: str) -> None:
        """Evidence is being lost: the run ends after this test."""
        self.lost_evidence = self.lost_evidence or f"evidence is being lost: {why}"

    def events(self) -> list[Event]:
        """What was noted since the running test began, in order of rig time: what a console says is
        noted when somebody looks. Of a rig that did not open, all that was.
        """
        noted: Iterable[Event] = ()
        if self.rig is not None:
            self.rig.catch_up()
            noted = self.rig.timeline.since(self.mark)
        elif self.unopened:
            noted = read_events(self.directory / "timeline.jsonl")
        return sorted(noted, key=lambda event: event.rig_s)


RUN = pytest.StashKey[Run]()
