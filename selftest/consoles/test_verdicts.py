"""Refusals and silences of a console: what they are called, and whose fault they are."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hil.consoles.console import Console
from hil.consoles.dialect import encharge_dialect
from hil.consoles.verdicts import Witnesses
from hil.errors import (
    CommandRefused,
    CommandUnknown,
    ConsoleSilent,
    LineGarbled,
    LineLost,
    RadioBusy,
    StoppedAnswering,
)
from hil.evidence.timeline import Kind
from selftest.consoles.scripted_device import Bench, bench

KEY = "9A4C62E8F15B07D3A6287E9CB1F04D35"
WELL = Witnesses(other_consoles=("enpower 122000000101",), gateway_hears_it=True)
LINES = ["sn: 122000000131", "type: 13", "mac: 0013A20041D00131", "OK"]
REPLY = "\r\n".join(LINES) + "\r\nENC> "


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as opened:
        yield opened


def answering(opened: Bench, **answers: str) -> None:
    """Let the device answer to these commands."""
    opened.device.answer = answers.get


@pytest.mark.parametrize(
    ("end", "error", "number"),
    [
        ("ERR 7 not permitted", CommandRefused, 7),
        ("ERR 2 radio busy", RadioBusy, 2),
        ("AT DJ: no response", RadioBusy, None),
        ("unknown command: zb", CommandUnknown, None),
    ],
)
def test_a_refusal_is_told_with_device_line_and_words(
    opened: Bench, end: str, error: type[CommandRefused], number: int | None
) -> None:
    answering(opened, **{"zb at DJ 1": f"{end}\r\nENC> "})
    with pytest.raises(CommandRefused, match=r"encharge 122000000131: 'zb at DJ 1' on /dev/") as no:
        opened.console.ask("zb at DJ 1")
    assert type(no.value) is error
    assert (no.value.reply, no.value.number) == (end, number)


def test_a_lost_first_character_is_sent_again_and_noted(opened: Bench) -> None:
    opened.device.echo = False
    heard = iter(["evinfo\r\nunknown command: evinfo\r\nENC> ", f"devinfo\r\n{REPLY}"])
    opened.device.answer = lambda command: next(heard)
    assert list(opened.console.ask("devinfo").reply) == LINES
    troubles = [event.text for event in opened.timeline.since(0) if event.kind is Kind.TROUBLE]
    assert troubles == ["the device read 'devinfo' wrong; sent again"]


def test_a_first_character_that_is_lost_twice_is_the_lines_fault(opened: Bench) -> None:
    opened.device.echo = False
    opened.device.answer = lambda command: "evinfo\r\nunknown command: evinfo\r\nENC> "
    with pytest.raises(LineGarbled, match="twice: the first character"):
        opened.console.ask("devinfo")
    assert len(opened.device.asked) == 2


# Silences.


def test_a_console_that_never_said_anything_is_the_benchs(opened: Bench) -> None:
    opened.witnesses = WELL
    opened.device.alive = False
    with pytest.raises(ConsoleSilent) as caught:
        opened.console.ask("devinfo", within_s=5)
    assert str(caught.value) == (
        f"encharge 122000000131: no answer to 'devinfo' on {opened.pty.port} at 115200 baud in "
        "5 s: heard nothing; suspect power, the cable, or TX and RX swapped"
    )


def test_noise_instead_of_a_prompt_suggests_the_baud_rate(opened: Bench) -> None:
    opened.device.alive = False
    opened.device.say(b"\xfe\x80\x00\xfe")
    with pytest.raises(
        ConsoleSilent,
        match=r"heard 4 bytes ending .*; 100% of the last 4 bytes are no text: looks like another baud rate",
    ):
        opened.console.ask("devinfo")


def test_a_device_that_prints_but_never_answered_suggests_the_wire_to_it(opened: Bench) -> None:
    opened.device.alive = False
    opened.device.say("[0.512] ZB: Stack Status: joined 90\r\nENC> ")
    opened.witnesses = WELL
    with pytest.raises(
        ConsoleSilent, match=r"it prints .* suspect the wire from here to it \(TX\)"
    ):
        opened.console.ask("devinfo")


def test_a_device_that_does_not_echo_is_told_how_to_say_so(opened: Bench) -> None:
    opened.device.echo = False
    answering(opened, devinfo=REPLY)
    with pytest.raises(ConsoleSilent, match=r"no echo .* put `echo: false` into its dialect"):
        opened.console.ask("devinfo")


def test_a_reply_whose_end_is_not_recognised_suggests_the_dialect(opened: Bench) -> None:
    answering(opened, devinfo="sn: 122000000131\r\nDONE\r\nENC> ")
    with pytest.raises(ConsoleSilent, match=r"no end of a reply is found in .*DONE.* its dialect"):
        opened.console.ask("devinfo")


def _fall_silent_after_one_answer(opened: Bench) -> None:
    answering(opened, devinfo=REPLY)
    opened.console.ask("devinfo")
    opened.device.alive = False


def _die_after_the_echo(opened: Bench) -> None:
    """The command is echoed, then the CLI is dead."""
    answering(opened, devinfo=REPLY)
    opened.console.ask("devinfo")
    opened.device.answer = lambda command: setattr(opened.device, "alive", False)


def test_who_dies_over_a_command_while_all_else_is_well_is_the_products(opened: Bench) -> None:
    _die_after_the_echo(opened)
    opened.witnesses = WELL
    opened.clock.sleep(10.0)
    with pytest.raises(StoppedAnswering) as caught:
        opened.console.ask("psts")
    assert str(caught.value) == (
        f"encharge 122000000131: no answer to 'psts' on {opened.pty.port} at 115200 baud in 5 s; "
        "its last answer ended at 0.0 s of rig time; the command got through to it; the console "
        "of enpower 122000000101 answers; the gateway's inventory says that it communicates"
    )


@pytest.mark.parametrize(
    ("witnesses", "suspicion"),
    [
        (Witnesses(), r"suspect the bench's power, the adapter, the cable"),
        (replace(WELL, gateway_hears_it=None), r"suspect the device's power, then this console's"),
        (replace(WELL, gateway_hears_it=False), r"suspect the device's power, then this console's"),
        (replace(WELL, other_consoles=()), r"suspect this console's cable or adapter first"),
    ],
)
def test_without_both_witnesses_even_an_echo_leaves_it_undecided_so_the_benchs(
    opened: Bench, witnesses: Witnesses, suspicion: str
) -> None:
    _die_after_the_echo(opened)
    opened.witnesses = witnesses
    with pytest.raises(
        ConsoleSilent, match=rf"{re.escape(str(witnesses))}; undecided: {suspicion}"
    ):
        opened.console.ask("psts")


def test_a_line_without_a_sign_is_the_benchs_whoever_else_is_well(opened: Bench) -> None:
    _fall_silent_after_one_answer(opened)
    opened.witnesses = WELL
    with pytest.raises(ConsoleSilent, match="suspect this console's cable or adapter first"):
        opened.console.ask("psts")


def test_a_log_line_alone_does_not_show_that_the_command_got_through(opened: Bench) -> None:
    _fall_silent_after_one_answer(opened)
    opened.witnesses = WELL
    opened.device.later(1.0, lambda: opened.device.say("[1.000] ZB: Scanning\r\n"))
    with pytest.raises(ConsoleSilent, match=r"of this one came \['Scanning'\]; .* undecided"):
        opened.console.ask("psts")


def test_where_nothing_echoes_a_part_of_the_reply_shows_that_it_got_through(opened: Bench) -> None:
    opened.device.echo = False
    opened.console.dialect = encharge_dialect().with_overrides({"echo": False})
    _die_after_the_echo(opened)
    opened.witnesses = WELL
    with pytest.raises(ConsoleSilent, match="undecided"):
        opened.console.ask("psts")
    opened.device.alive = True

    def half(command: str) -> str:
        opened.device.alive = False
        return "retries: 0\r\n"

    opened.device.answer = half
    with pytest.raises(StoppedAnswering, match=r"of this one came \['retries: 0'\]"):
        opened.console.ask("psts")


def test_a_command_that_is_swallowed_is_the_products_where_the_prompt_still_comes(
    opened: Bench,
) -> None:
    answering(opened, devinfo=REPLY)
    opened.console.ask("devinfo")
    with pytest.raises(
        StoppedAnswering, match=r"rig time; an empty command brings its prompt back$"
    ):
        opened.console.ask("psts")


def test_a_command_that_was_not_even_echoed_was_lost_on_the_line(opened: Bench) -> None:
    _fall_silent_after_one_answer(opened)
    opened.device.later(5.0, lambda: setattr(opened.device, "alive", True))
    opened.witnesses = WELL
    with pytest.raises(LineGarbled, match=r"'psts' on /dev/.* was not echoed, so it was lost"):
        opened.console.ask("psts")


def test_half_a_reply_is_told_in_the_silence(opened: Bench) -> None:
    _fall_silent_after_one_answer(opened)
    opened.device.alive = True
    opened.witnesses = WELL
    answering(opened, psts=f"link_key: {KEY}\r\n[1.000] ZB: Joined\r\nretr")
    with pytest.raises(StoppedAnswering, match=r"of this one came \['link_key: ‹.*', 'Joined'\]"):
        opened.console.ask("psts")


def test_a_witness_may_ask_this_console_for_its_prompt(opened: Bench) -> None:
    _fall_silent_after_one_answer(opened)
    seen: list[bool] = []

    def witness() -> Witnesses:
        seen.append(opened.console.answers())
        return Witnesses()

    opened.console._cross_examine = witness
    with pytest.raises(ConsoleSilent):
        opened.console.ask("psts")
    assert seen == [False]


def test_whether_it_answers_at_all_blames_nobody(opened: Bench) -> None:
    assert opened.console.answers() is True
    opened.device.alive = False
    assert opened.console.answers(within_s=3) is False
    opened.pty.hang_up()
    assert opened.console.answers() is False


def test_a_line_that_hangs_up_is_lost_not_silent(opened: Bench) -> None:
    _fall_silent_after_one_answer(opened)
    opened.witnesses = WELL
    opened.device.later(1.0, opened.pty.hang_up)
    with pytest.raises(LineLost, match=f"^encharge 122000000131: {opened.pty.port} at 115200 baud"):
        opened.console.ask("psts")


def asked_twice(console: Console) -> None:
    console.ask("devinfo")
    console.ask("devinfo")


def test_a_console_whose_log_cannot_be_written_is_lost_not_silent(tmp_path: Path) -> None:
    (tmp_path / "encharge-122000000131-console.log").symlink_to("/dev/full")
    with bench(tmp_path) as opened:
        answering(opened, devinfo=REPLY)
        stopped = r"^encharge 122000000131: .*the reader stopped: cannot"
        with pytest.raises(LineLost, match=stopped):  # the first may still have been read whole
            asked_twice(opened.console)
        with pytest.raises(LineLost, match="No space left on device"):
            opened.console.ask("psts")
