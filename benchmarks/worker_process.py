"""A contestant's process, from the benchmark's side; and who the contestants are."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from benchmarks.environments import ROOT, python_of
from benchmarks.processes import cpu_s


@dataclass(frozen=True, slots=True)
class Entry:
    """Who takes part: what it is called in tables, its environment, its class."""

    called: str
    environment: str
    named: str
    knows_patterns: bool = True


RAW = Entry("raw", "peers", "raw:Raw")
THROUGH = Entry("raw, through a process", "peers", "raw_through_a_process:RawThroughAProcess")
OURS = Entry("hil", "hil", "hil_console:HilConsole")
ENTRIES = (
    RAW,
    THROUGH,
    OURS,
    Entry("pyserial, a loop", "peers", "pyserial_loop:PyserialLoop"),
    Entry(
        "pyserial `read_until`", "peers", "pyserial_loop:PyserialReadUntil", knows_patterns=False
    ),
    Entry("pexpect", "peers", "pexpect_fd:Pexpect"),
    Entry("pexpect, tuned", "peers", "pexpect_fd:TunedPexpect"),
    Entry("labgrid console", "labgrid", "labgrid_console:LabgridConsole"),
    Entry("pytest-embedded", "peers", "pytest_embedded_dut:PytestEmbeddedDut"),
)


class JobFailed(Exception):
    """A contestant could not do what it was asked to; with what it said."""


class Worker:
    """One contestant at work on one port."""

    def __init__(self, process: subprocess.Popen[str], errors: IO[str]) -> None:
        self._process, self._errors = process, errors
        self.pid = process.pid
        self.facts = self._heard()
        """What the contestant says of itself: the process of its reader, where its logs are."""

    def cpu_s(self) -> float:
        """Seconds of a processor that it has used, and its reader, if that is another process."""
        reader = self.facts.get("reader")
        return cpu_s(self.pid) + (0.0 if reader is None else cpu_s(int(reader)))

    def do(self, job: str, **what: object) -> Mapping[str, Any]:
        """Have it do a job, and wait for that.

        Raises:
            JobFailed: it could not.
        """
        self.begin(job, **what)
        return self._heard()

    def begin(self, job: str, **what: object) -> None:
        """Have it do a job; `finish` waits for that."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"job": job, **what}) + "\n")
        self._process.stdin.flush()

    def finish(self) -> Mapping[str, Any]:
        """The end of the job that was begun."""
        return self._heard()

    def _heard(self) -> Mapping[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            raise JobFailed(f"it ended: {self._errors.read()[-2000:]}")
        heard: Mapping[str, Any] = json.loads(line)
        if "error" in heard:
            raise JobFailed(str(heard["error"]))
        return heard


@contextmanager
def worker(entry: Entry, *ports: str) -> Iterator[Worker]:
    """A contestant, ready."""
    with (
        tempfile.TemporaryDirectory() as state,
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            [str(python_of(entry.environment)), "-m", "benchmarks.worker", entry.named, *ports],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_environment(state),
            cwd=ROOT,
            text=True,
        ) as process,
    ):
        try:
            yield Worker(process, errors)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _environment(state: str) -> dict[str, str]:
    """Nothing of one environment reaches the other; the rig's lock is the benchmark's own."""
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
    return {**kept, "HIL_STATE_DIR": state}
