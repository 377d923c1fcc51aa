"""The product suite with its consoles reached in every way there is, on a simulator of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from selftest.ser2net import needs_ser2net, ser2net
from selftest.suite_runs import SuiteRun, run_suite, simulator_process

OWN_PORTS = ("rfc2217", "socket")
"""TCP ports of the simulator itself."""
SER2NET = {"ser2net rfc2217": True, "ser2net raw": False}
"""A real serial server in front of the simulator's terminals; whether it speaks RFC 2217."""

OVER_TCP = [*OWN_PORTS, *(pytest.param(way, marks=needs_ser2net) for way in SER2NET)]

QUICK = ("-m", "paced", "-k", "limit or profile or sealed")
"""The quicker ones of the paced tests, consoles among them."""


@contextmanager
def rig_reached_by(way: str, folder: Path, *options: str) -> Iterator[Path]:
    """The rig file of a simulator whose consoles are reached by `way`: `pty` or one of the above.

    `options` go to the simulator: how its time passes.
    """
    rig_file = folder / "desk.yaml"
    own = way if way in OWN_PORTS else "pty"
    with simulator_process(rig_file, "--console", own, *options):
        described = yaml.safe_load(rig_file.read_text())
        consoles = [device["console"] for device in (described["enpower"], *described["encharges"])]
        ports = [console["port"] for console in consoles]
        assert all(port.startswith("/dev/" if own == "pty" else f"{own}://") for port in ports)
        if way not in SER2NET:
            yield rig_file
            return
        with ser2net(folder, ports, rfc2217=SER2NET[way]) as urls:
            for console, url in zip(consoles, urls, strict=True):
                console["port"] = url
            behind = folder / "behind-ser2net.yaml"
            behind.write_text(yaml.safe_dump(described))
            yield behind


def run_over(way: str, folder: Path, *options: str) -> SuiteRun:
    """Run the suite with `options` in virtual time, its consoles reached by `way`."""
    folder.mkdir(parents=True, exist_ok=True)
    with rig_reached_by(way, folder, "--time", "virtual") as rig_file:
        return run_suite(folder / "run", f"--rig={rig_file}", *options)


def unsettled(run: SuiteRun) -> list[object]:
    """Where bytes that the simulator had counted did not arrive."""
    return [event for event in run.timeline() if "unsettled" in str(event)]
