"""Running the product suite as a user does: a pytest of its own, its files looked at afterwards."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hil.qualification import suite_run
from hil.qualification.suite_run import LEAN, Outcome, SuiteRun

__all__ = ["LEAN", "Outcome", "SuiteRun"]

ROOT = Path(__file__).parents[1]

OBEYING_PYTEST = (
    sys.executable,
    "-c",
    """
import signal, sys, pytest
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
sys.path.insert(0, "")
sys.exit(pytest.main())
""",
)
"""`python -m pytest` that obeys signals: whoever started us (a script's job in the background) may
have chosen to ignore them, and a run inherits that."""


def run_suite(directory: Path, *options: str) -> SuiteRun:
    """Run `pytest` with `options` in a process of its own; logs and results go to `directory`."""
    return suite_run.run_suite(ROOT, directory, *options)


def promises_of_tests() -> dict[str, str | None]:
    """The promise of every product test, by node id."""
    return suite_run.promises_of_tests(ROOT)


_MASKED = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"/dev/pts/\d+"), "/dev/pts/N"),
    (re.compile(r"‹secret [0-9a-f]{6}›"), "‹secret›"),  # salted by each process
    (re.compile(r"in \d+\.\d+ s of wall time"), "in T of wall time"),
)


def masked(event: dict[str, object]) -> str:
    """An event without what may differ between two runs alike: wall time, ports, nonces."""
    text = json.dumps(
        {key: value for key, value in event.items() if key != "wall"}, ensure_ascii=False
    )
    for pattern, instead in _MASKED:
        text = pattern.sub(instead, text)
    return text


@contextmanager
def simulator_process(rig_file: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`hil simulate split-phase` as a process that the suite did not start."""
    command = [sys.executable, "-m", "hil", "simulate", "split-phase", "--write-rig", str(rig_file)]
    process = subprocess.Popen(
        [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    too_long = threading.Timer(60, process.kill)
    too_long.start()
    try:
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("ready"):
                break
        else:
            raise AssertionError(f"the simulator did not start: {said}")
        too_long.cancel()
        yield process
    finally:
        too_long.cancel()
        process.terminate()
        process.wait(10)
        process.stdout.close()
