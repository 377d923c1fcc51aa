"""ReplyReader: which lines are the reply."""

import pytest

from hil.consoles.dialect import encharge_dialect
from hil.consoles.exchange import ReplyReader


def read(*lines: str, command: str = "devinfo", echo: bool = True) -> ReplyReader:
    reader = ReplyReader(command, encharge_dialect().with_overrides({"echo": echo}))
    for line in lines:
        if reader.feed(line):
            break
    return reader


REPLY = ["sn: 122000000131", "type: 13", "OK"]


@pytest.mark.parametrize(
    "lines",
    [
        ["devinfo", *REPLY],
        ["ENC> devinfo", *REPLY],
        ["ENC> ENC> devinfo", *REPLY],
        ["ENC>", "devinfo", *REPLY],
        ["", "devinfo", "", "sn: 122000000131", "", "type: 13", "OK"],
        ["devinfo", *REPLY, "ENC> [1.000] ZB: not of this reply"],
        ["\\xff\\xfeENC> devinfo", *REPLY],
    ],
)
def test_prompts_empty_lines_and_echo_are_no_part_of_the_reply(lines: list[str]) -> None:
    reader = read(*lines)
    assert (reader.ended, reader.reply, reader.log_lines) == (True, REPLY, [])


@pytest.mark.parametrize(
    "lines",
    [
        ["[1.000] ZB: Joined", "devinfo", *REPLY],
        ["ENC> [1.000] ZB: Joined", "devinfo", *REPLY],
        ["devinfo", "[1.000] ZB: Joined", *REPLY],
        ["devinfo[1.000] ZB: Joined", *REPLY],
        ["ENC> devinfo[1.000] ZB: Joined", "", *REPLY],
        ["ENC> dev[1.000] ZB: Joined", "info", *REPLY],
        ["devinfo", "sn: 1220[1.000] ZB: Joined", "00000131", "type: 13", "OK"],
        ["devinfo", "sn: 122000000131", "type: 13", "OK[1.000] ZB: Joined", ""],
        ["devinfo", "sn: 122000000131", "ENC> [1.000] ZB: Joined", "type: 13", "OK"],
        ["\\xff[1.000] ZB: Joined", "devinfo", *REPLY],
    ],
)
def test_a_log_line_is_told_apart_wherever_it_comes(lines: list[str]) -> None:
    reader = read(*lines)
    assert (reader.ended, reader.reply, reader.log_lines) == (True, REPLY, ["Joined"])


def test_the_late_reply_to_an_earlier_command_is_not_taken_for_this_one() -> None:
    reader = read("AT AI FF", "OK", "ENC> devinfo", *REPLY)
    assert (reader.reply, reader.leftovers) == (REPLY, ["AT AI FF", "OK"])
    assert reader.echoless_end is None


def test_a_whole_reply_without_an_echo_is_noticed() -> None:
    reader = read(*REPLY)
    assert (reader.ended, reader.echoless_end) == (False, "OK")


def test_without_echo_the_reply_begins_at_once() -> None:
    reader = read("ENC> sn: 122000000131", "type: 13", "OK", echo=False)
    assert (reader.ended, reader.reply) == (True, REPLY)


@pytest.mark.parametrize("typed", ["evinfo", "ddevinfo"])
def test_a_lost_or_doubled_first_character_is_noticed(typed: str) -> None:
    reader = read(f"ENC> {typed}", f"unknown command: {typed}")
    assert (reader.ended, reader.garbled) == (True, True)


def test_a_command_that_begins_like_another_is_not_its_echo() -> None:
    reader = read("zb at DJ 1", "AT DJ=1 OK", command="zb at DJ")
    assert reader.ended is False


@pytest.mark.parametrize(
    "end", ["OK", "AT DJ=1 OK", "ERR 7 not permitted", "AT DJ: no response", "unknown command: x"]
)
def test_the_end_line_is_the_last_of_the_reply(end: str) -> None:
    reader = read("devinfo", "x", end, "ENC> ")
    assert reader.reply == ["x", end]
