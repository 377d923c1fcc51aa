"""`hil shell`: a rig in a person's hands, put back when they leave it."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from selftest.cli.commands import at_a_terminal, hil
from selftest.keeper.abort_suite import Desk, abort_desk
from selftest.rig.desk import FIRST


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with abort_desk(tmp_path) as desk:
        yield desk


PROMPT = "In [" if find_spec("IPython") else ">>> "
OPENS = "envoy.ensemble.open_relay(); encharges[0].ask('zb at DJ 1')"


def test_a_script_finds_the_rig_and_leaves_it_as_it_was(desk: Desk) -> None:
    said = hil(
        *("shell", "--rig", str(desk.rig_file), "-c"),
        f"{OPENS}; print('opened', rig.description.name, encharges[0].serial_number)",
        cwd=desk.folder,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout == f"opened desk {FIRST}\n"
    assert desk.unsafe_now() == []
    timelines = list((desk.folder / "runs").glob("*-desk-shell/timeline.jsonl"))
    assert "put back: " in timelines[0].read_text("utf-8")


def test_an_exception_leaves_it_as_it_was(desk: Desk) -> None:
    said = hil(*("shell", "--rig", str(desk.rig_file), "-c", f"{OPENS}; 1 / 0"), cwd=desk.folder)
    assert said.returncode == 1
    assert "ZeroDivisionError" in said.stderr
    assert desk.unsafe_now() == []


def test_a_person_types_and_leaves_with_ctrl_d(desk: Desk) -> None:
    with at_a_terminal("shell", "--rig", str(desk.rig_file), cwd=desk.folder) as terminal:
        terminal.until("it is put back when you leave (Ctrl-D)")
        at = terminal.until(PROMPT)
        for typed, answer in (
            (OPENS, "AT DJ=1 OK"),
            ("1 / 0", "ZeroDivisionError"),
            ("print(enpower.ask('psts').end, clock.now() > 0)", "OK True"),
        ):
            terminal.type(f"{typed}\r")
            at = terminal.until(PROMPT, since=terminal.until(answer, since=at))
        terminal.type("\x04")
        assert terminal.end() == 0, terminal.shown
        assert "the rig is being put back" in terminal.shown
    assert desk.unsafe_now() == []
