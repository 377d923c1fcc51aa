"""The whole suite on gateways of other firmware, by hand with `make long`: each has what it had, no test asks for more."""

from pathlib import Path

import pytest

from hil.qualification.defect_runs import rig_with_firmware
from selftest.suite_runs import ROOT, run_suite

FIRMWARE = (
    "6.0.50",
    "6.0.92",
    "7.0.88",
    "7.3.130",
    "7.3.517",
    "7.6.175",
    "8.1.41",
    "8.2.4264",
    "8.3.1598",
    "8.3.5433",
    "8.3.6086",
)
"""Those between which a gateway's pages differ (hil/simulator/generations.py)."""


@pytest.mark.parametrize(
    "on", ["sim-split-phase", "sim-three-phase-emea", "sim-split-phase-generator"]
)
@pytest.mark.parametrize("firmware", FIRMWARE)
def test_every_firmware_passes(firmware: str, on: str, tmp_path: Path) -> None:
    other = rig_with_firmware(on, firmware, tmp_path / "rig", root=ROOT)
    run = run_suite(tmp_path / "run", f"--rig={other}")
    assert run.returncode == 0, run.printed
