"""`hil timeline`: a run's timeline as a page, the whole or a part of it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from hil.cli.main import app

EVENTS: tuple[tuple[float, str, str, str, dict[str, str]], ...] = (
    (1.0, "states", "=", "mains relay: open", {"name": "mains relay", "value": "open"}),
    (2.0, "suite", "·", "test begins: tests/a.py::test_one", {}),
    (3.0, "envoy http", "→", "GET /first", {}),
    (4.0, "suite", "·", "test begins: tests/a.py::test_two", {}),
    (5.0, "envoy http", "→", "GET /second", {}),
    (6.0, "envoy http", "→", "GET /third", {}),
    (6.5, "suite", "!", "call failed: EN-001 · NotInTime: late", {}),
    (7.0, "suite", "·", "test begins: tests/a.py::test_two_more", {}),
)


def written(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    keys = ("rig_s", "wire", "kind", "text", "data")
    lines = [json.dumps(dict(zip(keys, each, strict=True)) | {"wall": 0.0}) for each in EVENTS]
    (folder / "timeline.jsonl").write_text("\n".join(lines), "utf-8")


def asked(folder: Path, *options: str) -> tuple[int, str]:
    """Exit code and output of `hil timeline` on a run of three tests."""
    written(folder)
    ended = CliRunner().invoke(app, ["timeline", str(folder), *options])
    return ended.exit_code, ended.output


def said_in(folder: Path) -> str:
    return (folder / "timeline.html").read_text("utf-8")


def test_the_whole_run_is_one_page(tmp_path: Path) -> None:
    code, output = asked(tmp_path)
    assert (code, output.strip()) == (0, f"timeline: {tmp_path / 'timeline.html'}")
    assert all(text in said_in(tmp_path) for text in ("GET /first", "GET /second", "GET /third"))


def test_a_test_is_shown_from_its_beginning_to_the_next_with_how_the_rig_was_before(
    tmp_path: Path,
) -> None:
    assert asked(tmp_path, "--test", "test_two") == (0, f"timeline: {tmp_path / 'timeline.html'}\n")
    said = said_in(tmp_path)
    assert "GET /first" not in said
    assert "GET /second" in said
    assert "test_two_more" not in said
    assert "mains relay" in said
    assert '"failure":{"rig_s":6.5,"headline":"EN-001 \\u00b7 NotInTime: late"}' in said
    assert '"failure":null' in (asked(tmp_path, "--test", "one") and said_in(tmp_path))


def test_a_text_that_several_tests_hold_shows_the_first_and_names_the_others(
    tmp_path: Path,
) -> None:
    code, output = asked(tmp_path, "--test", "wo")
    assert code == 0
    assert output.startswith(
        "not shown, though 'wo' is in its id too: tests/a.py::test_two_more\ntimeline: "
    )
    assert "GET /second" in said_in(tmp_path)


def test_of_a_run_in_several_processes_a_test_is_found_and_the_whole_is_not_mixed(
    tmp_path: Path,
) -> None:
    for process in ("gw0", "gw1"):
        written(tmp_path / process)
    whole = CliRunner().invoke(app, ["timeline", str(tmp_path)])
    assert whole.exit_code == 1
    assert f"the folder of one: {tmp_path / 'gw0'}, {tmp_path / 'gw1'}" in " ".join(
        whole.output.split()
    )
    one = CliRunner().invoke(app, ["timeline", str(tmp_path), "--test", "test_one"])
    assert one.exit_code == 0, one.output
    assert "GET /first" in said_in(tmp_path)


def test_a_part_is_taken_by_rig_seconds(tmp_path: Path) -> None:
    assert asked(tmp_path, "--from", "4.5", "--to", "5.5")[0] == 0
    said = said_in(tmp_path)
    assert "GET /second" in said
    assert "GET /first" not in said
    assert "GET /third" not in said


def test_what_is_not_there_is_said_with_what_is(tmp_path: Path) -> None:
    code, output = asked(tmp_path, "--test", "three")
    assert code == 1
    assert "no test in" in str(output)
    assert "tests/a.py::test_two" in output
    assert asked(tmp_path, "--from", "99")[0] == 1
    assert CliRunner().invoke(app, ["timeline", str(tmp_path / "none")]).exit_code == 1
