"""The join table is complete, and all of it is used."""

from pathlib import Path

import pytest

import hil.simulator.node
from hil.simulator.zigbee_join import IN_NETWORK, LOG_LINES, TRANSITIONS, JoinEvent, NodeState


@pytest.mark.parametrize("state", NodeState)
def test_every_state_has_a_row(state: NodeState) -> None:
    assert TRANSITIONS[state]


def test_every_state_is_reached_from_a_device_without_power() -> None:
    reached, new = {NodeState.OFF}, [NodeState.OFF]
    while new:
        following = set(TRANSITIONS[new.pop()].values()) - reached
        reached |= following
        new += following
    assert reached == set(NodeState)


@pytest.mark.parametrize("event", JoinEvent)
def test_every_event_is_in_the_table_and_the_device_makes_it_happen(event: JoinEvent) -> None:
    assert any(event in row for row in TRANSITIONS.values())
    source = Path(str(hil.simulator.node.__file__)).read_text(encoding="utf-8")
    assert f"JoinEvent.{event.name})" in source


def test_power_can_be_lost_in_every_state_but_off() -> None:
    for state in set(NodeState) - {NodeState.OFF}:
        assert TRANSITIONS[state][JoinEvent.POWER_LOST] is NodeState.OFF
    assert JoinEvent.POWER_LOST not in TRANSITIONS[NodeState.OFF]


def test_a_stuck_radio_is_freed_by_a_restart_or_by_power_and_by_nothing_else() -> None:
    assert TRANSITIONS[NodeState.STUCK_FF] == {
        JoinEvent.RADIO_RESTARTED: NodeState.RADIO_RESTART,
        JoinEvent.POWER_LOST: NodeState.OFF,
    }


def test_the_network_is_entered_with_a_key_or_a_memory_only() -> None:
    entering = {
        event
        for state, row in TRANSITIONS.items()
        for event, target in row.items()
        if target in IN_NETWORK and state not in IN_NETWORK
    }
    assert entering == {JoinEvent.KEY_RECEIVED, JoinEvent.RESUMED, JoinEvent.REJOINED}


def test_the_words_of_the_recipe_are_printed_whenever_a_device_starts_to_wait() -> None:
    for event in (JoinEvent.LEFT, JoinEvent.STARTED_WITHOUT_NETWORK, JoinEvent.REJOIN_GIVEN_UP):
        assert LOG_LINES[event] == ("STATE -> {waiting}",)
