"""Console on a real PTY: asking and listening."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.consoles.dialect import encharge_dialect
from hil.consoles.exchange import Exchange
from hil.errors import (
    ConsoleSilent,
    LineLost,
    NotInTime,
)
from hil.evidence.timeline import Kind
from selftest.consoles.scripted_device import Bench, bench

KEY = "9A4C62E8F15B07D3A6287E9CB1F04D35"
LINES = ["sn: 122000000131", "type: 13", "mac: 0013A20041D00131", "OK"]
REPLY = "\r\n".join(LINES) + "\r\nENC> "


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as opened:
        yield opened


def answering(opened: Bench, **answers: str) -> None:
    """Let the device answer to these commands."""
    opened.device.answer = answers.get


def test_a_reply_is_its_lines_without_echo_and_prompt(opened: Bench) -> None:
    answering(opened, devinfo=REPLY)
    exchange = opened.console.ask("devinfo")
    assert (exchange.command, list(exchange.reply)) == ("devinfo", LINES)
    assert (exchange.end, exchange.log_lines) == ("OK", ())
    assert opened.device.asked == ["devinfo"]


def test_how_long_a_reply_took_is_rig_time(opened: Bench) -> None:
    def slow(command: str) -> None:
        opened.device.later(1.25, lambda: opened.device.say("AT AI 0\r\nOK\r\nENC> "))

    opened.device.answer = slow
    opened.clock.sleep(100.0)
    assert opened.console.ask("zb at AI").took_s == 1.25
    sent = [event for event in opened.timeline.since(0) if event.kind is Kind.SENT]
    took = [event.data["took_s"] for event in opened.timeline.since(0) if event.data]
    assert [(event.rig_s, event.text) for event in sent] == [(100.0, "zb at AI")]
    assert took == [1.25]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cuts=st.one_of(st.just(set(range(400))), st.sets(st.integers(1, 400), max_size=12)),
    logged=st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=5),
    end=st.sampled_from(["\r\n", "\r", "\n"]),
)
def test_neither_chunks_nor_log_lines_nor_line_ends_change_a_reply(
    opened: Bench, cuts: set[int], logged: list[tuple[int, bool]], end: str
) -> None:
    device = opened.device
    lines = [
        f"{log}{line}" for index, line in enumerate(LINES) for log in [_log(index, logged, end)]
    ]
    said = _log(0, [(0, False)] * (4 in dict(logged)), end) + end.join(lines) + end + "ENC> "
    edges = sorted({0, len(said), *(cut for cut in cuts if cut < len(said))})

    def in_pieces(command: str) -> None:
        for number, (start, stop) in enumerate(pairwise(edges)):
            piece = said[start:stop]
            device.later(number * 0.001, lambda piece=piece: device.say(piece))  # type: ignore[misc]

    device.answer = in_pieces
    exchange = opened.console.ask("devinfo")
    opened.clock.sleep(1.0)
    assert list(exchange.reply) == LINES
    assert list(exchange.log_lines) == re.findall(r"ZB: (Scanning \d)", said)


def _log(index: int, logged: list[tuple[int, bool]], end: str) -> str:
    """The log lines in front of reply line `index`, some behind a prompt."""
    return "".join(
        f"{'ENC> ' if prompted else ''}[12.345] ZB: Scanning {index}{end}"
        for at, prompted in logged
        if at == index
    )


def test_a_log_line_behind_the_prompt_does_not_hide_the_next_reply(opened: Bench) -> None:
    answering(opened, devinfo="OK\r\nENC> [1.000] ZB: AI: 23\r\n", psts="retries: 0\r\nOK\r\nENC> ")
    opened.console.ask("devinfo")
    assert opened.console.ask("psts").reply == ("retries: 0", "OK")


def test_a_log_line_that_is_being_printed_while_we_type_is_no_reply(opened: Bench) -> None:
    def answer(command: str) -> str:
        return "ing: 00007FFF\r\nsn: 1\r\nOK\r\nENC> "

    opened.device.echo = False
    opened.device.say("ENC> [1.000] ZB: Scann")
    opened.device.answer = answer
    with_no_echo = encharge_dialect().with_overrides({"echo": False})
    opened.console.dialect = with_no_echo
    exchange = opened.console.ask("devinfo")
    assert (exchange.reply, exchange.log_lines) == (("sn: 1", "OK"), ("Scanning: 00007FFF",))


def test_a_reply_that_came_too_late_is_not_taken_for_the_next_one(opened: Bench) -> None:
    opened.device.echo = False
    late = {"zb at AI": "zb at AI\r\n", "psts": f"AT AI FF\r\nOK\r\nENC> psts\r\n{REPLY}"}
    opened.device.answer = late.get
    with pytest.raises(ConsoleSilent):
        opened.console.ask("zb at AI")
    assert list(opened.console.ask("psts").reply) == LINES


# Keys.


def test_a_key_is_seen_by_the_parser_only(opened: Bench, tmp_path: Path) -> None:
    lowered = KEY.lower()
    answering(opened, **{"pair get_key": f"link_key: {lowered}\r\nOK\r\nENC> "})
    exchange = opened.console.ask("pair get_key")
    assert exchange.unmasked() == f"link_key: {lowered}\nOK"
    # However it was read, it is known from now on: a piece of it is masked too.
    opened.timeline.note("suite", Kind.STEP, f"a piece: {KEY[5:20]}")
    opened.close()
    shown = [repr(exchange), str(exchange), str(exchange.reply)]
    shown += [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    assert len(shown) == 5, "the timeline and the console's log are there"
    for text in shown:
        assert not [start for start in range(25) if KEY[start : start + 8] in text.upper()]


def test_exchanges_are_equal_by_what_is_shown(opened: Bench) -> None:
    answering(opened, devinfo=REPLY)
    first, second = opened.console.ask("devinfo"), opened.console.ask("devinfo")
    assert isinstance(first, Exchange)
    assert first == second


def test_how_long_a_reply_is_waited_for_follows_the_dialect(opened: Bench) -> None:
    opened.device.alive = False
    with pytest.raises(ConsoleSilent, match="in 5 s"):
        opened.console.ask("devinfo")
    opened.console.dialect = encharge_dialect().with_overrides({"at_timeout_s": 4})
    with pytest.raises(ConsoleSilent, match="in 10 s"):
        opened.console.ask("devinfo")


def test_an_empty_command_is_not_asked(opened: Bench) -> None:
    with pytest.raises(ValueError, match="empty command"):
        opened.console.ask(" ")


# Listening.


def test_expect_after_send_finds_what_came_and_goes_on_behind_it(opened: Bench) -> None:
    opened.device.say("WAITING TO JOIN of yesterday\r\n")
    answering(opened, znr="OK\r\nENC> [1.000] ZB: WAITING TO JOIN\r\n[2.000] ZB: Joined\r\n")
    opened.console.send("znr")
    assert opened.console.expect("WAITING TO JOIN", within_s=5).before.startswith(b"znr\r\nOK")
    assert opened.console.expect(["never", "Joined"], within_s=5).index == 1
    with pytest.raises(NotInTime):
        opened.console.expect("Joined", within_s=5)
    assert opened.console.expect("yesterday", within_s=5, since=0).end > 0


def test_a_line_is_waited_for_whole_and_tells_when_it_was_said(opened: Bench) -> None:
    device = opened.device
    mark = opened.console.mark()
    device.later(3.0, lambda: device.say("ENC> [9.000] ZB: STATE -> WAITING TO JOIN"))
    device.later(4.5, lambda: device.say(" (2)\r\n"))
    line = opened.console.wait_for_line("WAITING TO JOIN", since=mark, within_s=30)
    assert (line.text, line.at_s) == ("ENC> [9.000] ZB: STATE -> WAITING TO JOIN (2)", 4.5)
    assert opened.clock.now() == 4.5


def test_a_line_that_never_comes_tells_the_last_that_came(opened: Bench) -> None:
    device = opened.device
    device.later(3.0, lambda: device.say(f"[9.000] ZB: AI: 23\r\nlink_key: {KEY}\r\n"))
    with pytest.raises(NotInTime) as caught:
        opened.console.wait_for_line("JOIN", since=0, within_s=30)
    assert caught.value.history[0] == (3.0, "[9.000] ZB: AI: 23")
    assert KEY[:8] not in str(caught.value)
    assert opened.clock.now() == 30.0


def test_log_lines_since_a_mark_are_told_without_replies(opened: Bench) -> None:
    answering(opened, devinfo=f"[1.000] ZB: Joined\r\n{REPLY}[2.000] ZB: AI: 00\r\n[3.000] ZB: ha")
    opened.device.say("[0.500] ZB: before\r\n")
    mark = opened.console.mark()
    opened.console.ask("devinfo")
    assert [line.text for line in opened.console.log_since(mark)] == ["Joined", "AI: 00"]


@pytest.mark.parametrize("listen", ["wait_for_line", "expect"])
def test_listening_on_a_lost_line_ends_at_once(opened: Bench, listen: str) -> None:
    opened.pull_out()
    listening: dict[str, Callable[[], object]] = {
        "wait_for_line": lambda: opened.console.wait_for_line("x", since=0, within_s=30),
        "expect": lambda: opened.console.expect("x", within_s=30),
    }
    with pytest.raises(LineLost):
        listening[listen]()
    assert opened.clock.now() == 0.0
