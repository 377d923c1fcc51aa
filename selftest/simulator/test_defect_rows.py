"""docs/behaviour-rows.yaml is complete: every row of the tables can be broken, or says why not."""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import yaml

from hil.plugin.promises import load_promises
from hil.simulator.defects import DEFECTS
from hil.simulator.generator import GeneratorEvent
from hil.simulator.grid_profile import TargetEvent
from hil.simulator.island import IslandEvent
from hil.simulator.pairing import PairingEvent
from hil.simulator.relay_guards import Guard
from hil.simulator.relay_states import RelayEvent
from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import answer
from hil.simulator.site import build_site
from hil.simulator.site_file import load_site
from hil.simulator.zigbee_join import JoinEvent
from selftest.capture.formulas import PATHS, equations

ROOT = Path(__file__).parents[2]
TABLES: Mapping[str, type[StrEnum]] = {
    "radio": JoinEvent,
    "pairing": PairingEvent,
    "relay": RelayEvent,
    "relay guard": Guard,
    "profile": TargetEvent,
    "island": IslandEvent,
    "generator": GeneratorEvent,
}
DOCUMENT = yaml.safe_load((ROOT / "docs" / "behaviour-rows.yaml").read_text("utf-8"))


def rows(table: str | None = None) -> Iterator[dict[str, Any]]:
    for each in DOCUMENT:
        if table in (None, each["table"]):
            yield from each["rows"]


def test_every_defect_breaks_a_promise_that_there_is() -> None:
    promises = load_promises(ROOT / "docs" / "promises.yaml")
    assert [name for name, defect in DEFECTS.items() if defect.promise not in promises] == []


def test_every_promise_is_broken_by_a_defect() -> None:
    broken = {defect.promise for defect in DEFECTS.values()}
    assert set(load_promises(ROOT / "docs" / "promises.yaml")) - broken == set()


def test_every_row_has_a_defect_or_says_why_not() -> None:
    for row in rows():
        assert bool(row.get("defects")) != bool(row.get("none")), row
        assert [name for name in row.get("defects", ()) if name not in DEFECTS] == [], row


@pytest.mark.parametrize("table", TABLES)
def test_every_event_of_a_table_stands_in_a_row(table: str) -> None:
    named = [event for row in rows(table) for event in row.get("of", ())]
    assert sorted(named) == sorted(str(event) for event in TABLES[table])


def test_every_formula_that_holds_within_a_gateways_bodies_stands_in_a_row() -> None:
    site = build_site(load_site(ROOT / "sites" / "split-phase.yaml"))
    bodies = {}
    for path in PATHS:
        bare, _, query = path.partition("?")
        request = Request("GET", bare, dict(parse_qsl(query)))
        reply = answer(site, request)
        if reply.status == 200:  # this firmware has it
            bodies[path] = json.loads(reply.body, object_pairs_hook=dict)
    held = [equation.name for equation in equations(bodies)]
    named = [name for row in rows("formulas") for name in row["of"]]
    assert sorted(named) == sorted(set(held))


def test_every_defect_stands_in_a_row() -> None:
    named = {name for row in rows() for name in row.get("defects", ())}
    assert set(DEFECTS) - named == set()


def test_every_defect_has_lines_beside_the_behaviour_that_it_breaks() -> None:
    code = "".join(
        path.read_text("utf-8")
        for path in (ROOT / "hil" / "simulator").rglob("*.py")
        if not path.name.endswith("defects.py")
    )
    assert [name for name in DEFECTS if f'"{name}"' not in code] == []
