"""`hil doctor`, and a rig that is out until it has found all of it well."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hil.rig.loading import load_rig
from hil.rig.out_mark import OutMark
from hil.rig.rig_file import RigFile
from hil.rig.rig_folder import Holder, RigLock, now_utc, rig_folder, state_root
from selftest.cli.commands import hil
from selftest.keeper.abort_suite import Desk, abort_desk
from selftest.keeper.test_aborts import ended, wait_for, wait_for_the_keeper
from selftest.rig.desk import FIRST
from selftest.suite_runs import ROOT

HOLDS_ON = "Path('has it').touch()\nwhile not Path('go').exists(): world.clock.sleep(1)"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with abort_desk(tmp_path) as desk:
        yield desk


def mark_of(desk: Desk) -> OutMark:
    description = load_rig(str(desk.rig_file), desk.folder)
    assert isinstance(description, RigFile)
    return OutMark(rig_folder(description, state_root()))


def looked_at(desk: Desk) -> tuple[int, dict[str, dict[str, str]]]:
    """How the doctor ends, and its checks by name."""
    done = hil("doctor", "--rig", str(desk.rig_file), "--json", cwd=desk.folder)
    health = json.loads(done.stdout)
    assert health["green"] is (done.returncode == 0), done.stdout + done.stderr
    return done.returncode, {check["name"]: check for check in health["checks"]}


def reds(checks: dict[str, dict[str, str]]) -> list[str]:
    return [name for name, check in checks.items() if check["state"] == "red"]


def health_of(run: Path) -> dict[str, dict[str, str]]:
    """What a run has found before its first test."""
    health = json.loads((run / "doctor.json").read_text("utf-8"))
    assert health["rig"] == "desk"
    return {check["name"]: check for check in health["checks"]}


def test_a_rig_whose_restore_failed_is_out_until_all_is_green(desk: Desk) -> None:
    run = desk.start(HOLDS_ON, marks="@pytest.mark.limit(1e9)")
    wait_for(desk.folder / "has it")
    beside, with_a_run = looked_at(desk)
    site = desk.running.simulation.site
    with pytest.MonkeyPatch.context() as dead:
        dead.setattr(site.nodes[FIRST].cli, "_take_next", lambda: None)  # echoes, and does nothing
        (desk.folder / "go").touch()
        said = ended(run)
        wait_for_the_keeper(desk)
        first = ended(desk.start("pass", run="first refused"))
        told, while_dead = looked_at(desk)
    with desk.running.simulation.changed:
        site.nodes[FIRST].cli.reset()
    told_later, not_put_back = looked_at(desk)
    still_out = mark_of(desk).read()
    safe = hil("safe", "--rig", str(desk.rig_file), cwd=desk.folder)
    last = desk.start("pass", "-k", "after", run="last")
    said_last = ended(last)

    assert beside == 3, "nobody could look, since somebody has it"
    assert "is in use by pytest of " in with_a_run["in use"]["seen"]
    assert with_a_run[f"encharge {FIRST}: port"]["state"] == "ok"
    assert reds(with_a_run) == []

    assert "RestoreFailed: the rig could not be put back" in said, said
    assert "rig desk is out: pytest of " in first, first
    assert "1 the rig's, 1 never started" in first, "told once"
    assert f"`hil doctor --rig {desk.rig_file}` says what to do" in first
    assert reds(health_of(desk.folder / "first refused")) == ["opening the rig"]
    assert told == 1
    assert {f"encharge {FIRST}: console", "last run"} <= set(reds(while_dead))
    assert while_dead["last restore that failed"]["state"] == "warn"
    assert told_later == 1
    assert "last run" in reds(not_put_back)
    assert f"hil safe --rig {desk.rig_file}" in not_put_back["last run"]["todo"]
    assert still_out is not None
    assert still_out.directory == str(desk.run)
    assert safe.returncode == 0, safe.stdout + safe.stderr
    assert mark_of(desk).read() is None
    assert last.returncode == 0, said_last
    assert reds(health_of(desk.folder / "last")) == []
    assert desk.unsafe_now() == []


def test_a_rig_that_was_made_safe_but_is_out_is_let_in_by_a_green_doctor(desk: Desk) -> None:
    # The keeper puts right what the run could not: the rig is safe, and yet somebody has to look.
    run = desk.start(
        'type(world.baseline)._give_power = lambda self: 1 / 0\nPath("it").touch()',
        marks="@pytest.mark.limit(1e9)",
    )
    ended(run)
    wait_for_the_keeper(desk)
    assert desk.unsafe_now() == []
    out = mark_of(desk).read()
    assert out is not None
    assert "ZeroDivisionError after test_abort" in out.why

    green, checks = looked_at(desk)

    assert green == 0, checks
    assert checks["last restore that failed"]["state"] == "warn"
    assert mark_of(desk).read() is None


def test_a_table_for_people_ends_with_what_has_to_be_done(desk: Desk) -> None:
    described = yaml.safe_load(desk.rig_file.read_text())
    described["recording"] = {"free_megabytes": 1_000_000_000}
    desk.rig_file.write_text(yaml.safe_dump(described))

    seen = hil("doctor", "--rig", str(desk.rig_file), cwd=desk.folder)

    assert seen.returncode == 1, seen.stdout + seen.stderr
    lines = seen.stdout.splitlines()
    verdict = r"rig desk is NOT known to be fit for a run: \d\d ok, 1 red"
    assert re.fullmatch(verdict, lines[-1]), seen.stdout
    assert "disk, logs" in seen.stdout.rpartition("│ red")[2]
    assert "remove old runs" in seen.stdout
    assert not (desk.folder / "runs").exists(), "nothing is written on a disk that is full"


def test_a_rig_file_that_is_wrong_is_a_red_line_too(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("name: wrong\nenvoy: {}\n")

    seen = hil("doctor", "--rig", "./wrong.yaml", "--json", cwd=tmp_path)

    assert seen.returncode == 1
    (check,) = json.loads(seen.stdout)["checks"]
    assert (check["name"], check["state"]) == ("rig file", "red")
    assert "wrong.yaml" in check["seen"]


def test_a_simulated_rig_is_started_for_it(tmp_path: Path) -> None:
    rig = tmp_path / "sim.yaml"
    rig.write_text(f"name: sim\nsimulate: {ROOT / 'sites' / 'split-phase.yaml'}\n")
    before = sorted(state_root().iterdir())

    seen = hil("doctor", "--rig", str(rig), "--json", cwd=tmp_path)

    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert json.loads(seen.stdout)["green"] is True
    assert sorted(state_root().iterdir()) == before, "it leaves nothing among the benches' state"


def test_while_the_doctor_looks_others_are_told_so(desk: Desk) -> None:
    looking = Holder("hil doctor", now_utc(), os.getpid(), socket="", directory=str(desk.run))

    with RigLock(mark_of(desk).path.parent, looking, rig_name="desk"):
        safe = hil("safe", "--rig", str(desk.rig_file), cwd=desk.folder)
        again, checks = looked_at(desk)
        said = ended(run := desk.start("pass"))

    assert safe.returncode == 3, safe.stdout + safe.stderr
    assert "in use by hil doctor" in safe.stdout
    assert "it looks for some seconds and changes nothing" in safe.stdout
    assert again == 3
    assert "in use by hil doctor" in checks["in use"]["seen"]
    assert run.returncode == 2, said
    assert "desk.yaml is in use by hil doctor" in said, "what `--rig` takes"
