"""Lines that a person types: one at a time, each with its turn until it is answered."""

from hil.cli.typed_commands import TypedCommands
from hil.consoles.dialect import encharge_dialect
from hil.transports.frames import TURN_BEGINS, TURN_ENDS
from hil.transports.stream import Stream


class Device:
    """The keeper's end: what it was given, and what the device says."""

    def __init__(self, *, speed: float = 1.0) -> None:
        self.given: list[tuple[bytes, int]] = []
        self.told: list[str] = []
        self.stream = Stream("1", wire="encharge 1 console")
        self.typed = TypedCommands(
            self.stream,
            encharge_dialect(),
            speed=speed,
            send=lambda data, flags: self.given.append((data, flags)),
            tell=self.told.append,
        )

    def says(self, text: str, now_s: float = 0.0) -> None:
        self.stream.append(text.encode())
        self.typed.heard(now_s)


ENDED = (b"", TURN_ENDS)


def test_the_second_line_waits_for_the_reply_to_the_first() -> None:
    device = Device()
    device.typed.type("psts", 0.0)
    device.typed.type("devinfo", 0.0)
    assert device.given == [(b"psts\r", TURN_BEGINS)]
    device.typed.its_turn(0.0)
    device.says("psts\r\npairing: paired\r\n")
    assert len(device.given) == 1
    device.says("OK\r\nENC> ")
    assert device.given[1:] == [ENDED, (b"devinfo\r", TURN_BEGINS)]
    device.typed.its_turn(0.0)
    device.says("devinfo\r\nOK\r\n")
    assert device.given[3:] == [ENDED]
    assert device.typed.is_idle


def test_what_is_said_to_others_before_its_turn_is_no_reply() -> None:
    device = Device()
    device.typed.type("psts", 0.0)
    device.says("psts\r\nOK\r\n")
    assert device.given == [(b"psts\r", TURN_BEGINS)]
    device.typed.look(2.0)
    assert device.told == ["'psts' waits: a command of the run is under way"]
    assert not device.typed.is_idle


def test_a_reply_that_does_not_end_gives_the_turn_back() -> None:
    device = Device(speed=10.0)
    device.typed.type("reboot", 0.0)
    device.typed.its_turn(100.0)
    device.says("reboot\r\n", 100.1)
    device.typed.look(100.2)
    assert device.given == [(b"reboot\r", TURN_BEGINS)]
    device.typed.look(100.4)  # 4 rig seconds
    assert device.given[1:] == [ENDED]
    assert device.typed.is_idle


def test_an_empty_line_has_no_reply_to_wait_for() -> None:
    device = Device()
    device.typed.type("", 0.0)
    device.typed.its_turn(0.0)
    assert device.given == [(b"\r", TURN_BEGINS), ENDED]
