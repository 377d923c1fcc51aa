"""The power switch's driver and its wire, against the real daemon and against the simulated one."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hil.clock import WallClock
from hil.equipment.power_switch import Outlet, PowerSwitch
from hil.errors import EquipmentRefused, Unreachable
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.simulator.power_switch import HOSTNAME
from hil.simulator.process import simulator
from hil.transports.http import Http
from selftest.held_port import held_port
from selftest.pdudaemon import BROKEN_UNIT, UNIT, needs_pdudaemon, pdudaemon
from selftest.simulator.radio_bench import FIRST, TRUTH

CONTROL = "/power/control"
DONE = (200, "OK - accepted request\n")
INVALID = (500, "Invalid request\n")
STUMBLED = (500, "500 Internal Server Error\n\nServer got itself in trouble")
NOT_FOUND = (404, "404: Not Found")


@dataclass(frozen=True)
class Bench:
    """A power switch that is reached by HTTP; the first battery hangs on its outlet 3."""

    url: str
    unit: str
    disobeys: Outlet
    """An outlet on which nothing can be done."""
    is_on: Callable[[], bool]
    """Whether outlet 3 has power."""


@pytest.fixture(params=["simulated", pytest.param("real", marks=needs_pdudaemon)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "real":
        with pdudaemon(tmp_path) as daemon:
            disobeys = Outlet(BROKEN_UNIT, 1)
            yield Bench(daemon.url, UNIT, disobeys, lambda: daemon.switched()[-1] == "on 3")
    else:
        with simulator(TRUTH, speed=None) as running:
            node, disobeys = running.simulation.site.nodes[FIRST], Outlet(HOSTNAME, 99)
            yield Bench(running.power_switch, HOSTNAME, disobeys, lambda: node.state != "off")


def got(url: str, path: str, method: str = "GET") -> tuple[int, str, str | None]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request(method, path)
    reply = connection.getresponse()
    said = reply.status, reply.read().decode(), reply.headers["Allow"]
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    connection.close()
    return said


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("on?hostname={unit}&port=3", DONE),
        ("off?hostname={unit}&port=3", DONE),
        ("off?hostname={unit}&port=3&delay=0", DONE),
        ("off?hostname={unit}&port=3&port=4", DONE),
        ("reboot?hostname={unit}&port=3&delay=0", DONE),
        ("reboot?hostname={unit}&port=3&delay=-2", DONE),
        ("on?hostname=nobody&port=3", INVALID),
        ("on?hostname={unit}", INVALID),
        ("on?hostname={unit}&port=", INVALID),
        ("on?port=3", INVALID),
        ("on", INVALID),
        ("on?hostname={disobeys.hostname}&port={disobeys.port}", INVALID),
        ("reboot?hostname={disobeys.hostname}&port={disobeys.port}&delay=0", INVALID),
        ("on?hostname={unit}&port=3&delay=soon", STUMBLED),
        ("reboot?hostname={unit}&port=3&delay=1.5", STUMBLED),
        ("burn?hostname={unit}&port=3", NOT_FOUND),
        ("", NOT_FOUND),
    ],
)
def test_it_answers(bench: Bench, path: str, answer: tuple[int, str]) -> None:
    asked = path.format(unit=bench.unit, disobeys=bench.disobeys)
    assert got(bench.url, f"{CONTROL}/{asked}")[:2] == answer


def test_only_get_is_allowed(bench: Bench) -> None:
    path = f"{CONTROL}/on?hostname={bench.unit}&port=3"
    assert got(bench.url, path, "POST") == (405, "405: Method Not Allowed", "GET,HEAD")
    assert got(bench.url, "/", "POST")[:2] == NOT_FOUND


def test_a_reboot_that_it_stumbles_over_has_switched_off(bench: Bench) -> None:
    path = f"{CONTROL}/reboot?hostname={bench.unit}&port=3&delay=soon"
    assert got(bench.url, path)[:2] == STUMBLED
    assert not bench.is_on()


@contextmanager
def driver(url: str, outlet: Outlet, folder: Path) -> Iterator[PowerSwitch]:
    """The driver of the power switch at `url` while the block lasts; FIRST hangs on `outlet`."""
    clock = WallClock()
    with (
        Timeline(folder / "t.jsonl", now=clock.now, redactor=Redactor()) as timeline,
        Http(url, clock=clock, timeline=timeline, wire="power switch http") as http,
    ):
        yield PowerSwitch(http, {FIRST: outlet})


def test_the_driver_cuts_power_and_restores_it_before_it_returns(
    bench: Bench, tmp_path: Path
) -> None:
    with driver(bench.url, Outlet(bench.unit, 3), tmp_path) as switch:
        switch.off(FIRST)
        assert (bench.is_on(), switch.is_off(FIRST)) == (False, True)
        switch.on(FIRST)
        assert (bench.is_on(), switch.is_off(FIRST)) == (True, False)


def test_the_driver_says_that_a_unit_is_not_known_or_does_not_obey(
    bench: Bench, tmp_path: Path
) -> None:
    for outlet in (Outlet("pdu-9", 1), bench.disobeys):
        with driver(bench.url, outlet, tmp_path) as switch:
            with pytest.raises(EquipmentRefused) as refused:
                switch.off(FIRST)
            message = str(refused.value)
        assert message.startswith(f"power switch at {bench.url}: off of {outlet} ({FIRST}) was ")
        assert "answered 500 'Invalid request'; suspect hostname and port" in message
        assert switch.is_off(FIRST), "nobody knows whether it was cut: it is to be put back"


def test_the_driver_says_that_no_daemon_is_there(tmp_path: Path) -> None:
    with held_port() as port:
        url = f"http://127.0.0.1:{port}"
        with (
            driver(url, Outlet("pdu-4", 1), tmp_path) as switch,
            pytest.raises(Unreachable) as nobody,
        ):
            switch.on(FIRST)
    message = str(nobody.value)
    assert message.startswith(
        f"power switch at {url}: no answer to on of pdu-4 outlet 1 ({FIRST}): "
    )
    assert "connection refused; suspect that pdudaemon does not run there" in message
    assert "gateway" not in message
