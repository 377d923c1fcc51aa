"""A real pdudaemon, for selftests; the units it switches are lines in a file."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from selftest.ser2net import wait_for

UNIT, BROKEN_UNIT = "pdu-4", "pdu-5"

_FOUND = shutil.which("pdudaemon") or shutil.which(
    "pdudaemon", path=str(Path(sys.executable).parent)
)

needs_pdudaemon = pytest.mark.skipif(
    _FOUND is None,
    reason="pdudaemon is not on PATH (pip install pdudaemon, which builds on libsystemd)",
)


@dataclass(frozen=True)
class RealDaemon:
    """Where it is reached, and what its unit was told."""

    url: str
    told: Path

    def switched(self) -> list[str]:
        """`on 1`, `off 1`, … in the order in which the unit was told."""
        return self.told.read_text().splitlines() if self.told.exists() else []


@contextmanager
def pdudaemon(folder: Path) -> Iterator[RealDaemon]:
    """Run the daemon while the block lasts, with a unit that obeys and one that does not."""
    assert _FOUND is not None
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    told = folder / "unit-was-told"
    units: dict[str, dict[str, object]] = {
        UNIT: {"cmd_on": f"echo on %s >> '{told}'", "cmd_off": f"echo off %s >> '{told}'"},
        # No place for the outlet's number: the driver fails before it runs anything.
        BROKEN_UNIT: {"cmd_on": "true", "cmd_off": "true", "retries": 2, "retrydelay": 0},
    }
    config = folder / "pdudaemon.json"
    config.write_text(
        json.dumps(
            {
                "daemon": {"hostname": "127.0.0.1", "port": port, "listener": "http"},
                "pdus": {name: {"driver": "localcmdline", **unit} for name, unit in units.items()},
            }
        )
    )
    with (folder / "pdudaemon.log").open("wb") as log:
        process = subprocess.Popen(
            [_FOUND, "--conf", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        wait_for(port)
        yield RealDaemon(f"http://127.0.0.1:{port}", told)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
