"""The way to a real bench: a simulator that the suite did not start, and an ordinary rig file."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from selftest.relay import Relay
from selftest.suite_runs import run_suite, simulator_process

SPEED = "10"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Path]:
    """The rig file of a paced simulator."""
    rig_file = tmp_path / "desk.yaml"
    with simulator_process(rig_file, "--time", "paced", "--speed", SPEED):
        yield rig_file


def test_the_paced_subset_passes_where_time_passes_by_itself(desk: Path, tmp_path: Path) -> None:
    assert yaml.safe_load(desk.read_text())["clock"] == {"wall": {"speed": 10.0}}

    run = run_suite(tmp_path / "run", f"--rig={desk}", "-m", "paced")

    assert run.returncode == 0, run.printed
    assert len(run.outcomes) >= 8, run.printed


def test_a_relay_between_suite_and_gateway_changes_nothing(desk: Path, tmp_path: Path) -> None:
    described = yaml.safe_load(desk.read_text())
    gateway = urlsplit(described["envoy"]["url"])
    with Relay(f"127.0.0.1:{gateway.port}") as relay:
        described["envoy"]["url"] = f"http://{relay.address}"
        relayed = desk.with_name("relayed.yaml")
        relayed.write_text(yaml.safe_dump(described))

        run = run_suite(
            tmp_path / "run", f"--rig={relayed}", "-m", "paced", "-k", "limit or profile or sealed"
        )

    assert run.returncode == 0, run.printed
    assert len(run.outcomes) >= 4, run.printed
    assert relay.carried > 10_000, "the requests did not go through the relay"


@pytest.mark.timeout(900)
def test_the_whole_suite_passes_on_a_simulator_it_did_not_start(tmp_path: Path) -> None:
    """Behind HTTPS and a token, as from firmware 7 on; and keeps what opens the gateway to itself."""
    rig_file = tmp_path / "desk.yaml"
    with simulator_process(rig_file, "--time", "virtual", "--access", "token"):
        run = run_suite(tmp_path / "run", f"--rig={rig_file}")
    assert run.returncode == 0, run.printed

    secrets = [
        part
        for file in (tmp_path / "desk.keys").iterdir()
        for part in file.read_text().split(".")[-2:]  # the head of a token is no secret
    ]
    assert len(secrets) == 3 + 1 + 3 * 2, (
        "link keys, the password of the shell, three tokens without their heads"
    )
    written = [file for file in run.directory.rglob("*") if file.is_file()]
    assert len(written) > 100
    for file in written:
        text = file.read_bytes()
        assert [part for part in secrets if part.encode() in text] == [], file
    assert [part for part in secrets if part in run.printed] == []
