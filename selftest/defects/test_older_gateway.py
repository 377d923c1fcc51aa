"""What holds for a gateway before 6.0.92 only, on a site that has one: kept. (Its defect is met with the others.)"""

from pathlib import Path

import pytest

from selftest.suite_runs import ROOT, run_suite

PROVISIONING = str(ROOT / "tests" / "zigbee" / "test_provisioning.py")


@pytest.fixture
def older_rig(tmp_path: Path) -> str:
    """The default site with an older gateway."""
    site = (ROOT / "sites" / "split-phase.yaml").read_text("utf-8")
    older = site.replace("firmware: D8.2.127\n  other_firmware: D8.2.4264", "firmware: D6.0.50")
    (tmp_path / "older.yaml").write_text(older, "utf-8")
    path = tmp_path / "sim-older.yaml"
    path.write_text("name: sim-older\nsimulate: older.yaml\n", "utf-8")
    return str(path)


def test_a_list_of_serial_numbers_deletes_nothing_there(older_rig: str, tmp_path: Path) -> None:
    run = run_suite(tmp_path / "run", "--rig", older_rig, PROVISIONING)

    assert [outcome.message for outcome in run.failed] == []
    passed = {outcome.name for outcome in run.outcomes if outcome.passed}
    assert "test_an_older_gateway_deletes_nothing_of_a_list" in passed
    assert "rig sim-older cannot do: list_delete" in run.printed
