"""Opening a rig, on a simulator that runs here: who must answer, and what is said when another does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hil.errors import (
    ConsoleSilent,
    HilError,
    LineLost,
    NotAuthorized,
    RigFileError,
    RigUnwell,
    SimulatorLost,
    StoppedAnswering,
    Unreachable,
    WrongBuild,
    WrongDevice,
)
from hil.evidence.timeline import Kind
from hil.simulator.process import Running
from selftest.rig.desk import ENPOWER, FIRST, SECOND, TRUTH, Change, desk, opened


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with desk(tmp_path) as running:
        yield running


def refused(folder: Path, change: Change) -> HilError:
    with pytest.raises(HilError) as error, opened(folder, change):
        pass
    return error.value


def swap_consoles(rig: dict[str, Any]) -> None:
    first, second = rig["encharges"]
    first["console"], second["console"] = second["console"], first["console"]


def swap_keys(rig: dict[str, Any]) -> None:
    first, second = rig["encharges"]
    first["link_key"], second["link_key"] = second["link_key"], first["link_key"]


@pytest.mark.usefixtures("running")
def test_an_open_rig_has_every_device_and_a_baseline(tmp_path: Path) -> None:
    with opened(tmp_path) as rig:
        assert [node.serial_number for node in rig.nodes] == [ENPOWER, FIRST, SECOND]
        assert rig.baseline.differences() == []


def test_two_swapped_cables_end_it_with_both_serial_numbers(tmp_path: Path) -> None:
    # In virtual time the bytes of a console that leads elsewhere would be waited for each time.
    with desk(tmp_path, speed=10.0):
        error = refused(tmp_path, swap_consoles)
    assert isinstance(error, WrongDevice)
    assert f"answers {SECOND}" in str(error)
    assert f"meant was {FIRST}" in str(error)
    assert "/dev/pts/" in str(error)
    assert "cables swapped" in str(error)


def another_password(rig: dict[str, Any]) -> None:
    # A file that is there; a link key is no password.
    rig["envoy"]["shell"]["ssh"]["password"] = rig["encharges"][0]["link_key"]


def another_host_key(rig: dict[str, Any]) -> None:
    rig["envoy"]["shell"]["ssh"]["host_key"] = "SHA256:" + 43 * "A"


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("change", "error"), [(another_password, NotAuthorized), (another_host_key, WrongDevice)]
)
def test_a_shell_that_lets_nobody_in_does_not_take_the_rig_out(
    change: Change, error: type[HilError], tmp_path: Path
) -> None:
    """Nothing was run on it, so nothing there has to be put back."""
    with opened(tmp_path, change) as rig:
        assert rig.gateway_shell is not None
        with pytest.raises(error, match=r"[Ss]uspect"):
            rig.gateway_shell.versions()
        with pytest.raises(error):
            rig.gateway_shell.ask_web_server("/info")
        assert rig.baseline.restore() == []
        assert rig.out is None


@pytest.mark.usefixtures("running")
def test_a_serial_number_that_nobody_has_ends_it(tmp_path: Path) -> None:
    error = refused(tmp_path, lambda rig: rig["encharges"][0].update(serial_number="122000000999"))
    assert isinstance(error, WrongDevice)
    assert "122000000999" in str(error)


@pytest.mark.usefixtures("running")
def test_a_wrong_link_key_ends_it_and_shows_neither_key(tmp_path: Path) -> None:
    error = refused(tmp_path, swap_keys)
    assert isinstance(error, WrongDevice)
    assert str(error).startswith(f"encharge {FIRST}: on /dev/pts/")
    assert "suspect the wrong key file" in str(error)
    assert str(error).count("‹secret ") == 2


@pytest.mark.usefixtures("running")
def test_another_gateway_ends_it(tmp_path: Path) -> None:
    error = refused(tmp_path, lambda rig: rig["envoy"].update(serial_number="122000000999"))
    assert isinstance(error, WrongDevice)
    assert "two gateways swapped" in str(error)


@pytest.mark.usefixtures("running")
def test_another_firmware_is_not_the_build_that_was_meant(tmp_path: Path) -> None:
    error = refused(tmp_path, lambda rig: rig["expected"].update(firmware="8.3.1598"))
    assert isinstance(error, WrongBuild)
    assert "runs firmware 8.2.127, the rig file expects 8.3.1598" in str(error)
    assert "not the build you meant to test" in str(error)
    health = json.loads((tmp_path / "run" / "doctor.json").read_text())
    assert not health["green"]
    states = {each["name"]: each["state"] for each in health["checks"]}
    assert states["opening the rig"] == "red"
    assert states["gateway clock"] == "ok"
    assert "gateway firmware" not in states, "it was not found well"


@pytest.mark.usefixtures("running")
def test_a_gateway_whose_clock_is_wrong_ends_it_before_anything_is_changed(tmp_path: Path) -> None:
    error = refused(tmp_path, lambda rig: rig["envoy"].update(clock_within_s=60))
    assert isinstance(error, RigUnwell)
    assert "gateway clock: " in str(error)
    assert "behind this machine's, 60 s are allowed (see that both have a time server" in str(error)
    assert "POST" not in (tmp_path / "run" / "timeline.jsonl").read_text()
    health = json.loads((tmp_path / "run" / "doctor.json").read_text())
    assert [each["name"] for each in health["checks"] if each["state"] == "red"] == [
        "gateway clock"
    ]


@pytest.mark.usefixtures("running")
def test_a_gateway_that_nobody_answers_for_is_the_benchs(tmp_path: Path) -> None:
    error = refused(tmp_path, lambda rig: rig["envoy"].update(url="http://127.0.0.1:9"))
    assert isinstance(error, Unreachable)
    assert "127.0.0.1:9" in str(error)


@pytest.mark.usefixtures("running")
def test_a_port_that_is_not_there_says_so(tmp_path: Path) -> None:
    error = refused(
        tmp_path, lambda rig: rig["enpower"]["console"].update(port="/dev/serial/by-id/nowhere")
    )
    assert isinstance(error, Unreachable)
    assert "suspect the adapter is unplugged" in str(error)


@pytest.mark.usefixtures("running")
def test_a_dialect_key_nobody_knows_names_the_rig_file(tmp_path: Path) -> None:
    error = refused(tmp_path, lambda rig: rig["enpower"].update(dialect={"promt": "ENP> "}))
    assert isinstance(error, RigFileError)
    assert "desk.yaml" in str(error)
    assert "did you mean 'prompt'?" in str(error)


def test_a_simulator_that_is_killed_is_the_rigs_trouble(running: Running, tmp_path: Path) -> None:
    with opened(tmp_path) as rig:
        assert running.control is not None
        Path(running.control.removeprefix("unix:")).unlink()
        running.simulation.close()
        rig.clock.settle()  # the socket that is open still answers
    with pytest.raises(SimulatorLost, match="start it anew"), opened(tmp_path):
        pass


@pytest.mark.usefixtures("running")
def test_a_pulled_cable_is_the_benchs_though_all_else_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as rig:
        pulled = rig.encharges[0]
        with monkeypatch.context() as cable:
            # Nothing gets to the device, so nothing comes from it.
            cable.setattr(pulled.console._recording, "write", lambda data: None)
            with pytest.raises(ConsoleSilent) as silent:
                pulled.devinfo()
        assert pulled.devinfo().serial_number == FIRST
    assert (
        f"; the console of enpower {ENPOWER}, encharge {SECOND} answers; the gateway's inventory "
        "says that it communicates; undecided: suspect this console's cable or adapter first"
    ) in str(silent.value)


@pytest.mark.usefixtures("running")
def test_a_command_that_the_keeper_could_not_send_costs_no_later_one(tmp_path: Path) -> None:
    with opened(tmp_path) as rig:
        console = rig.encharges[0].console
        told = console._recording._link.on_line  # type: ignore[attr-defined]
        line = {"console": console._recording._number}  # type: ignore[attr-defined]
        # As a keeper says it whose line hangs up under a write, and is opened again.
        told(line | {"not_sent": "lost while writing"})
        with pytest.raises(LineLost, match=f"^encharge {FIRST}: lost while writing"):
            console.wait_for_line("Joined", since=console.mark(), within_s=1)
        told(line | {"trouble": "hung up", "is_coming_back": True, "is_open_again": False})
        told(line | {"trouble": None, "is_coming_back": False, "is_open_again": False})
        assert rig.encharges[0].devinfo().serial_number == FIRST


def test_a_cli_that_dies_over_a_command_is_the_products(running: Running, tmp_path: Path) -> None:
    with opened(tmp_path) as rig:
        cli = running.simulation.site.nodes[FIRST].cli
        with pytest.MonkeyPatch.context() as dead:
            dead.setattr(cli, "_take_next", lambda: None)  # echoes, and does nothing
            with pytest.raises(StoppedAnswering, match="got through to it; the console of enpower"):
                rig.encharges[0].devinfo()
        cli.reset()


def test_a_device_whose_gateway_is_gone_too_is_undecided(running: Running, tmp_path: Path) -> None:
    with opened(tmp_path) as rig:
        cli = running.simulation.site.nodes[FIRST].cli
        with pytest.MonkeyPatch.context() as dead:
            dead.setattr(cli, "_take_next", lambda: None)
            dead.setattr(rig.envoy.ensemble, "inventory", _unreachable)
            with pytest.raises(ConsoleSilent, match="the gateway does not say whether"):
                rig.encharges[0].devinfo()
        cli.reset()


def _unreachable() -> None:
    raise Unreachable("no route")


@pytest.mark.usefixtures("running")
def test_no_key_of_the_rig_reaches_its_folder(tmp_path: Path) -> None:
    with opened(tmp_path) as rig:
        for node in rig.nodes:
            assert node.link_key() is not None
        rig.envoy.zigbee.agent_file()
        rig.timeline.note("suite", Kind.STEP, f"said by mistake: {TRUTH.nodes[0].link_key}")
    pieces = [
        node.link_key[start : start + 8]
        for node in TRUTH.nodes
        for start in range(len(node.link_key) - 7)
    ]
    for path in (tmp_path / "run").rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8").upper()
            assert not [piece for piece in pieces if piece in text], path
