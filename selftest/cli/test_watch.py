"""`hil watch` beside a run, in a pipe and at a terminal."""

import signal
from pathlib import Path

from selftest.cli.commands import at_a_terminal, hil, in_a_pipe
from selftest.cli.test_console import in_use
from selftest.keeper.abort_suite import abort_desk
from selftest.keeper.test_aborts import wait_for
from selftest.rig.desk import FIRST


def test_in_a_pipe_it_is_a_line_for_each_event_until_the_run_ends(tmp_path: Path) -> None:
    with (
        in_use(tmp_path, speed=None) as desk,
        in_a_pipe("watch", "--rig", str(desk.rig_file), cwd=tmp_path) as watch,
    ):
        assert watch.stdout is not None
        first = watch.stdout.readline()
        assert "rig desk is in use by pytest of " in first, first
        (tmp_path / "go").touch()
        said = watch.stdout.read()
        assert watch.wait() == 0, said
    lines = said.splitlines()
    assert lines[0].startswith("running: tests/zigbee/test_using.py::test_using (since ")
    assert any("· test ended: test_using" in line for line in lines), said
    assert lines[-1] == (
        "rig closes; put back: nothing differed; the rig was given up: its run has ended"
    )


def test_at_a_terminal_it_is_a_picture_and_ctrl_c_leaves_the_run_alone(tmp_path: Path) -> None:
    with (
        in_use(tmp_path, speed=5.0) as desk,
        at_a_terminal("watch", "--rig", str(desk.rig_file), cwd=tmp_path) as terminal,
    ):
        terminal.until("held by pytest of ")
        terminal.until("test_using.py::test_using")
        terminal.until(f"encharge {FIRST}")
        # Of what was asked before anybody watched, and of what is asked now.
        assert "joined (AI 00)" in terminal.shown
        assert "mains relay closed (commanded closed)" in terminal.shown.replace(
            "\x1b[32m", ""
        ).replace("\x1b[0m", "")
        at = terminal.until("retries: 0")
        terminal.until("psts", since=at)
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 0
        assert "the view is ended; the run goes on" in terminal.shown


LEAVES = """
from pathlib import Path
import pytest

@pytest.mark.promise("ZB-001")
def test_leaving(rig):
    rig.envoy.ensemble.open_relay()
    rig.clock.sleep(60)
    Path("has it").touch()
    while True:
        pass
"""


def test_a_run_that_goes_away_without_a_word_is_told_to_the_end(tmp_path: Path) -> None:
    with abort_desk(tmp_path) as desk:
        (tmp_path / "tests" / "zigbee").mkdir(parents=True)
        (tmp_path / "tests" / "zigbee" / "test_leaving.py").write_text(LEAVES)
        run = desk.start("pass", "-k", "leaving")
        wait_for(tmp_path / "has it")
        with at_a_terminal("watch", "--rig", str(desk.rig_file), cwd=tmp_path) as terminal:
            terminal.until("held by pytest of ")
            assert desk.unsafe_now() != []
            run.kill()
            assert terminal.end() == 0
            assert "the rig is safe; accounted for in place of pytest: " in terminal.shown
            assert "0 unaccounted for" in terminal.shown
            assert "the rig was given up: its run has ended" in terminal.shown
            assert desk.unsafe_now() == []


def test_a_rig_that_nobody_has_is_said_to_be_so(tmp_path: Path) -> None:
    with abort_desk(tmp_path) as desk:
        said = hil("watch", "--rig", str(desk.rig_file), cwd=tmp_path)
    assert said.returncode == 1
    assert "nobody has rig desk open" in said.stdout
