"""docs/scenarios.yaml is complete: each of the forty is held somewhere that there is."""

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from hil.plugin.promises import load_promises

ROOT = Path(__file__).parents[1]
SCENARIOS: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "docs" / "scenarios.yaml").read_text("utf-8")
)
KEYS = {"scenario", "what", "promises", "selftests", "open"}


def test_there_are_forty_each_once() -> None:
    assert [each["scenario"] for each in SCENARIOS] == [*range(1, 41)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: str(each["scenario"]))
def test_what_holds_a_scenario_is_there(scenario: dict[str, Any]) -> None:
    assert set(scenario) <= KEYS
    assert scenario["promises"], "nothing holds a device to it"
    promises = load_promises(ROOT / "docs" / "promises.yaml")
    assert [each for each in scenario["promises"] if each not in promises] == []
    for selftest in scenario.get("selftests", ()):
        path, _, name = selftest.partition("::")
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, name
