"""What only an older gateway does or lacks. (Its defect is met with the others, whole nights by hand.)"""

from pathlib import Path

import pytest

from hil.qualification.defect_runs import rig_with_firmware
from selftest.suite_runs import ROOT, run_suite

PROVISIONING = str(ROOT / "tests" / "zigbee" / "test_provisioning.py")
SETTINGS = str(ROOT / "tests" / "site_settings")


@pytest.fixture
def older_rig(tmp_path: Path) -> str:
    """The default site with an older gateway."""
    return str(rig_with_firmware("sim-split-phase", "6.0.50", tmp_path, root=ROOT))


def test_a_list_of_serial_numbers_deletes_nothing_there(older_rig: str, tmp_path: Path) -> None:
    run = run_suite(tmp_path / "run", "--rig", older_rig, PROVISIONING)

    assert [outcome.message for outcome in run.failed] == []
    passed = {outcome.name for outcome in run.outcomes if outcome.passed}
    assert "test_an_older_gateway_deletes_nothing_of_a_list" in passed
    assert "rig sim-other-firmware cannot do: list_delete" in run.printed


def test_a_tariff_of_rates_alone_is_held_to_what_it_has(older_rig: str, tmp_path: Path) -> None:
    run = run_suite(tmp_path / "run", "--rig", older_rig, SETTINGS, "-k", "tariff or reserve")

    assert [outcome.message for outcome in run.failed] == []
    ran = {outcome.name: outcome for outcome in run.outcomes}
    assert ran["test_tariffs_are_stored_or_refused"].passed
    assert not ran["test_the_reserve_of_the_tariff_is_the_one_in_force"].passed
    assert "this firmware's says nothing about the batteries" in run.printed
