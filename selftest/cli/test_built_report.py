"""The report as the generator builds it: who the rig is, what was before, where links lead."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hil.cli.main import app
from hil.cli.node import find_node
from hil.cli.report import install_generator
from hil.errors import SuiteError
from selftest.plugin.inner_suite import inner_suite, labels

pytest_plugins = ["pytester"]

TEST = '@pytest.mark.promise("ZB-001")\ndef test_pairs(rig): {body}\n'


@pytest.fixture
def generator() -> None:
    try:
        install_generator(find_node())
    except SuiteError as error:
        pytest.skip(f"the generator of reports is not here and cannot be installed: {error}")


def build(run_dir: Path) -> str:
    ended = CliRunner().invoke(app, ["report", str(run_dir)])
    assert ended.exit_code == 0, ended.output
    return ended.output


def only_test(run_dir: Path) -> dict[str, Any]:
    [path] = (run_dir / "report" / "data" / "test-results").iterdir()
    result: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return result


@pytest.mark.usefixtures("generator")
def test_a_report_knows_its_rig_its_past_and_its_promises(pytester: pytest.Pytester) -> None:
    for name, body in (("first", "pass"), ("second", "raise Changed('node 1 changed')")):
        inner_suite(pytester, zigbee__test_all=TEST.format(body=body))
        pytester.runpytest_subprocess("--run-dir", name, "-p", "no:cacheprovider")
    first, second = pytester.path / "first", pytester.path / "second"

    build(first)
    told = build(second).splitlines()
    shown = only_test(second)
    build(second)

    assert told[0] == "NOT GREEN: 1 promise broken (product)"
    assert told[1] == "1 collected, 1 run, 0 unaccounted for"
    assert shown["environment"] == "sim-split-phase"
    assert [category["name"] for category in shown["categories"]] == ["The product broke a promise"]
    assert labels(shown)["severity"] == "normal"
    assert [each["status"] for each in shown["history"]] == ["passed"]
    assert [each["status"] for each in only_test(second)["history"]] == ["passed"]
    history = pytester.path / "history-sim-split-phase.jsonl"
    names = [json.loads(line)["name"] for line in history.read_text("utf-8").splitlines()]
    assert names == ["HIL first", "HIL second"]
    [link] = shown["links"]
    assert "window.open(`promises.html#${id}`)" in (second / "report" / "index.html").read_text(
        "utf-8"
    )
    page, _, anchor = link["url"].partition("#")
    assert f'<tr id="{anchor}">' in (second / "report" / page).read_text("utf-8")
    assert "googletagmanager" not in (second / "report" / "index.html").read_text("utf-8")
