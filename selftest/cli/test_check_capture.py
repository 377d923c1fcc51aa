"""`hil check-capture` as it is started: what it prints, and how it ends."""

import json
from pathlib import Path

import pytest

from selftest.cli.commands import hil
from selftest.envoy import made_up


def a_folder(folder: Path, **bodies: object) -> Path:
    folder.mkdir(parents=True)
    (folder / "info").write_text(made_up.info())
    for name, body in bodies.items():
        (folder / name).write_text(body if isinstance(body, str) else json.dumps(body))
    return folder


def test_a_capture_that_is_understood_ends_with_0(tmp_path: Path) -> None:
    site = a_folder(tmp_path / "site", ivp_ensemble_relay=made_up.relay(), ivp_new="")

    ran = hil("check-capture", str(site), cwd=tmp_path)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        f"{site}: firmware 8.2.127, 2 understood, 0 drift, 0 unintelligible, 1 not read",
        "      understood  /info",
        "      understood  /ivp/ensemble/relay",
        "        not read  ivp_new: not known to us",
    ]


def test_drift_ends_with_a_code_of_its_own_and_names_the_place(tmp_path: Path) -> None:
    """Given the folder of several captures."""
    a_folder(tmp_path / "all" / "a", ivp_ensemble_relay=made_up.relay(der4_state=1))
    a_folder(tmp_path / "all" / "b", ivp_ensemble_inventory=made_up.inventory())

    ran = hil("check-capture", str(tmp_path / "all"), "--json", cwd=tmp_path)

    assert ran.returncode == 14
    found = json.loads(ran.stdout)
    assert found["counts"] == {"understood": 3, "drift": 1, "unintelligible": 0, "not read": 0}
    assert found["captures"][0]["bodies"][1] == {
        "file": "ivp_ensemble_relay",
        "path": "/ivp/ensemble/relay",
        "status": None,
        "verdict": "drift",
        "note": "",
        "differences": [{"kind": "unknown", "path": "$.der4_state", "why": ""}],
    }


def test_what_cannot_be_understood_ends_with_1_and_says_why(tmp_path: Path) -> None:
    site = a_folder(tmp_path / "site", ivp_ensemble_relay="{cut", ivp_ensemble_power={"new": 1})

    ran = hil("check-capture", str(site), cwd=tmp_path)

    assert ran.returncode == 1
    assert "unintelligible  /ivp/ensemble/relay: no JSON: " in ran.stdout
    assert "unknown: $.new" in ran.stdout


@pytest.mark.parametrize("name", ["nothing", "strange"])
def test_a_folder_without_captures_is_a_wrong_usage(name: str, tmp_path: Path) -> None:
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "notes").write_text("hello")

    ran = hil("check-capture", name, cwd=tmp_path)

    assert ran.returncode == 2
    assert name in ran.stderr


def test_a_file_among_the_folders_is_passed_over_and_alone_is_a_wrong_usage(tmp_path: Path) -> None:
    """`captures/*` of a shell gives it."""
    a_folder(tmp_path / "site")
    (tmp_path / "index.md").write_text("hello")

    among = hil("check-capture", "index.md", "site", cwd=tmp_path)
    alone = hil("check-capture", "index.md", cwd=tmp_path)

    assert (among.returncode, among.stderr) == (0, "index.md: no folder, passed over\n")
    assert "1 understood, 0 drift" in among.stdout
    assert alone.returncode == 2
    assert "index.md is no folder" in alone.stderr
