"""What the timeline of a run tells about the rig: how long it let us wait, what is new, its health."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from hil.evidence.timeline import Event, Kind
from hil.evidence.timeline_file import read_events
from hil.qualification.progress import folders
from hil.rig.baseline import GIVE_POWER, LOOKED_AT, PUT_BACK

BEGINS, ENDS = "test begins: ", "test ended: "
_OUR_OWN = (GIVE_POWER, LOOKED_AT, PUT_BACK)
"""Waits that measure no device."""
_DRIFT = "drift in "
_TOLD = ("left by an earlier run", "the rig is out", "NOT safe: ", "found at opening")
_OF_INTEREST = (
    '"kind": "!"',
    '"ended": ',
    f'"text": "{BEGINS}',
    f'"text": "{ENDS}',
    '"text": "recorded: ',
)


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait of a test: until when the value it waited for was seen, in rig seconds."""

    test: str
    what: str
    after_s: float
    ended: str
    """`met`, `stayed`, `not in time` …"""


@dataclass
class Digest:
    """What is told of a run besides its tests."""

    waits: list[Wait] = field(default_factory=list)
    drift: dict[str, None] = field(default_factory=dict)
    """Sentences; a firmware said something that nobody here knows yet."""
    told: dict[str, None] = field(default_factory=dict)
    """What somebody should know who goes to the bench."""
    consoles: dict[str, Counter[str]] = field(default_factory=dict)
    """What was counted on each console, by all processes of the run together."""
    trouble: Counter[str] = field(default_factory=Counter)
    """How often something was wrong on a wire, tests that do so on purpose included."""

    def slowest(self, count: int) -> list[Wait]:
        """The longest waits that were met, each once."""
        longest: dict[str, Wait] = {}
        for wait in sorted(self.waits, key=lambda wait: -wait.after_s):
            if wait.ended == "met":
                longest.setdefault(wait.what, wait)
        return list(longest.values())[:count]

    def measured(self) -> dict[str, dict[str, list[float]]]:
        """For each test, how long each of its waits took that were met."""
        found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for wait in self.waits:
            if wait.ended == "met":
                found[wait.test][wait.what].append(wait.after_s)
        return found


def read_digest(run_dir: Path) -> Digest:
    """The digest of a run, of all its processes."""
    digest = Digest()
    for folder in folders(run_dir):
        test = ""
        for event in read_events(folder / "timeline.jsonl", among=_OF_INTEREST):
            if event.text.startswith(BEGINS):
                test = event.text.removeprefix(BEGINS)
            elif event.text.startswith(ENDS):
                test = ""
            else:
                _take(digest, event, test)
    return digest


def _take(digest: Digest, event: Event, test: str) -> None:
    said = event.data
    if event.kind is Kind.TROUBLE:
        if _DRIFT in event.text:
            digest.drift[event.text] = None
        elif event.text.startswith(_TOLD):
            digest.told[event.text] = None
        elif event.wire not in ("suite", "keeper"):
            digest.trouble[event.wire] += 1
    elif "wait" in said and test and said["wait"] not in _OUR_OWN:
        after_s = float(str(said["after_s"]))
        digest.waits.append(Wait(test, str(said["wait"]), after_s, str(said["ended"])))
    elif event.text.startswith("recorded: "):
        counted = {name: int(str(count)) for name, count in said.items()}
        digest.consoles.setdefault(event.wire, Counter()).update(counted)
