"""However a run ends, the rig is safe afterwards and free again: asked from inside the simulator."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.qualification.conclusion import complete
from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile
from hil.rig.rig_folder import holder_of, rig_folder, state_root
from hil.transports.keeper_link import KeeperLink
from selftest.keeper.abort_suite import Desk, abort_desk
from selftest.rig.desk import FIRST


def tells(name: str, *, times: int = 1, rig: str = "world") -> str:
    """The test is told to stop by a signal, and then looks at the rig."""
    told = f"for _ in range({times}): os.kill(os.getpid(), signal.{name})"
    return f"{told}\n{rig}.clock.sleep(10)"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with abort_desk(tmp_path) as desk:
        yield desk


def folder_of(desk: Desk) -> Path:
    description = load_rig(str(desk.rig_file), desk.folder)
    assert isinstance(description, RigFile)
    return rig_folder(description, state_root())


KILLS_THE_KEEPER = """
os.kill(world.link.hello["holder"]["keeper"], signal.SIGKILL)
"""


def wait_for(path: Path) -> None:
    """Until another process has made this file."""
    until_s = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until_s, f"no {path}"


def wait_for_the_keeper(desk: Desk) -> None:
    """Until whoever keeps the rig has let go of it."""
    while (holder := holder_of(folder_of(desk))) is not None:
        try:
            link = KeeperLink(Path(holder.socket), role="watch", who="selftest")
        except Exception:  # noqa: BLE001 - it has just ended
            continue
        link.wait_for_the_end(60)
        link.close()


def noted(desk: Desk) -> list[str]:
    lines = (desk.run / "timeline.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def ended(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    said = process.stdout.read()
    process.wait()
    return said


HANGS = "while True: pass"

ABORTED = {"test_abort": ("broken", "aborted"), "test_after": ("unknown", "not run")}
"""What the report says of both tests when the run ended in the first."""

GOES_ON = {"test_abort": ("broken", "rig"), "test_after": ("passed", "")}

ENDS_WITH = {
    "os._exit": 3,
    "kill -9": -signal.SIGKILL,
    "a hung test, pytest-timeout by thread": 1,  # its own: it calls os._exit(1)
    "a hung test, pytest-timeout by signal": 10,
}
"""The exit code that whoever started pytest sees; 2, interrupted, where nothing else is here."""

ABORTS = {
    "Ctrl-C in a test": {"body": tells("SIGINT")},
    "Ctrl-C in a fixture": {"body": "pass", "setup": tells("SIGINT", rig="unsafe")},
    "Ctrl-C twice": {"body": tells("SIGINT", times=2)},
    "Ctrl-C three times": {"body": tells("SIGINT", times=3)},
    "SIGTERM": {"body": tells("SIGTERM")},
    "SIGHUP": {"body": tells("SIGHUP")},
    "os._exit": {"body": "os._exit(3)"},
    "kill -9": {"body": "os.kill(os.getpid(), signal.SIGKILL)"},
    "a hung test, pytest-timeout by thread": {
        "body": HANGS,
        "marks": '@pytest.mark.timeout(1, method="thread", func_only=True)',
    },
    "a hung test, pytest-timeout by signal": {
        "body": HANGS,
        "marks": '@pytest.mark.timeout(1, method="signal", func_only=True)',
    },
}


@pytest.mark.parametrize("kind", ABORTS)
def test_the_rig_is_safe_and_free_and_every_test_accounted_for(kind: str, desk: Desk) -> None:
    run = desk.start(**ABORTS[kind])
    said = ended(run)
    wait_for_the_keeper(desk)
    freed = time.time()

    assert (desk.folder / "unsafe").exists(), said
    assert desk.unsafe_now() == [], "\n".join([said, *noted(desk)[-40:]])
    assert not (folder_of(desk) / "journal.json").exists()
    goes_on = kind == "a hung test, pytest-timeout by signal"
    assert desk.in_report() == (GOES_ON if goes_on else ABORTED), said
    assert desk.unaccounted() == 0
    told = "1 test lost to the rig; 1 unproven" if goes_on else "1 test aborted, 1 test not run"
    assert told in (desk.run / "summary.md").read_text("utf-8")
    assert run.returncode == ENDS_WITH.get(kind, 2)
    by_itself = kind not in ENDS_WITH or goes_on
    assert desk.told_code() == (run.returncode if by_itself else None)
    desk.figures(kind, freed_wall=freed, code=run.returncode)


def test_a_run_that_is_stopped_for_longer_than_its_lease_loses_the_rig_and_says_so(
    desk: Desk,
) -> None:
    desk.change(lease_s=1)
    stopped = desk.start(
        "Path('stops').touch()\nos.kill(os.getpid(), signal.SIGSTOP)\nworld.clock.sleep(1)"
    )
    wait_for(desk.folder / "stops")
    wait_for_the_keeper(desk)
    freed = time.time()
    assert desk.unsafe_now() == [], "\n".join(noted(desk)[-40:])
    assert desk.in_report() == ABORTED
    desk.figures(
        "pytest stopped (SIGSTOP) for longer than its lease of 1 s", freed_wall=freed, code=None
    )

    stopped.send_signal(signal.SIGCONT)
    said = ended(stopped)
    assert desk.in_report() == {**ABORTED, "test_abort": ("broken", "rig")}
    assert desk.unaccounted() == 0

    assert stopped.returncode == 2, said
    assert "the rig was made safe: pytest has given no sign of life for " in said
    assert "the lease is 1 s" in said


def test_a_run_whose_keeper_dies_stops_and_says_so_and_the_next_puts_it_right(desk: Desk) -> None:
    said = ended(desk.start(KILLS_THE_KEEPER + "world.clock.sleep(1)"))

    assert "1 never started" in said, said
    assert "the keeper of the rig is gone" in said
    assert "nothing is recorded any more" in said
    assert desk.unsafe_now() != []
    assert desk.in_report() == {**ABORTED, "test_abort": ("broken", "rig")}
    assert desk.unaccounted() == 0

    said = ended(desk.start("pass", "-k", "after", run="next"))
    assert "1 passed" in said, said
    assert "left by an earlier run, put right first: mains relay, commanded: open" in said
    assert desk.unsafe_now() == []


def test_after_a_loss_of_power_the_journal_puts_the_rig_right(desk: Desk) -> None:
    killed = desk.start(KILLS_THE_KEEPER + "os.kill(os.getpid(), signal.SIGKILL)")
    ended(killed)
    assert (folder_of(desk) / "journal.json").exists()
    assert desk.unsafe_now() != []

    said = ended(desk.start("pass", "-k", "after", run="next"))
    freed = time.time()

    assert "1 passed" in said, said
    assert desk.unsafe_now() == []
    assert desk.in_report() == ABORTED
    assert desk.in_report("next") == {"test_after": ("passed", "")}
    assert "1 collected, 1 run, 0 unaccounted for, 1 deselected before" in said
    desk.figures(
        "loss of power: everything killed, opened again", freed_wall=freed, code=killed.returncode
    )
    first = json.loads((desk.folder / "next" / "timeline.jsonl").read_text("utf-8").splitlines()[0])
    assert "has not put it back: that comes first" in first["text"]


def test_a_worker_that_crashes_leaves_the_rig_safe_for_the_one_that_replaces_it(desk: Desk) -> None:
    run = desk.start("os._exit(3)", "-n", "1")
    said = ended(run)
    wait_for_the_keeper(desk)
    freed = time.time()

    assert "worker 'gw0' crashed while running" in said, said
    assert "1 failed, 1 passed" in said, said
    assert desk.unsafe_now() == []
    assert desk.in_report() == {**ABORTED, "test_after": ("passed", "")}
    assert desk.unaccounted() == 0
    assert "2 collected, 1 run, 1 aborted, 0 unaccounted for" in said
    assert run.returncode == desk.told_code() == 10
    desk.figures("an xdist worker's crash", freed_wall=freed, code=run.returncode)


FILLS_THE_DISK = """
import resource
keeper = world.link.hello["holder"]["keeper"]
resource.prlimit(keeper, resource.RLIMIT_FSIZE, (100_000, 100_000))
for _ in range(30): world.envoy.ensemble.inventory()
"""


@pytest.mark.parametrize(
    "end", ["pass", "os.kill(os.getpid(), signal.SIGKILL)"], ids=["", "killed"]
)
def test_a_run_that_fills_the_disk_ends_and_the_rig_is_safe(end: str, desk: Desk) -> None:
    run = desk.start(FILLS_THE_DISK + end)
    said = ended(run)
    wait_for_the_keeper(desk)
    freed = time.time()

    assert desk.unsafe_now() == [], "\n".join([said, *noted(desk)[-40:]])
    assert not (folder_of(desk) / "journal.json").exists()
    assert desk.unaccounted() == 0
    kind = "full disk" if end == "pass" else "full disk, and then kill -9"
    desk.figures(kind, freed_wall=freed, code=run.returncode)
    if end != "pass":
        assert desk.in_report() == ABORTED
    else:
        assert desk.in_report()["test_after"] == ("unknown", "not run")
        assert "evidence is being lost: cannot write " in said
        assert "1 never started" in said


def test_what_a_full_disk_keeps_out_of_the_report_is_told_and_put_in_once_there_is_room(
    desk: Desk,
) -> None:
    said = ended(desk.start("import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"))
    wait_for_the_keeper(desk)

    assert "evidence is being lost: cannot write " in said, said
    assert "2 unaccounted for" in said
    assert "not in the report: tests/zigbee/test_abort.py::test_abort: " in said
    assert desk.unsafe_now() == []

    account = complete(desk.run)
    assert account is not None
    assert account.told() == "2 collected, 0 run, 1 aborted, 1 not run, 0 unaccounted for"
    assert desk.in_report() == ABORTED
    assert desk.unaccounted() == 0


def test_a_second_run_is_refused_with_who_has_the_rig(desk: Desk) -> None:
    os.mkfifo(desk.folder / "go")
    first = desk.start("Path('has it').touch()\nPath('go').read_text()")
    wait_for(desk.folder / "has it")

    second = desk.start("pass", run="next")
    said = ended(second)
    (desk.folder / "go").write_text("on")
    ended(first)

    assert second.returncode == 2, said
    assert "desk.yaml is in use by pytest of " in said
    assert "UTC (keeper: process " in said


def test_where_time_passes_by_itself_the_rig_is_safe_within_its_limit(tmp_path: Path) -> None:
    with abort_desk(tmp_path, speed=60) as desk:
        said = ended(desk.start("os.kill(os.getpid(), signal.SIGKILL)"))
        wait_for_the_keeper(desk)

        assert desk.unsafe_now() == [], "\n".join([said, *noted(desk)[-40:]])
    events = [json.loads(line) for line in (desk.run / "timeline.jsonl").read_text().splitlines()]
    (lost_s,) = (e["rig_s"] for e in events if "went away without a word" in e["text"])
    first_s = next(e["rig_s"] for e in events if e["rig_s"] > lost_s)
    (safe_s,) = (e["rig_s"] for e in events if e["text"] == "the rig is safe")
    assert first_s - lost_s < 5 * 60  # 5 s of wall time
    assert safe_s - lost_s < 900


def test_what_is_said_while_the_run_is_stopped_is_recorded(tmp_path: Path) -> None:
    with abort_desk(tmp_path, speed=60) as desk:
        body = "Path('stops').touch()\nos.kill(os.getpid(), signal.SIGSTOP)\nworld.clock.sleep(1)"
        stopped = desk.start(body, setup="unsafe.encharges[0].enable_joining()")
        wait_for(desk.folder / "stops")
        log = next((desk.run / "consoles").glob(f"*{FIRST}*.log"))
        until_s = time.monotonic() + 60
        seen = len(log.read_text("utf-8").splitlines())
        while len(log.read_text("utf-8").splitlines()) < seen + 5:
            assert time.monotonic() < until_s, "nothing was recorded"
        stopped.send_signal(signal.SIGCONT)
        said = ended(stopped)

    assert "2 passed" in said, said
