"""The bench's instruments as their drivers meet them: real sockets, and the rig file that leads there."""

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hil.simulator.process import Running, simulator
from selftest.simulator.radio_bench import TRUTH


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with simulator(TRUTH, speed=None, rig_file=tmp_path / "desk.yaml") as simulated:
        yield simulated


def got(url: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request("GET", path)
    reply = connection.getresponse()
    said = reply.status, reply.read().decode()
    connection.close()
    return said


def asked(running: Running, *lines: str) -> list[str]:
    """The answers to these lines, sent one after the other on one connection."""
    host, _, port = running.ac_source.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as line, line.makefile("rw") as io:
        answers = []
        for text in lines:
            io.write(f"{text}\n")
            io.flush()
            if text.endswith("?"):
                answers.append(io.readline().rstrip("\n"))
        return answers


def test_the_written_rig_names_them(running: Running, tmp_path: Path) -> None:
    written = yaml.safe_load((tmp_path / "desk.yaml").read_text("utf-8"))["instruments"]
    assert written["ac_source"] == {
        "address": running.ac_source,
        "nominal_v": 120.0,
        "nominal_hz": 60.0,
    }
    assert written["power_switch"]["url"] == running.power_switch
    assert written["power_switch"]["outlets"][TRUTH.gateway.serial_number] == {
        "hostname": "pdu-sim",
        "port": 1,
    }
    assert len(written["power_switch"]["outlets"]) == 1 + len(TRUTH.nodes) + len(TRUTH.inverters)


def test_a_gateway_without_power_closes_without_an_answer(running: Running) -> None:
    got(running.power_switch, "/power/control/reboot?hostname=pdu-sim&port=1&delay=2")
    with pytest.raises(http.client.RemoteDisconnected):
        got(running.url, "/info")
    running.simulation.advance(200, stop_on=(), written={})
    assert got(running.url, "/info")[0] == 200


def test_the_ac_source_is_set_and_measured(running: Running) -> None:
    assert asked(
        running, "*IDN?", "*OPC?", "volt 110", "VOLTAGE?", "OUTP?", "meas:volt?", "FREQ:SLEW?"
    )[1:] == ["1", "110", "1", "110", "9.9E+37"]
    assert asked(running, "OUTPut OFF", "OUTP?", "MEAS:VOLT?", "SOUR:VOLT?") == ["0", "0", "110"]
    running.simulation.advance(5, stop_on=(), written={})
    assert running.simulation.site.relay.is_open


def test_a_slew_takes_its_time(running: Running) -> None:
    asked(running, "FREQ:SLEW 0.1", "FREQ 61", "*OPC?")
    running.simulation.advance(running.simulation.site.world.now_s + 5, stop_on=(), written={})
    assert float(asked(running, "MEAS:FREQ?")[0]) == pytest.approx(60.5, abs=0.02)


def test_what_the_ac_source_does_not_take_is_in_its_queue(running: Running) -> None:
    lines = ("VOLT 301", "FREQ fast", "BEEP", "VOLT?", *["SYST:ERR?"] * 4)
    assert asked(running, *lines) == [
        "120",
        '-222,"Data out of range"',
        '-104,"Data type error"',
        '-113,"Undefined header"',
        '0,"No error"',
    ]
