"""The list of what can be written is complete, and all of it is met with nonsense."""

from dataclasses import fields

import pytest

from hil.simulator.rest.control_settings import HIGH_BACKUP_SOC
from hil.simulator.rest.router import PREFIX_ROUTES, ROUTES
from hil.vocabulary.endpoints import WRITABLE, Writable
from tests.gateway.nonsense import NONSENSE, Nonsense

VARYING = {"/ivp/meters/": "/ivp/meters/<eid>"}
KINDS = ("wrong_type", "missing", "illegal", "with_extra_key")


def test_the_simulated_gateway_can_be_written_there_and_nowhere_else() -> None:
    taken = {(method, VARYING.get(path, path)) for method, path in (*ROUTES, *PREFIX_ROUTES)}
    writes = {(method, path) for method, path in taken if method != "GET"}

    # Which keys it has nobody knows, so nobody can say what of them is nonsense.
    writes.remove(("POST", HIGH_BACKUP_SOC))
    assert writes == {(each.method, each.path) for each in WRITABLE}


def test_there_is_nonsense_for_what_can_be_written_and_for_nothing_else() -> None:
    assert set(NONSENSE) == {str(each) for each in WRITABLE}


@pytest.mark.parametrize("written", WRITABLE, ids=str)
def test_each_kind_of_nonsense_is_there_or_says_why_not(written: Writable) -> None:
    nonsense = NONSENSE[str(written)]

    lacking = {kind for kind in KINDS if not getattr(nonsense, kind)}

    assert lacking == set(nonsense.none)
    assert all(nonsense.none.values())
    if written.takes_body:
        assert nonsense.malformed


def test_the_kinds_are_those_of_the_nonsense() -> None:
    assert {*KINDS} <= {field.name for field in fields(Nonsense)}
