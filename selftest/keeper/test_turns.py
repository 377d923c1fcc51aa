"""Who may type on a console now."""

import socket
from collections.abc import Iterator

import pytest

from hil.keeper.clients import Client
from hil.keeper.turns import Turns
from hil.transports.frames import TURN_BEGINS, TURN_ENDS, TURN_GIVEN_UP


class Wire:
    """One console: what was put on it, by whom."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.turns = Turns(1)
        self._ends = [socket.socketpair() for _ in range(2)]
        self.run, self.person = (Client(ours) for ours, _ in self._ends)
        self.run.who, self.person.who = "run", "person"

    def write(self, client: Client, data: bytes, flags: int) -> None:
        self.turns.write(client, 0, flags, data, None, self._send)

    def leave(self, client: Client) -> None:
        self.turns.end_all(client, self._send)

    def close(self) -> None:
        for pair in self._ends:
            for end in pair:
                end.close()

    def _send(self, client: Client, number: int, flags: int, data: bytes, gap: object) -> None:
        self.sent.append((client.who, data))


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


def test_what_a_person_types_waits_until_the_commands_reply_is_complete(wire: Wire) -> None:
    wire.write(wire.run, b"psts\r", TURN_BEGINS)
    wire.write(wire.person, b"devinfo\r", TURN_BEGINS)
    assert wire.sent == [("run", b"psts\r")]
    wire.write(wire.run, b"", TURN_ENDS)
    wire.write(wire.run, b"znr\r", TURN_BEGINS)
    assert wire.sent[1:] == [("person", b"devinfo\r")]
    wire.write(wire.person, b"", TURN_ENDS)
    assert wire.sent[2:] == [("run", b"znr\r")]


def test_an_end_that_comes_before_its_turn_keeps_nobody_from_typing(wire: Wire) -> None:
    wire.write(wire.run, b"psts\r", TURN_BEGINS)
    wire.write(wire.person, b"devinfo\r", TURN_BEGINS)
    wire.write(wire.person, b"", TURN_ENDS)
    wire.write(wire.run, b"", TURN_ENDS)
    wire.write(wire.run, b"znr\r", TURN_BEGINS)
    assert wire.sent == [("run", b"psts\r"), ("person", b"devinfo\r"), ("run", b"znr\r")]


def test_whoever_goes_away_leaves_no_turn_behind(wire: Wire) -> None:
    wire.write(wire.person, b"devinfo\r", TURN_BEGINS)
    wire.write(wire.run, b"psts\r", TURN_BEGINS)
    wire.leave(wire.person)
    assert wire.sent == [("person", b"devinfo\r"), ("run", b"psts\r")]


def test_a_command_that_nobody_waits_for_any_more_is_not_sent_late(wire: Wire) -> None:
    wire.write(wire.person, b"devinfo\r", TURN_BEGINS)
    wire.write(wire.run, b"znr\r", TURN_BEGINS)
    wire.write(wire.run, b"", TURN_ENDS | TURN_GIVEN_UP)
    wire.write(wire.person, b"", TURN_ENDS)
    wire.write(wire.run, b"psts\r", TURN_BEGINS)
    assert wire.sent == [("person", b"devinfo\r"), ("run", b"psts\r")]
