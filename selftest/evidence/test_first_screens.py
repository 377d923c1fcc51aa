"""The first lines of failures that are a bench's, brought about for real."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from selftest.evidence.browser import served
from selftest.relay import Relay
from selftest.suite_runs import run_suite, simulator_process

TEST = (
    "tests/ensemble/test_mains_relay.py::test_commanded_open_the_relay_opens_into_an_island_in_step"
)
ANOTHER = "tests/ensemble/test_mains_relay.py::test_live_data_and_modes_agree_with_the_relay"
BATTERY, SWITCH = "encharge 122000000131", "enpower 122000000017"
PACED = ("--time", "paced", "--speed", "20")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The rig file of a simulator that is well."""
    rig_file = tmp_path_factory.mktemp("desk") / "desk.yaml"
    with simulator_process(rig_file, "--time", "virtual"):
        yield rig_file


Screen = dict[str, str]
"""The lines of a failure by their first word, the headline by ''."""


def first_screens(
    rig_file: Path, run_dir: Path, *tests: str, ends_with: int
) -> list[tuple[Screen, Mapping[str, str]]]:
    """What each test's failure says, in the order of the tests; and its attachments."""
    run = run_suite(run_dir, f"--rig={rig_file}", *tests)
    assert run.returncode == ends_with, run.printed
    assert "Traceback" not in run.printed, "the way through hil says nothing about the bench"
    results = run_dir / "allure-results"
    found = [json.loads(path.read_text("utf-8")) for path in results.glob("*-result.json")]
    found.sort(key=lambda result: result["start"])
    screens: list[tuple[Screen, Mapping[str, str]]] = []
    for result in found:
        headline, _, *lines = result["statusDetails"]["message"].splitlines()
        said = {word: text.strip() for word, _, text in (line.partition(":") for line in lines)}
        attached = {
            each["name"]: (results / each["source"]).read_text("utf-8")
            for each in result["attachments"]
        }
        assert result["status"] == "broken"
        assert said["blame"] == "rig"
        assert "failed here" in attached["timeline"]
        screens.append(({"": headline, **said}, attached))
    return screens


def unopened(rig_file: Path, run_dir: Path) -> tuple[Screen, Mapping[str, str]]:
    """As `first_screens`, of a rig that does not open."""
    [screen] = first_screens(rig_file, run_dir, TEST, ends_with=2)
    return screen


def test_a_wrong_key(desk: Path, tmp_path: Path) -> None:
    described = yaml.safe_load(desk.read_text("utf-8"))
    wrong = desk.with_name("wrong.key")
    wrong.write_text("00112233445566778899AABBCCDDEEFF\n", "utf-8")
    described["encharges"][0]["link_key"] = {"file": str(wrong)}
    rig_file = desk.with_name("wrong-key.yaml")
    rig_file.write_text(yaml.safe_dump(described), "utf-8")

    said, attached = unopened(rig_file, tmp_path / "run")

    assert said[""].startswith(f"WrongDevice: {BATTERY}: ")
    assert "holds the link key ‹secret" in said[""]
    assert said["promised"].startswith("Commanded open, the mains relay opens")
    assert said["seen"].startswith(f"{BATTERY} console: asked 'pair get_key', came at ")
    assert "link_key: ‹secret" in said["seen"]
    assert said["looks like"].startswith("the bench's, since ")
    assert said["look first"].startswith("the rig file's entry of that device (port, serial number")
    assert "pair get_key" in attached[f"console {BATTERY}"]


def test_a_page_for_people_instead_of_the_gateway(desk: Path, tmp_path: Path) -> None:
    described = yaml.safe_load(desk.read_text("utf-8"))
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "info").write_text("<html><title>Router</title>Please log in</html>", "utf-8")
    with served(pages) as url:
        described["envoy"]["url"] = url
        rig_file = desk.with_name("router.yaml")
        rig_file.write_text(yaml.safe_dump(described), "utf-8")

        said, attached = unopened(rig_file, tmp_path / "run")

    assert said[""].startswith("NotAnEnvoy: envoy at 127.0.0.1:")
    assert said["seen"].startswith("envoy http: asked 'GET /info', came at ")
    assert said["seen"].endswith("<html><title>Router</title>Please log in</html>")
    assert said["looks like"].startswith("the bench's, since NotAnEnvoy means: something answers")
    assert said["look first"].startswith("what answers at the gateway's address")
    assert "Please log in" in attached["HTTP"]


def test_a_silent_console(tmp_path: Path) -> None:
    rig_file = tmp_path / "desk.yaml"
    held, nobody = os.openpty()
    with simulator_process(rig_file, *PACED):
        described = yaml.safe_load(rig_file.read_text("utf-8"))
        described["encharges"][0]["console"]["port"] = os.ttyname(nobody)
        outlets = described["instruments"]["power_switch"]["outlets"]
        outlets.pop(BATTERY.rpartition(" ")[2])  # or it is given the time to start
        rig_file.write_text(yaml.safe_dump(described), "utf-8")

        said, attached = unopened(rig_file, tmp_path / "run")
    os.close(held)
    os.close(nobody)

    assert said[""].startswith(f"ConsoleSilent: {BATTERY}: no answer to 'devinfo' on /dev/pts/")
    assert "heard nothing; suspect power, the cable, or TX and RX swapped" in said[""]
    assert said["seen"].startswith(f"{BATTERY} console: asked 'devinfo', trouble at ")
    assert said["seen"].endswith("UTC): no reply to 'devinfo' in 5 s")
    assert said["meanwhile"].startswith("heard before, not since: ")
    assert f"{SWITCH} console " in said["meanwhile"], "who was asked before it has answered"
    assert "envoy http " in said["meanwhile"]
    assert said["looks like"].startswith("the bench's, since ConsoleSilent means: the serial line")
    assert said["look first"].startswith("the last lines of that console")
    assert "devinfo" in attached[f"console {BATTERY}"]


def test_a_bench_that_is_lost_in_the_middle(tmp_path: Path) -> None:
    rig_file = tmp_path / "desk.yaml"
    with simulator_process(rig_file, *PACED) as bench:
        described = yaml.safe_load(rig_file.read_text("utf-8"))
        gateway = described["envoy"]["url"].removeprefix("http://")
        with Relay(gateway, pulled_at=b"POST /ivp/ensemble/relay", first=bench.kill) as cable:
            described["envoy"]["url"] = f"http://{cable.address}"
            rig_file.write_text(yaml.safe_dump(described), "utf-8")

            (lost, attached), (out, _) = first_screens(
                rig_file, tmp_path / "run", TEST, ANOTHER, ends_with=10
            )

    assert " · most of the bench went at once · Unreachable: POST http://" in lost[""]
    assert lost["seen"].startswith("one after the other went silent, for good, the first at ")
    for wire in ("envoy http", f"{SWITCH} console", f"{BATTERY} console"):
        assert f"{wire} " in lost["seen"], "each that went is named"
    assert lost["looks like"].startswith("the bench's, since 4 wires went silent within ")
    assert lost["look first"].startswith("what they share: the bench's power")
    assert "! gap: " in attached[f"console {BATTERY}"]
    assert "gap: " in attached["timeline"]
    assert out["seen"].startswith("nothing was tried: the rig is out since ")
    assert f"UTC), after {TEST.rpartition('::')[2]}, which had ended with: EN-001 · " in out["seen"]
    assert out["look first"].startswith(f"what took the rig out: {TEST}; then `hil doctor")
