"""docs/behaviour-rows.yaml is complete: every row of the tables can be broken, or says why not."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import yaml

from hil.plugin.promises import load_promises
from hil.simulator.defects import DEFECTS
from hil.simulator.grid_profile import TargetEvent
from hil.simulator.pairing import PairingEvent
from hil.simulator.relay_states import RelayEvent
from hil.simulator.zigbee_join import JoinEvent

ROOT = Path(__file__).parents[2]
TABLES: Mapping[str, type[StrEnum]] = {
    "radio": JoinEvent,
    "pairing": PairingEvent,
    "relay": RelayEvent,
    "profile": TargetEvent,
}
DOCUMENT = yaml.safe_load((ROOT / "docs" / "behaviour-rows.yaml").read_text("utf-8"))


def rows(table: str | None = None) -> Iterator[dict[str, Any]]:
    for each in DOCUMENT:
        if table in (None, each["table"]):
            yield from each["rows"]


def test_every_defect_breaks_a_promise_that_there_is() -> None:
    promises = load_promises(ROOT / "docs" / "promises.yaml")
    assert [name for name, defect in DEFECTS.items() if defect.promise not in promises] == []


def test_every_row_has_a_defect_or_says_why_not() -> None:
    for row in rows():
        assert bool(row.get("defects")) != bool(row.get("none")), row
        assert [name for name in row.get("defects", ()) if name not in DEFECTS] == [], row


@pytest.mark.parametrize("table", TABLES)
def test_every_event_of_a_table_stands_in_a_row(table: str) -> None:
    named = [event for row in rows(table) for event in row.get("of", ())]
    assert sorted(named) == sorted(str(event) for event in TABLES[table])


def test_every_defect_of_radio_and_pairing_stands_in_a_row() -> None:
    named = {name for row in rows() for name in row.get("defects", ())}
    zigbee = {name for name, defect in DEFECTS.items() if defect.promise.startswith("ZB")}
    assert zigbee - named == set()


def test_every_defect_has_lines_beside_the_behaviour_that_it_breaks() -> None:
    code = "".join(
        path.read_text("utf-8")
        for path in (ROOT / "hil" / "simulator").rglob("*.py")
        if not path.name.endswith("defects.py")
    )
    assert [name for name in DEFECTS if f'"{name}"' not in code] == []
