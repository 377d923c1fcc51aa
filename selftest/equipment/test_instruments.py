"""The drivers of the bench's instruments, on the simulated twins' real sockets, and unplugged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hil.clock import JumpingClock
from hil.equipment.ac_source import AcSource, Supply
from hil.equipment.power_switch import Outlet
from hil.errors import EquipmentRefused, Unreachable
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.rig.rig import Rig
from hil.transports.tcp_lines import TcpLines
from selftest.held_port import held_port
from selftest.rig.desk import FIRST, TRUTH, desk, opened

GATEWAY = TRUTH.gateway.serial_number


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with desk(tmp_path), opened(tmp_path) as rig:
        yield rig


def test_the_source_does_what_it_is_told_and_says_so(rig: Rig) -> None:
    source = rig.ac_source
    assert source is not None
    assert source.supply() == source.nominal == Supply(True, 120.0, 60.0)

    source.step(voltage_v=110.0)
    assert source.measured() == (110.0, 60.0)

    source.outage()
    assert source.measured()[0] == 0.0
    source.restore()
    assert source.measured() == (120.0, 60.0)


def test_a_voltage_out_of_range_is_refused_and_changes_nothing(rig: Rig) -> None:
    assert rig.ac_source is not None
    with pytest.raises(EquipmentRefused, match=r"ac source at 127.*refused 'VOLT 500': -222,"):
        rig.ac_source.step(voltage_v=500)
    assert rig.ac_source.supply() == rig.ac_source.nominal


def test_what_a_test_did_to_the_instruments_is_put_back(rig: Rig) -> None:
    assert rig.ac_source is not None
    assert rig.power_switch is not None
    rig.ac_source.outage()
    rig.power_switch.off(FIRST)
    rig.clock.sleep(2)

    put_back = " ".join(map(str, rig.baseline.restore()))

    assert "mains supply" in put_back
    assert f"{FIRST}: power" in put_back
    assert rig.ac_source.supply() == rig.ac_source.nominal
    assert not rig.power_switch.is_off(FIRST)


@pytest.mark.parametrize("off_s", [2, 30])
def test_a_gateway_that_a_test_left_without_power_is_up_before_the_next(
    rig: Rig, off_s: float
) -> None:
    assert rig.power_switch is not None
    rig.power_switch.off(GATEWAY)
    rig.clock.sleep(off_s)
    assert not rig.envoy.answers()

    put_back = " ".join(map(str, rig.baseline.restore()))

    assert f"envoy {GATEWAY}: power" in put_back
    assert rig.envoy.answers()
    assert rig.baseline.differences() == []


def test_a_reopened_site_whose_gateway_has_lost_its_list_is_put_back(rig: Rig) -> None:
    assert rig.power_switch is not None
    rig.envoy.zigbee.reopen()
    rig.power_switch.cycle(GATEWAY)

    rig.baseline.restore()

    assert rig.baseline.differences() == []
    assert rig.envoy.zigbee.is_sealed()


@pytest.mark.parametrize("serial_number", [GATEWAY, FIRST])
def test_a_test_that_ended_while_a_device_was_starting_costs_a_wait_only(
    rig: Rig, serial_number: str
) -> None:
    assert rig.power_switch is not None
    rig.power_switch.cycle(serial_number)

    rig.baseline.restore()

    assert rig.baseline.differences() == []


def test_what_a_killed_run_left_without_power_is_up_when_the_rig_is_open(tmp_path: Path) -> None:
    with desk(tmp_path):
        with opened(tmp_path) as killed:
            assert killed.power_switch is not None
            killed.power_switch.off(GATEWAY)
            killed.power_switch.off(FIRST)
            killed.clock.sleep(200)
            killed.is_open = False  # nothing is put back
        with opened(tmp_path) as rig:
            assert rig.baseline.differences() == []


def test_an_outlet_that_the_daemon_does_not_know_is_said(rig: Rig) -> None:
    assert rig.power_switch is not None
    right = rig.power_switch.outlets[FIRST]
    rig.power_switch.outlets[FIRST] = Outlet("pdu-9", 1)
    with pytest.raises(EquipmentRefused, match=r"off of pdu-9 outlet 1 .* answered 500 'Invalid"):
        rig.power_switch.off(FIRST)
    rig.power_switch.outlets[FIRST] = right
    rig.power_switch.on(FIRST)


def test_an_unplugged_source_ends_the_opening_with_one_message(tmp_path: Path) -> None:
    def unplug(document: dict[str, object]) -> None:
        instruments = document["instruments"]
        assert isinstance(instruments, dict)
        instruments["ac_source"]["address"] = f"127.0.0.1:{port}"

    with (
        held_port() as port,
        desk(tmp_path),
        pytest.raises(Unreachable, match=rf"ac source at 127.0.0.1:{port}: no answer to '\*IDN"),
        opened(tmp_path, unplug),
    ):
        pass


def test_what_is_no_instrument_is_said(tmp_path: Path) -> None:
    with desk(tmp_path):
        url = yaml.safe_load((tmp_path / "desk.yaml").read_text())["envoy"]["url"]
        clock = JumpingClock()
        with Timeline(tmp_path / "t.jsonl", now=clock.now, redactor=Redactor()) as timeline:
            lines = TcpLines(
                url.removeprefix("http://"), what="ac source", clock=clock, timeline=timeline
            )
            with pytest.raises(EquipmentRefused, match="no SCPI instrument; suspect the address"):
                AcSource(lines, nominal_v=120, nominal_hz=60).identify()
            lines.close()
