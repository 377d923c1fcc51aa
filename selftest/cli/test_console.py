"""`hil console` at a terminal and in a pipe, beside a run and alone."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from hil.simulator.process import simulator
from selftest.cli.commands import at_a_terminal, hil
from selftest.keeper.abort_suite import Desk, abort_desk
from selftest.keeper.test_aborts import KILLS_THE_KEEPER, ended, folder_of, wait_for
from selftest.rig.desk import ENPOWER, FIRST, TRUTH

USING = """
from pathlib import Path
import pytest

@pytest.mark.limit(1e9)  # in virtual time hours pass while somebody starts a command
@pytest.mark.promise("ZB-001")
def test_using(rig):
    battery = rig.encharges[0]
    asked = 0
    while not Path("go").exists():
        exchange = battery.ask("psts")
        assert [line.partition(":")[0] for line in exchange.reply] == [
            "pairing", "zb", "parent", "retries", "OK"
        ], exchange
        asked += 1
        if asked == 3:
            Path("in use").touch()
        rig.clock.sleep(0.1)
    Path("asked").write_text(str(asked))
"""


@contextmanager
def in_use(folder: Path, *, speed: float | None) -> Iterator[Desk]:
    """A rig that a run has, whose test asks a battery all the time."""
    with abort_desk(folder, speed=speed) as desk:
        (folder / "tests" / "zigbee").mkdir(parents=True)
        (folder / "tests" / "zigbee" / "test_using.py").write_text(USING)
        run = desk.start("pass", "-k", "using")
        wait_for(folder / "in use")
        yield desk
        (folder / "go").touch()
        said = ended(run)
        assert "1 passed" in said, said


def test_what_is_typed_goes_between_the_commands_of_a_run(tmp_path: Path) -> None:
    with (
        in_use(tmp_path, speed=5.0) as desk,
        at_a_terminal(
            *("console", "--rig", str(desk.rig_file), "--write", "encharge", "1"), cwd=tmp_path
        ) as terminal,
    ):
        begun = terminal.until("Ctrl-] ends it")
        assert "in use by pytest of " in terminal.shown
        begun = terminal.until("OK", since=begun)  # of what the run asks
        terminal.type("devinfo\r")
        at = begun
        for part in ("devinfo", f"sn: {FIRST}", "part: ", "mac: ", "OK", "psts", "OK"):
            at = terminal.until(part, since=at)
        terminal.type("\x1d")
        assert terminal.end() == 0, terminal.shown
        assert terminal.settings == terminal.before

    events = [
        json.loads(line) for line in (desk.run / "timeline.jsonl").read_text("utf-8").splitlines()
    ]
    own = [
        (event["kind"], event["text"])
        for event in events
        if event["wire"].startswith("encharge") and FIRST in event["wire"]
    ]
    typed = next(at for at, (kind, text) in enumerate(own) if text.endswith("with hil console)"))
    assert own[typed][0] == "→"
    assert own[typed][1].startswith("devinfo (by ")
    heard = "\n".join(text for kind, text in own[typed:] if kind == "←")
    reply = heard[heard.index("devinfo") :]
    assert reply.index(f"sn: {FIRST}") < reply.index("mac: ") < reply.index("psts")


def test_a_piped_command_is_answered_on_a_rig_that_nobody_has(tmp_path: Path) -> None:
    rig_file = tmp_path / "desk.yaml"
    with simulator(TRUTH, speed=5.0, rig_file=rig_file):
        said = hil(
            *("console", "--rig", str(rig_file), "--write", ENPOWER[-4:]),
            given="devinfo\npsts\n",
            cwd=tmp_path,
        )
        assert said.returncode == 0, said.stdout + said.stderr
        assert f"sn: {ENPOWER}\n" in said.stdout, said.stdout
        assert said.stdout.index("mac: ") < said.stdout.index("retries: ")
        assert said.stdout.count("OK\n") == 2
        assert "nobody had rig desk open" in said.stderr

        again = hil("console", "--rig", str(rig_file), "enpower", given="devinfo\n", cwd=tmp_path)
        assert again.returncode == 0, again.stdout + again.stderr
        assert again.stdout == ""
        assert "you only look; --write" in again.stderr


def test_what_an_earlier_run_has_left_stays_as_it_is_and_is_said(tmp_path: Path) -> None:
    with abort_desk(tmp_path, speed=20.0) as desk:
        ended(desk.start(KILLS_THE_KEEPER + "os.kill(os.getpid(), signal.SIGKILL)"))
        left = desk.unsafe_now()
        assert left != []

        said = hil(
            *("console", "--rig", str(desk.rig_file), "--write", "enpower"),
            given="psts\n",
            cwd=tmp_path,
        )

        assert said.returncode == 0, said.stdout + said.stderr
        assert "retries: " in said.stdout
        assert "has not put it back: it stays so; `hil safe` puts it right" in said.stderr
        assert "the mains relay is " in "; ".join(desk.unsafe_now())
        assert (folder_of(desk) / "journal.json").exists()


def test_the_last_lines_of_the_log_come_first(tmp_path: Path) -> None:
    with in_use(tmp_path, speed=None) as desk:
        said = hil(
            *("console", "--rig", str(desk.rig_file), "--last", "5", "enpower"), cwd=tmp_path
        )
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert len(lines) == 5
    assert all(" | " in line for line in lines), lines


def test_a_console_ends_with_its_run_and_says_so(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with in_use(tmp_path, speed=None) as desk:
            terminal = stack.enter_context(
                at_a_terminal("console", "--rig", str(desk.rig_file), FIRST, cwd=tmp_path)
            )
            terminal.until("Ctrl-] ends it")
        assert terminal.end() == 0, terminal.shown
        assert "the rig was given up: its run has ended" in terminal.shown
        assert terminal.settings == terminal.before


def test_in_virtual_time_without_a_run_it_says_that_time_stands_still(tmp_path: Path) -> None:
    with abort_desk(tmp_path) as desk:
        said = hil("console", "--rig", str(desk.rig_file), "enpower", cwd=tmp_path)
    assert said.returncode == 1
    assert "time stands still there" in said.stderr
    assert "hil simulate split-phase --time paced --write-rig desk.yaml" in said.stderr


def test_in_virtual_time_nobody_types_beside_a_run(tmp_path: Path) -> None:
    with in_use(tmp_path, speed=None) as desk:
        said = hil("console", "--rig", str(desk.rig_file), "--write", FIRST, cwd=tmp_path)
    assert said.returncode == 1
    assert "you can only look, without --write" in said.stderr


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("enpowr", "did you mean 'enpower'?"),
        ("encharge 3", "There are: enpower"),
        ("12200000013", "means 2 devices"),
    ],
)
def test_a_wrong_device_is_answered_with_those_there_are(
    given: str, hint: str, tmp_path: Path
) -> None:
    with abort_desk(tmp_path) as desk:
        said = hil("console", "--rig", str(desk.rig_file), given, cwd=tmp_path)
    assert said.returncode == 1
    assert hint in said.stderr
    assert f"encharge 1 ({FIRST})" in said.stderr
