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
)


def asked(folder: Path, *options: str) -> tuple[int, str]:
    """Exit code and output of `hil timeline` on a run of two tests."""
    keys = ("rig_s", "wire", "kind", "text", "data")
    lines = [json.dumps(dict(zip(keys, each, strict=True)) | {"wall": 0.0}) for each in EVENTS]
    (folder / "timeline.jsonl").write_text("\n".join(lines), "utf-8")
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
    assert asked(tmp_path, "--test", "two")[0] == 0
    said = said_in(tmp_path)
    assert "GET /first" not in said
    assert "GET /second" in said
    assert "mains relay" in said


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
