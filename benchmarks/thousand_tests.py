"""How long the report of a thousand tests takes to build, with the evidence of a real night.

The suite is run once on the simulated rig; its results, its plan and its progress are then laid
beside themselves under other names, until there are a thousand.
"""

import json
import resource
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.figures import Table, spread

ROOT = Path(__file__).parents[1]


def measure(tests: int, times: int) -> list[Table]:
    """Build the report of so many tests, so many times."""
    with TemporaryDirectory(prefix="hil-thousand-") as folder:
        night, large = Path(folder) / "night", Path(folder) / "large"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", f"--run-dir={night}"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        count = _multiply(night, large, tests)
        subprocess.run([sys.executable, "-m", "hil", "report", str(night)], check=True)  # installs
        taken, processor, said = [], [], ""
        for _ in range(times):
            began_s, used_s = time.monotonic(), _used_s()
            said = subprocess.run(
                [sys.executable, "-m", "hil", "report", str(large)],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            ).stdout
            taken.append(time.monotonic() - began_s)
            processor.append(_used_s() - used_s)
        results = large / "allure-results"
        files = list(results.iterdir())
        megabytes = sum(path.stat().st_size for path in files) / 1e6
    table = Table(
        "The report of a thousand tests with evidence",
        ("tests", "files of evidence and results", "MB", "`hil report`, s", "of the processor, s"),
        [
            (
                str(count),
                str(len(files)),
                f"{megabytes:.0f}",
                f"{spread(taken):.1f}",
                f"{spread(processor):.1f}",
            )
        ],
        [f"What it said: {said.splitlines()[1]}. Asked for: under 20 s."],
    )
    return [table]


def _used_s() -> float:
    """Processor seconds of everything that was started here and has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _multiply(night: Path, large: Path, tests: int) -> int:
    """Make `large` a run of at least so many tests out of `night`; how many it has."""
    plan = json.loads((night / "plan.json").read_text("utf-8"))
    lines = [
        json.loads(line)
        for line in (night / "progress.jsonl").read_text("utf-8").split("\n")
        if line
    ]
    copies = -(-tests // len(plan["tests"]))
    (large / "allure-results").mkdir(parents=True)
    planned, progress = [], [line for line in lines if line["what"] == "opened"]
    for copy in range(copies):
        for place, test in enumerate(plan["tests"]):
            planned.append(_renamed(test, copy))
            moved = copy * len(plan["tests"]) + place
            for line in lines:
                if line.get("test") == place:
                    named = f"{line['nodeid']}-{copy}"
                    new = {**line, "test": moved, "nodeid": named}
                    if "uuid" in line:
                        new["uuid"] = _other(line["uuid"], copy)
                    progress.append(new)
        _copy_results(night / "allure-results", large / "allure-results", copy)
    progress += [line for line in lines if line["what"] == "over"]
    (large / "plan.json").write_text(
        json.dumps({**plan, "run": "large", "tests": planned}), "utf-8"
    )
    (large / "progress.jsonl").write_text("\n".join(map(json.dumps, progress)), "utf-8")
    with (large / "timeline.jsonl").open("wb") as timeline:
        for _ in range(copies):
            timeline.write((night / "timeline.jsonl").read_bytes())
    return len(planned)


def _renamed(test: dict[str, Any], copy: int) -> dict[str, Any]:
    result = dict(test["result"])
    result["historyId"] = f"{result['historyId']}-{copy}"
    result["fullName"] = f"{result['fullName']}_{copy}"
    return {**test, "nodeid": f"{test['nodeid']}-{copy}", "result": result}


def _copy_results(results: Path, to: Path, copy: int) -> None:
    for path in results.iterdir():
        if "-attachment." in path.name:
            shutil.copyfile(path, to / f"{copy}-{path.name}")
        elif path.name.endswith("-result.json"):
            found = json.loads(path.read_text("utf-8"))
            found["uuid"] = _other(found["uuid"], copy)
            found["historyId"] = f"{found['historyId']}-{copy}"
            found["fullName"] = f"{found['fullName']}_{copy}"
            for attachment in found.get("attachments", []):
                attachment["source"] = f"{copy}-{attachment['source']}"
            (to / f"{found['uuid']}-result.json").write_text(json.dumps(found), "utf-8")
        elif path.name.endswith("-container.json"):
            found = json.loads(path.read_text("utf-8"))
            found["uuid"] = _other(found["uuid"], copy)
            found["children"] = [_other(child, copy) for child in found.get("children", [])]
            (to / f"{found['uuid']}-container.json").write_text(json.dumps(found), "utf-8")


def _other(name: str, copy: int) -> str:
    return str(uuid.uuid5(uuid.UUID(name), str(copy)))
