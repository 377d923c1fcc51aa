"""A suite whose only test leaves the rig as unsafe as can be, and ends in one of many ways."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hil.simulator.process import Running, simulator
from hil.simulator.relay_states import RelayState
from selftest.rig.desk import TRUTH
from selftest.suite_runs import OBEYING_PYTEST, ROOT

CONFTEST = """
import os
import signal
import sys
from pathlib import Path

import pytest

pytest_plugins = ["hil.plugin.hooks", "hil.plugin.fixtures"]

LIMIT = {
    "PEL": True, "Hard_PEL": False, "Soft_PEL": True, "Export_Limit_Type": "Aggregate",
    "percent": False, "apparent": False, "PEL_Limit": 1234.0, "Comm_Time_Loss": 0.0,
    "Resp_Time_SoftPEL": 0.0, "Resp_Time_HardPEL": 0.0, "msReset_HardPEL": 0.0, "PEL_db": 0.0,
}

@pytest.fixture
def unsafe(rig):
    "The site an island by command, a battery off the network, its power cut, a limit written."
    rig.encharges[0].drop_from_network()
    rig.envoy.ensemble.open_relay()
    rig.envoy.site_settings.pel.write(LIMIT)
    rig.power_switch.off(rig.encharges[1].serial_number)
    Path("unsafe").write_text(str(rig.clock.now()))
    return rig
"""

PROMISES = """
promises:
  - {id: ZB-001, sentence: The rig is left safe., source: here, grade: seed}
"""


@dataclass
class Desk:
    """A simulator in this process, whose site can be asked how it is; and a suite for it."""

    folder: Path
    running: Running
    rig_file: Path
    processes: list["subprocess.Popen[str]"] = field(default_factory=list)

    def change(self, **keys: Any) -> None:
        """Write keys of the rig file."""
        described = yaml.safe_load(self.rig_file.read_text())
        self.rig_file.write_text(yaml.safe_dump(described | keys))

    def start(
        self, body: str, *options: str, setup: str = "", marks: str = "", run: str = "run"
    ) -> "subprocess.Popen[str]":
        """Run a pytest whose test is `body`, in a world that is unsafe; `setup` in a fixture."""
        tests = self.folder / "tests" / "zigbee"
        tests.mkdir(parents=True, exist_ok=True)
        lines = body.strip().splitlines()
        (tests / "test_abort.py").write_text(
            "import os, signal, sys, time\nfrom pathlib import Path\nimport pytest\n"
            "@pytest.fixture\ndef world(unsafe):\n"
            + "".join(f"    {line}\n" for line in setup.strip().splitlines())
            + "    yield unsafe\n"
            f'{marks}\n@pytest.mark.promise("ZB-001")\ndef test_abort(world):\n'
            + "".join(f"    {line}\n" for line in lines)
            + '@pytest.mark.promise("ZB-001")\ndef test_after(rig):\n    pass\n'
        )
        process = subprocess.Popen(
            [
                *OBEYING_PYTEST,
                *(
                    "-p",
                    "no:cacheprovider",
                    f"--rig={self.rig_file}",
                    f"--run-dir={self.folder / run}",
                ),
                *options,
            ],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    @property
    def run(self) -> Path:
        return self.folder / "run"

    def in_report(self, run: str = "run") -> dict[str, tuple[str, str]]:
        """Status and blame of each test in the Allure results of a run, by its name.

        Asserts that each planned test is there once, as in Allure's history, and nothing else.
        """
        folder = self.folder / run
        planned = json.loads((folder / "plan.json").read_text("utf-8"))["tests"]
        results = [json.loads(path.read_text("utf-8")) for path in _results(folder)]
        assert sorted(each["historyId"] for each in results) == sorted(
            test["result"]["historyId"] for test in planned
        )
        found = {}
        for result in results:
            labels = {label["name"]: label["value"] for label in result["labels"]}
            assert {labels["promise"], labels["rig"]} == {"ZB-001", "desk"}
            name = result["fullName"].rpartition("#")[2]
            found[name] = (result["status"], labels.get("blame", ""))
        return found

    def unaccounted(self, run: str = "run") -> int:
        """How many tests a run could not account for, by its own word."""
        told = json.loads((self.folder / run / "promises.json").read_text("utf-8"))
        (count,) = re.findall(r"(\d+) unaccounted for", told["accounted_for"])
        return int(count)

    def figures(self, kind: str, *, freed_wall: float, run: str = "run") -> None:
        """Note what docs/aborts.md shows of this kind of abort, where $HIL_ABORT_FIGURES says."""
        if (path := os.environ.get("HIL_ABORT_FIGURES")) is None:
            return
        began = self.folder / "unsafe"
        timelines = sorted((self.folder / run).rglob("timeline.jsonl"))  # xdist: one each
        lines = timelines[0].read_text("utf-8").splitlines()
        ends = ("the rig is safe", "put back: ", "left by an earlier run, put right")
        safe_s = [e["rig_s"] for e in map(json.loads, lines) if e["text"].startswith(ends)]
        figure = {
            "kind": kind,
            "unsafe": self.unsafe_now(),
            "rig_s": max(safe_s) - float(began.read_text()) if safe_s else None,
            "wall_s": freed_wall - began.stat().st_mtime,
            "in_report": {name: list(how) for name, how in self.in_report(run).items()},
            "unaccounted": self.unaccounted(run),
        }
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(figure) + "\n")

    def unsafe_now(self) -> list[str]:
        """What is not safe about the site, from the inside of the simulator."""
        site = self.running.simulation.site
        with self.running.simulation.changed:
            found: list[str] = []
            if site.relay.state is not RelayState.ON_GRID:
                found.append(f"the mains relay is {site.relay.state}")
            found += [
                f"{name} is {node.state}"
                for name, node in site.nodes.items()
                if not node.operational
            ]
            found += [
                f"{name} logs what it does" for name, node in site.nodes.items() if node.verbose
            ]
            if site.settings.pel.model_dump().get("PEL"):
                found.append("the limit is still there")
        return found


def _results(run_dir: Path) -> list[Path]:
    return list((run_dir / "allure-results").glob("*-result.json"))


@contextmanager
def abort_desk(folder: Path, *, speed: float | None = None) -> Iterator[Desk]:
    """A desk rig with that suite; time is virtual, or paced at `speed`."""
    (folder / "docs").mkdir()
    (folder / "docs" / "promises.yaml").write_text(PROMISES)
    (folder / "rigs").mkdir()
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text((ROOT / "pytest.ini").read_text())
    (folder / "known-bugs.yaml").write_text("known_bugs: []\n")
    with simulator(TRUTH, speed=speed, rig_file=folder / "desk.yaml") as running:
        desk = Desk(folder, running, folder / "desk.yaml")
        try:
            yield desk
        finally:
            for process in desk.processes:
                process.kill()
                process.wait()
                assert process.stdout is not None
                process.stdout.close()
