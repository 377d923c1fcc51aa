"""A forked process of a rig is as one that an interpreter was started for."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "starter", [("hil.rig.processes", "by_interpreter"), ("hil.qualification.forked", "by_fork")]
)
def test_a_process_is_started_alike(starter: tuple[str, str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    started = subprocess.run(
        [sys.executable, "-m", "selftest.qualification.start_one", *starter, str(log)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr
    assert json.loads(started.stdout) == {
        "words": ["--who", "me"],
        "own session": True,
        "descriptors": [],
        "told to stop": True,
        "strict": False,
        "name": "__main__",
        "echoed": "typed",
        "status": 3,
        "killed": -signal.SIGKILL,
    }
    assert log.read_text() == "to the log\nto the log\n"
