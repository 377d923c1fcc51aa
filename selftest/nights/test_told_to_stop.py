"""A run that is told to stop in the middle: the rig is put back, every test is accounted for."""

import json
import os
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from selftest.nights import stopping
from selftest.suite_runs import OBEYING_PYTEST, ROOT


@pytest.mark.parametrize(
    "numbers",
    [[signal.SIGINT], [signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT, signal.SIGTERM]],
    ids=lambda numbers: "+".join(number.name for number in numbers),
)
def test_the_rig_is_put_back_and_every_test_accounted_for(
    numbers: list[signal.Signals], tmp_path: Path
) -> None:
    run = subprocess.run(
        [
            *OBEYING_PYTEST,
            *("-v", "-p", stopping.__name__, "--run-dir", str(tmp_path / "run")),
            *("tests/ensemble/test_mains_relay.py", "tests/ensemble/test_outage.py"),
        ],
        cwd=ROOT,
        env={**os.environ, stopping.NUMBERS: " ".join(str(int(each)) for each in numbers)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said, timeline = run.stdout, tmp_path / "run" / "timeline.jsonl"

    assert run.returncode == 2, f"{run.returncode}\n{said}"
    assert ("again: the rig is being put back" in said) is (len(numbers) > 1), said
    results = [json.loads(path.read_text()) for path in (tmp_path / "run").rglob("*-result.json")]
    counted = Counter(result["status"] for result in results)
    assert counted["broken"] == 1, said
    collected = int(re.findall(r"collected (\d+) items", said)[0])
    assert sum(counted.values()) == collected, counted
    assert counted["unknown"] >= 1, counted
    ended = [json.loads(line)["text"] for line in timeline.read_text("utf-8").splitlines()]
    assert any(text.startswith("rig closes; put back: ") for text in ended)
