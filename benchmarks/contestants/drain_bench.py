"""The cheapest way to record many consoles: a process that reads and writes, and looks at nothing."""

import subprocess
import sys
import tempfile


class DrainBench:
    """`benchmarks/drain.py` beside the test."""

    def __init__(self, *ports: str) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.drain", self._directory.name, *ports],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()
        self.facts = {
            "reader": self._process.pid,
            "logs": self._directory.name,
            "folder": self._directory.name,
            "zero": None,
        }

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._directory.cleanup()
