"""A bench that has nothing but serial consoles, the gateway's with a login: opened, asked, restarted, examined."""

from pathlib import Path

import pytest

from hil.errors import RigError
from hil.rig.gateway_only import gateway_only
from hil.rig.health.check import State
from hil.rig.health.examination import examination
from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile
from hil.simulator.process import simulator
from selftest.rig.desk import TRUTH, opened

GATEWAY = TRUTH.gateway.serial_number


def test_it_opens_and_its_gateway_may_be_without_power_for_a_while(tmp_path: Path) -> None:
    with (
        simulator(
            TRUTH,
            speed=None,
            rig_file=tmp_path / "desk.yaml",
            without_lan=True,
            serial_shell=True,
        ) as running,
        opened(tmp_path) as rig,
    ):
        assert rig.gateway_shell is not None
        assert rig.gateway_shell.has("/etc/emu_versions.txt")
        with pytest.raises(RigError, match="cannot do: gateway_wire"):
            rig.faults.gateway.fails(503)
        assert rig.power_switch is not None
        rig.power_switch.off(GATEWAY)
        assert not rig.envoy.answers()
        rig.power_switch.on(GATEWAY)
        rig.waiting.until(
            rig.envoy.answers, bool, what="the gateway is up", within_s=300, every_s=10
        )
        password = running.shell.password

    console = (tmp_path / "run" / "consoles" / f"envoy-{GATEWAY}-console.log").read_text()
    assert console.count("envoy login: root") == 2, "it logs in once, and once more after a restart"
    for file in (tmp_path / "run").rglob("*"):
        assert not file.is_file() or password not in file.read_text(errors="replace"), file


def test_the_doctor_and_a_look_at_the_gateway_go_over_it_too(tmp_path: Path) -> None:
    with simulator(
        TRUTH, speed=None, rig_file=tmp_path / "desk.yaml", without_lan=True, serial_shell=True
    ):
        description = load_rig(str(tmp_path / "desk.yaml"), tmp_path)
        assert isinstance(description, RigFile)
        checks = list(examination(description, tmp_path / "logs", root=tmp_path, who="a test"))
        assert [each for each in checks if each.state is State.RED] == []
        assert "gateway shell" in [each.name for each in checks]
        with gateway_only(description, tmp_path / "look", root=tmp_path, who="a test") as gateway:
            assert gateway.envoy.info.read().serial_number == GATEWAY
