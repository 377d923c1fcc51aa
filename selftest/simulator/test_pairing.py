"""The pairing table is complete, and pairing has one way in."""

import pytest

from hil.simulator.pairing import CORRECTABLE, TRANSITIONS, PairingEvent, following
from hil.vocabulary.zigbee import PairingState


@pytest.mark.parametrize("state", PairingState)
def test_every_word_of_the_wire_has_a_row(state: PairingState) -> None:
    assert TRANSITIONS[state]


def test_every_state_is_reached_from_a_new_registration() -> None:
    reached, new = {PairingState.REGISTERED}, [PairingState.REGISTERED]
    while new:
        following_states = set(TRANSITIONS[new.pop()].values()) - reached
        reached |= following_states
        new += following_states
    assert reached == set(PairingState)


@pytest.mark.parametrize("event", PairingEvent)
def test_every_event_is_in_the_table(event: PairingEvent) -> None:
    assert any(event in row for row in TRANSITIONS.values())


def test_only_a_device_that_is_or_was_configured_becomes_paired() -> None:
    into = {
        (state, event)
        for state, row in TRANSITIONS.items()
        for event, target in row.items()
        if target is PairingState.PAIRED and state is not PairingState.COMMISSIONED
    }
    by_configuration = {entry for entry in into if entry[1] is PairingEvent.CONFIGURED}
    assert into - by_configuration == {
        (PairingState.JOINING, PairingEvent.HEARD_AGAIN),
        (PairingState.LOST, PairingEvent.HEARD_AGAIN),
    }
    assert following(PairingState.KEY_FAIL, PairingEvent.CONFIGURED) is PairingState.KEY_FAIL


@pytest.mark.parametrize("state", sorted(CORRECTABLE))
def test_what_can_be_corrected_starts_anew(state: PairingState) -> None:
    assert following(state, PairingEvent.REGISTERED_ANEW) is PairingState.REGISTERED


def test_what_a_row_does_not_name_changes_nothing() -> None:
    assert following(PairingState.PAIRED, PairingEvent.KEY_EXPIRED) is PairingState.PAIRED
