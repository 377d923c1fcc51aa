"""This suite with many consoles at once: the keeper records, the test does something else."""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.bench_rig import kept_bench
from benchmarks.contestants.contestant import GaveUp
from hil.consoles.dialect import encharge_dialect

BAUD = 921_600
LOOK_EVERY_S = 0.01
LAST_LINE_BYTES = 100
"""A device ends with a whole line: it may write so many bytes less."""


class HilBench:
    """A rig with a battery on each port."""

    def __init__(self, *ports: str) -> None:
        self._stack = ExitStack()
        directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        bench = self._stack.enter_context(kept_bench(list(ports), directory, baud=BAUD))
        self._consoles = [bench.console(n, dialect=encharge_dialect()) for n in range(len(ports))]
        self.facts = {
            "reader": bench.keeper,
            "logs": str(directory / "consoles"),
            "folder": str(directory),
            "zero": bench.zero,
        }

    def flood_all(self, count: int, within_s: float) -> None:
        """Have each device write so many bytes, and look on until they have come."""
        until_s = time.monotonic() + within_s
        ends = [console.mark() + count - LAST_LINE_BYTES for console in self._consoles]
        for console in self._consoles:
            console.send(f"flood {count}")
        while any(c.mark() < end for c, end in zip(self._consoles, ends, strict=True)):
            if time.monotonic() > until_s:
                raise GaveUp
            time.sleep(LOOK_EVERY_S)

    def close(self) -> None:
        """End the rig."""
        self._stack.close()
