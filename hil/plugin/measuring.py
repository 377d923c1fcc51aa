"""What the tests measure, taken down as it is: measurements.jsonl in the run's folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hil.evidence.measurement import Measurement, measurement_of
from hil.evidence.timeline import Event

FILE = "measurements.jsonl"


@dataclass
class Measuring:
    """The measurements of the running test's body: what a fixture waits for is promised nowhere."""

    path: Path
    taken: list[Measurement] = field(default_factory=list)
    """Those of the running test, or of the last one."""
    _whose: Mapping[str, str] | None = None

    def begin(self, *, test: str, promise: str) -> None:
        """The body of `test` begins."""
        self.taken.clear()
        self._whose = {"test": test, "promise": promise}

    def end(self) -> None:
        """The body has ended; from here on nothing is taken down."""
        self._whose = None

    def take(self, event: Event) -> None:
        """Something was noted on the timeline; its strings are free of secrets already.

        Raises:
            OSError: it cannot be written.
        """
        found = measurement_of(event.data) if self._whose is not None else None
        if found is None:
            return
        self.taken.append(found)
        line = {**(self._whose or {}), **asdict(found), "rig_s": event.rig_s, "wall": event.wall}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
