"""`hil safe`, on a rig that was left: the simulator is asked whether it is safe."""

import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hil.vocabulary.grid import MainsState
from selftest.cli.commands import hil
from selftest.keeper.abort_suite import Desk, abort_desk
from selftest.keeper.test_aborts import KILLS_THE_KEEPER, ended, wait_for
from selftest.rig.desk import SECOND


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with abort_desk(tmp_path) as desk:
        yield desk


def test_it_makes_a_rig_safe_whose_run_and_keeper_were_killed(desk: Desk) -> None:
    ended(desk.start(KILLS_THE_KEEPER + "os.kill(os.getpid(), signal.SIGKILL)"))
    assert desk.unsafe_now() != []

    safe = hil("safe", "--rig", str(desk.rig_file), cwd=desk.folder)

    assert safe.returncode == 0, safe.stdout + safe.stderr
    assert desk.unsafe_now() == []
    assert "had this rig since" in safe.stdout
    assert "put back mains relay, commanded: open instead of closed" in safe.stdout, safe.stdout
    assert "NOT safe" not in safe.stdout
    assert safe.stdout.rstrip().endswith("rig desk is safe")

    again = hil("safe", "--rig", str(desk.rig_file), cwd=desk.folder)

    assert again.returncode == 0, again.stdout + again.stderr
    assert "no run has left anything" in again.stdout
    assert desk.in_report() == {
        "test_abort": ("broken", "aborted"),
        "test_after": ("unknown", "not run"),
    }


def test_firmware_that_nobody_meant_to_test_is_put_back(desk: Desk) -> None:
    """As after an update in the night, or a run whose keeper was killed as well."""
    site = desk.running.simulation.site
    other = site.truth.gateway.other_firmware
    assert other is not None
    with desk.running.simulation.changed:
        site.gateway.firmware = other

    safe = hil("safe", "--rig", str(desk.rig_file), cwd=desk.folder)

    assert safe.returncode == 0, safe.stdout + safe.stderr
    told = f"put back gateway: firmware: {other} instead of {site.truth.gateway.firmware}"
    assert told in safe.stdout
    with desk.running.simulation.changed:
        assert site.gateway.firmware == site.truth.gateway.firmware


def test_a_rig_that_somebody_has_is_left_alone(desk: Desk) -> None:
    run = desk.start(
        "Path('has it').touch()\nwhile not Path('go').exists(): world.clock.sleep(1)",
        marks="@pytest.mark.limit(1e9)",
    )
    wait_for(desk.folder / "has it")

    safe = hil("safe", "--rig", str(desk.rig_file), cwd=desk.folder)
    was_unsafe = desk.unsafe_now()
    (desk.folder / "go").touch()
    ended(run)

    assert safe.returncode == 3, safe.stdout + safe.stderr
    assert "rig desk is in use by pytest of " in safe.stdout
    assert " UTC (keeper: process " in safe.stdout
    assert was_unsafe != []


def test_what_cannot_be_made_safe_is_said(tmp_path: Path) -> None:
    ours, silent = pty.openpty()
    with abort_desk(tmp_path, speed=20.0) as desk:
        described = yaml.safe_load(desk.rig_file.read_text())
        described["encharges"][1]["console"]["port"] = os.ttyname(silent)
        del described["instruments"]["power_switch"]  # a restart of what is silent takes minutes
        described["safe_within_s"] = 200
        desk.rig_file.write_text(yaml.safe_dump(described))
        with desk.running.simulation.changed:
            desk.running.simulation.site.relay.command(MainsState.OPEN)

        try:
            safe = hil("safe", "--rig", str(desk.rig_file), cwd=desk.folder)
        finally:
            os.close(ours)
            os.close(silent)

        assert safe.returncode == 1, safe.stdout + safe.stderr
        assert "no answer to 'devinfo'" in safe.stdout
        assert f"encharge {SECOND}: radio: not looked at" in safe.stdout
        assert "rig desk is NOT safe" in safe.stdout
        assert not any("relay" in each for each in desk.unsafe_now()), safe.stdout


def test_a_simulated_rig_is_refused_with_what_to_do_instead(desk: Desk) -> None:
    rig = desk.folder / "sim.yaml"
    rig.write_text("name: sim\nsimulate: sites/split-phase.yaml\n")

    safe = hil("safe", "--rig", str(rig), cwd=desk.folder)

    assert safe.returncode == 1
    assert "every run starts one of its own" in safe.stderr
    assert "hil simulate split-phase --time paced --write-rig desk.yaml" in safe.stderr
