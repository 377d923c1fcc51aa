"""What is typed on a console: paced, whole, one command at a time, and not on top of another."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.clock import LimitedClock
from hil.consoles.dialect import encharge_dialect
from hil.errors import CommandUnknown, OutOfTime
from hil.evidence.timeline import Kind
from selftest.consoles.scripted_device import CURSOR_REPORT, Bench, bench, make_console

REPLY = "sn: 1\r\nOK\r\nENC> "


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as opened:
        opened.device.answer = lambda command: (
            REPLY if command == "devinfo" else f"unknown command: {command}\r\nENC> "
        )
        yield opened


def troubles(opened: Bench) -> list[str]:
    return [event.text for event in opened.timeline.since(0) if event.kind is Kind.TROUBLE]


def speak(opened: Bench, **overrides: object) -> None:
    opened.console.dialect = encharge_dialect().with_overrides(overrides)


def test_a_device_that_needs_it_gets_one_character_at_a_time(opened: Bench) -> None:
    speak(opened, char_delay_s=0.25)
    opened.console.ask("devinfo")
    assert opened.device.keys == [
        (number * 0.25, key.encode()) for number, key in enumerate("devinfo\r")
    ]


def test_what_an_end_of_time_left_half_typed_is_ended_before_the_next_command(
    opened: Bench,
) -> None:
    clock = LimitedClock(opened.clock)
    console = make_console(
        opened.recording,
        clock=clock,
        timeline=opened.timeline,
        dialect=encharge_dialect().with_overrides({"char_delay_s": 1}),
    )
    clock.limit(3.5, what="test_x")
    with pytest.raises(OutOfTime):
        console.ask("pair get_key")
    clock.limit(None)
    assert console.ask("devinfo").reply == ("sn: 1", "OK")
    assert opened.device.asked == ["pair", "devinfo"]
    assert troubles(opened) == [
        "a command of ours stood half typed on the line; ended, and so carried out, first"
    ]


def half_typed_by_somebody(opened: Bench, text: str = "znr") -> None:
    opened.device.say(f"ENC> {text}")
    opened.device._typed = text.encode()


def test_what_somebody_else_left_half_typed_is_ended_first_and_said(opened: Bench) -> None:
    half_typed_by_somebody(opened)
    assert opened.console.ask("devinfo").reply == ("sn: 1", "OK")
    assert opened.device.asked == ["znr", "devinfo"]
    assert troubles(opened) == [
        "'znr' stood half typed on the line; ended, and so carried out, first"
    ]


def test_where_the_cli_can_forget_it_is_not_carried_out(opened: Bench) -> None:
    speak(opened, abandon_line="\x15")
    half_typed_by_somebody(opened)
    opened.console.ask("devinfo")
    assert opened.device.asked == ["devinfo"]
    assert troubles(opened) == ["'znr' stood half typed on the line; given up first"]


@pytest.mark.parametrize(
    "said",
    ["ENC> ", "ENC> ENC> ", "\x1b[32mENC>\x1b[0m ", "ENC> [1.000] ZB: Scann", "ENC> \r\nboot"],
)
def test_what_nobody_typed_is_left_alone(opened: Bench, said: str) -> None:
    opened.device.say(said)
    opened.console.mark()
    opened.console.send("devinfo")
    opened.clock.settle()
    assert (opened.device.asked, troubles(opened)) == (["devinfo"], [])


def test_our_own_command_that_has_only_been_echoed_yet_is_not_somebody_elses(
    opened: Bench,
) -> None:
    opened.device.say("ENC> ")
    opened.device.answer = lambda command: None
    opened.device.echo = False
    opened.console.send("znr")
    opened.device.say("zn")
    opened.console.send("znr")
    opened.clock.settle()
    assert (opened.device.asked, troubles(opened)) == (["znr", "znr"], [])


# A device that asks its terminal where the cursor is.


def test_a_cli_that_waits_for_the_cursor_is_told_where_it_is(opened: Bench) -> None:
    speak(opened, cursor_report="\x1b[1;80R")
    opened.device.alive = False
    opened.device.say("\x1b[999;999H\x1b[")
    opened.clock.settle()
    opened.device.later(1.0, lambda: opened.device.say("6n"))

    def start() -> None:
        opened.device.alive = True
        opened.device.say("\x1b[1;1HENC> ")

    opened.device.reported = start
    opened.console.expect("ENC> ", within_s=5)
    assert opened.console.ask("devinfo").reply == ("sn: 1", "OK")
    assert [keys for _, keys in opened.device.keys if CURSOR_REPORT in keys] == [CURSOR_REPORT]


def test_where_nothing_answers_it_the_query_is_no_part_of_what_was_said(opened: Bench) -> None:
    opened.device.say("\x1b[6nENC> ")
    opened.device.answer = lambda command: "\x1b[6n\x1b[1msn: 1\x1b[0m\r\n\x1b[2KOK\r\nENC> "
    assert opened.console.ask("devinfo").reply == ("sn: 1", "OK")
    assert CURSOR_REPORT not in b"".join(keys for _, keys in opened.device.keys)
    heard = [event.text for event in opened.timeline.since(0) if event.kind is Kind.HEARD]
    assert "\x1b[6n\x1b[1msn: 1\x1b[0m" in heard, "as it came"


def test_an_unknown_command_is_not_taken_for_a_half_typed_one(opened: Bench) -> None:
    for _ in range(2):
        with pytest.raises(CommandUnknown):
            opened.console.ask("psts")
    assert (opened.device.asked, troubles(opened)) == (["psts", "psts"], [])
