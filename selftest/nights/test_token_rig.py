"""The shipped rig whose gateway wants a token: who is let in is tested there, and no token is written down."""

import re
from pathlib import Path

from selftest.suite_runs import run_suite

TOKEN = re.compile(r"eyJ[\w-]{8}")
"""How each begins, and what comes next."""
COOKIE = re.compile(r"sessionId=(?!‹hidden›)")


def test_every_test_of_who_is_let_in_runs_there_and_tells_no_token(tmp_path: Path) -> None:
    run = run_suite(tmp_path / "run", "--rig=sim-split-phase-token", "tests/gateway/test_access.py")

    assert run.returncode == 0, run.printed
    assert [each.name for each in run.outcomes if not each.passed] == []
    assert "GET /auth/check_jwt" in (run.directory / "timeline.jsonl").read_text("utf-8")
    written = {str(path): path.read_text("utf-8", "replace") for path in files_of(run.directory)}
    shown = {"the terminal": run.printed, **written}
    assert [name for name, text in shown.items() if TOKEN.search(text) or COOKIE.search(text)] == []


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
