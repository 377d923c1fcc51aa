"""The first lines of failures that are a bench's, brought about for real."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from selftest.evidence.browser import served
from selftest.suite_runs import run_suite, simulator_process

TEST = (
    "tests/ensemble/test_mains_relay.py::test_commanded_open_the_relay_opens_into_an_island_in_step"
)
BATTERY = "encharge 122000000131"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The rig file of a simulator that is well."""
    rig_file = tmp_path_factory.mktemp("desk") / "desk.yaml"
    with simulator_process(rig_file, "--time", "virtual"):
        yield rig_file


def first_screen(rig_file: Path, run_dir: Path) -> tuple[dict[str, str], Mapping[str, str]]:
    """The lines of the only failure by their first word, the headline by ''; and its attachments."""
    run = run_suite(run_dir, f"--rig={rig_file}", TEST)
    assert run.returncode == 2, run.printed
    results = run_dir / "allure-results"
    [result] = (json.loads(path.read_text("utf-8")) for path in results.glob("*-result.json"))
    headline, _, *lines = result["statusDetails"]["message"].splitlines()
    said = {word: text.strip() for word, _, text in (line.partition(":") for line in lines)}
    attached = {
        each["name"]: (results / each["source"]).read_text("utf-8")
        for each in result["attachments"]
    }
    assert result["status"] == "broken"
    assert said["blame"] == "rig"
    assert "failed here" in attached["timeline"]
    return {"": headline, **said}, attached


def test_a_wrong_key(desk: Path, tmp_path: Path) -> None:
    described = yaml.safe_load(desk.read_text("utf-8"))
    wrong = desk.with_name("wrong.key")
    wrong.write_text("00112233445566778899AABBCCDDEEFF\n", "utf-8")
    described["encharges"][0]["link_key"] = {"file": str(wrong)}
    rig_file = desk.with_name("wrong-key.yaml")
    rig_file.write_text(yaml.safe_dump(described), "utf-8")

    said, attached = first_screen(rig_file, tmp_path / "run")

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

        said, attached = first_screen(rig_file, tmp_path / "run")

    assert said[""].startswith("NotAnEnvoy: envoy at 127.0.0.1:")
    assert said["seen"].startswith("envoy http: asked 'GET /info', came at ")
    assert said["seen"].endswith("<html><title>Router</title>Please log in</html>")
    assert said["looks like"].startswith("the bench's, since NotAnEnvoy means: something answers")
    assert said["look first"].startswith("what answers at the gateway's address")
    assert "Please log in" in attached["HTTP"]
