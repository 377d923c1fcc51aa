"""`hil rigs`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hil.cli.main import app
from selftest.capture.simulated import captured, site_of

CHECKOUT = Path(__file__).parents[2]
BENCH = (CHECKOUT / "rigs" / "bench-example.yaml").read_text(encoding="utf-8")
SITE = CHECKOUT / "sites" / "split-phase.yaml"
WIDE = {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a bench of one's own and a simulated rig, both right."""
    (tmp_path / "local-desk.yaml").write_text(
        BENCH.replace("name: bench-example", "name: desk"), encoding="utf-8"
    )
    (tmp_path / "sim-split-phase.yaml").write_text(
        f"name: sim-split-phase\nsimulate: {os.path.relpath(SITE, tmp_path)}\n", encoding="utf-8"
    )
    return tmp_path


def hil_rigs(folder: Path) -> tuple[int, list[list[str]], str]:
    """Exit code, the rows of the table, and everything that was printed."""
    result = CliRunner().invoke(app, ["rigs", "--folder", str(folder)], env=WIDE)
    rows = [
        [cell.strip() for cell in line.strip("│| ").replace("|", "│").split("│")]
        for line in result.output.splitlines()
        if line.startswith(("│", "|"))
    ]
    return result.exit_code, rows, result.output


def test_it_lists_every_rig_with_its_kind_gateway_and_devices(folder: Path) -> None:
    code, rows, printed = hil_rigs(folder)

    assert rows == [
        [
            "local-desk",
            "bench",
            "https://192.0.2.10 (122000007001)",
            "Enpower, 2 Encharge, 2 inverters",
            "ok",
        ],
        [
            "sim-split-phase",
            "simulated",
            "site split-phase",
            "Enpower, 2 Encharge, 4 inverters",
            "ok",
        ],
    ]
    assert printed.splitlines()[-1] == f"2 in {folder}: all ok; secrets: not read"
    assert code == 0


def test_a_wrong_file_is_listed_with_its_message_whole_and_fails_the_command(folder: Path) -> None:
    wrong = folder / "bench-08.yaml"
    wrong.write_text(BENCH.replace("baud:", "braud:"), encoding="utf-8")

    line = wrong.read_text("utf-8").partition("braud:")[0].count("\n") + 1

    code, rows, printed = hil_rigs(folder)

    assert rows[0] == ["bench-08", "", "", "", "wrong"]
    assert [row[-1] for row in rows[1:]] == ["ok", "ok"]
    assert printed.splitlines()[-2:] == [
        f"{wrong}:{line}: enpower.console: unknown key 'braud'; did you mean 'baud'?",
        f"3 in {folder}: 1 wrong; secrets: not read",
    ]
    assert code == 1


def test_a_simulated_rig_is_wrong_when_its_site_is(folder: Path) -> None:
    (folder / "sim-split-phase.yaml").write_text(
        "name: sim\nsimulate: nowhere.yaml\n", encoding="utf-8"
    )

    code, rows, printed = hil_rigs(folder)

    assert rows[1] == ["sim-split-phase", "", "", "", "wrong"]
    assert f"no site file {folder}/nowhere.yaml; there are: " in printed
    assert code == 1


def test_a_copy_that_kept_its_name_is_wrong(folder: Path) -> None:
    (folder / "zz-copy.yaml").write_text(
        (folder / "local-desk.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )

    code, rows, printed = hil_rigs(folder)

    assert [row[-1] for row in rows] == ["ok", "ok", "wrong"]
    assert "zz-copy.yaml: name: 'desk' is the name in local-desk.yaml already\n" in printed
    assert code == 1


def test_no_folder_is_told_in_one_line_and_no_traceback(tmp_path: Path) -> None:
    code, _, printed = hil_rigs(tmp_path / "rigs")

    assert printed == f"no folder {tmp_path}/rigs; run this in the checkout, or give --folder\n"
    assert code == 1


def test_an_empty_folder_is_told_so(tmp_path: Path) -> None:
    code, _, printed = hil_rigs(tmp_path)

    assert printed == f"no rig files (*.yaml) in {tmp_path}; rigs/README.md says how to write one\n"
    assert code == 1


def test_every_rig_that_is_shipped_is_right_as_a_command_from_the_checkout() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "hil", "rigs"],
        cwd=CHECKOUT,
        env=os.environ | WIDE,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.stderr == ""
    assert "bench-example" in ended.stdout
    assert "sim-split-phase" in ended.stdout
    assert ended.stdout.rstrip().endswith("all ok; secrets: not read")
    assert ended.returncode == 0


def test_a_simulated_rig_without_a_switch_and_one_of_a_capture_are_listed(tmp_path: Path) -> None:
    site = os.path.relpath(CHECKOUT / "sites" / "battery-only.yaml", tmp_path)
    (tmp_path / "sim-battery-only.yaml").write_text(
        f"name: sim-battery-only\nsimulate: {site}\n", encoding="utf-8"
    )
    captured(site_of("split-phase"), tmp_path / "field")
    (tmp_path / "sim-field.yaml").write_text("name: sim-field\nsimulate: field\n", "utf-8")

    code, rows, printed = hil_rigs(tmp_path)

    assert code == 0, printed
    assert [row[2:] for row in rows] == [
        ["site battery-only", "2 Encharge, 0 inverters", "ok"],
        ["capture field", "Enpower, 2 Encharge, 4 inverters", "ok"],
    ]
