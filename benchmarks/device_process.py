"""The device's process, from the benchmark's side."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """What one console has done."""

    lines: int
    """Numbered lines it has begun."""
    flooded: int
    """Log lines of floods."""
    written: int
    """Bytes that went out."""
    lost: int
    """Bytes that nobody had room for."""
    late_s: float
    """Seconds in which it should have written and did not get the processor."""


class Device:
    """N devices in one process; `ports` are their consoles."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid
        self.ports: list[str] = self._heard()

    def set(self, ports: list[int] | None = None, **what: object) -> list[Counts]:
        """Tell some of them (all, where not said) what to do from now on: `Port.told`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"ports": ports, **what}) + "\n")
        self._process.stdin.flush()
        return [Counts(**each) for each in self._heard()]

    def counts(self) -> list[Counts]:
        """What each console has done."""
        return self.set()

    def _heard(self) -> list:  # type: ignore[type-arg]
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the benchmark's device has ended")
        heard = json.loads(line)
        assert isinstance(heard, list)
        return heard


@contextmanager
def devices(count: int) -> Iterator[Device]:
    """So many devices, each with a console."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.device", str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Device(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
