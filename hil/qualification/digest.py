"""What the timeline of a run tells about the rig: how long it let us wait, what is new, its health."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from hil.evidence.measurement import Measurement, measurement_of
from hil.evidence.timeline import TEST_BEGINS, TEST_ENDED, Event, Kind
from hil.evidence.timeline_file import read_events
from hil.qualification.progress import folders
from hil.rig.baseline import GIVE_POWER, LOOKED_AT, PUT_BACK

_OUR_OWN = (GIVE_POWER, LOOKED_AT, PUT_BACK)
"""Waits that measure no device."""
_DRIFT = "drift in "
_TOLD = ("left by an earlier run", "the rig is out", "NOT safe: ", "found at opening")
_OF_INTEREST = (
    '"kind": "!"',
    '"ended": ',
    '"measured": ',
    f'"text": "{TEST_BEGINS}',
    f'"text": "{TEST_ENDED}',
    '"text": "recorded: ',
)


@dataclass
class Digest:
    """What is told of a run besides its tests."""

    measurements: list[tuple[str, Measurement]] = field(default_factory=list)
    """Of the tests, by node id; also what their fixtures have waited for."""
    drift: dict[str, None] = field(default_factory=dict)
    """Sentences; a firmware said something that nobody here knows yet."""
    told: dict[str, None] = field(default_factory=dict)
    """What somebody should know who goes to the bench."""
    consoles: dict[str, Counter[str]] = field(default_factory=dict)
    """What was counted on each console, by all processes of the run together."""
    trouble: Counter[str] = field(default_factory=Counter)
    """How often something was wrong on a wire, tests that do so on purpose included."""

    def slowest(self, count: int) -> list[tuple[str, Measurement]]:
        """What took longest and was held, each once, with its test."""
        longest: dict[str, tuple[str, Measurement]] = {}
        for test, each in sorted(self.measurements, key=lambda found: -found[1].value):
            if each.unit == "s" and each.held:
                longest.setdefault(each.name, (test, each))
        return list(longest.values())[:count]

    def measured(self) -> dict[str, dict[str, list[float]]]:
        """For each test, how long everything took that it has waited for and got."""
        found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for test, each in self.measurements:
            if each.unit == "s" and each.held:
                found[test][each.name].append(each.value)
        return found


def read_digest(run_dir: Path) -> Digest:
    """The digest of a run, of all its processes."""
    digest = Digest()
    for folder in folders(run_dir):
        test = ""
        for event in read_events(folder / "timeline.jsonl", among=_OF_INTEREST):
            if event.text.startswith(TEST_BEGINS):
                test = event.text.removeprefix(TEST_BEGINS)
            elif event.text.startswith(TEST_ENDED):
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
    elif test and (found := measurement_of(said)) and found.name not in _OUR_OWN:
        digest.measurements.append((test, found))
    elif event.text.startswith("recorded: "):
        counted = {name: int(str(count)) for name, count in said.items()}
        digest.consoles.setdefault(event.wire, Counter()).update(counted)
