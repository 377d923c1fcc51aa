"""A run that is told to stop in the middle: the rig is put back, every test is accounted for."""

import json
import os
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from selftest.suite_runs import OBEYING_PYTEST, ROOT

VICTIM = "test_commanded_open_the_relay_opens_into_an_island_in_step"


@pytest.mark.parametrize(
    "numbers",
    [[signal.SIGINT], [signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT, signal.SIGTERM]],
    ids=lambda numbers: "+".join(number.name for number in numbers),
)
def test_the_rig_is_put_back_and_every_test_accounted_for(
    numbers: list[signal.Signals], tmp_path: Path
) -> None:
    run = subprocess.Popen(
        [
            *OBEYING_PYTEST,
            "-v",
            "--run-dir",
            str(tmp_path / "run"),
            *("tests/ensemble/test_mains_relay.py", "tests/ensemble/test_outage.py"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert run.stdout is not None
    said = ""
    while VICTIM not in said:  # its name is printed as it begins
        said += (last := run.stdout.read(1))
        assert last, said
    # Now wait for it to be in the middle: the relay has been told to open.
    timeline = tmp_path / "run" / "timeline.jsonl"
    while not timeline.exists() or b"POST /ivp/ensemble/relay" not in timeline.read_bytes():
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(0.1)
    for number in numbers:
        run.send_signal(number)
    said += run.stdout.read()
    run.stdout.close()

    assert run.wait() == 2, f"{run.returncode}\n{said}"
    assert ("again: the rig is being put back" in said) is (len(numbers) > 1), said
    results = [json.loads(path.read_text()) for path in (tmp_path / "run").rglob("*-result.json")]
    counted = Counter(result["status"] for result in results)
    assert counted["broken"] == 1, said
    collected = int(re.findall(r"collected (\d+) items", said)[0])
    assert sum(counted.values()) == collected, counted
    assert counted["unknown"] >= 1, counted
    ended = [json.loads(line)["text"] for line in timeline.read_text("utf-8").splitlines()]
    assert any(text.startswith("rig closes; put back: ") for text in ended)
