"""A CLI that does not take a command: for a moment, for too long, or while it is updated."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.consoles.dialect import encharge_dialect
from hil.errors import CliBusy, ConsoleLocked, RigError
from hil.evidence.timeline import Kind
from selftest.consoles.scripted_device import Bench, bench

REPLY = "sn: 1\r\nOK\r\nENC> "


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    "busy", ["CLI busy", "ERR 5 CLI busy: flash", "console is busy, try later"]
)
def test_a_busy_cli_is_asked_again_and_that_is_said(opened: Bench, busy: str) -> None:
    said = iter([f"{busy}\r\nENC> ", f"{busy}\r\nENC> ", REPLY])
    opened.device.answer = lambda command: next(said)
    exchange = opened.console.ask("devinfo")
    assert (exchange.reply, opened.device.asked) == (("sn: 1", "OK"), ["devinfo"] * 3)
    assert opened.clock.now() == 2.0, "a second between two tries"
    troubles = [event.text for event in opened.timeline.since(0) if event.kind is Kind.TROUBLE]
    assert troubles == [f"CLI busy at 'devinfo': {busy}; asked again"] * 2


def test_it_may_take_what_a_reply_may_take_and_no_longer(opened: Bench) -> None:
    opened.device.answer = lambda command: "CLI busy\r\nENC> "
    with pytest.raises(CliBusy, match=r"'devinfo' on /dev/.* 'CLI busy', again .* for 5 s") as busy:
        opened.console.ask("devinfo")
    assert (busy.value.reply, len(opened.device.asked)) == ("CLI busy", 5)
    assert opened.clock.now() < 5.0


def test_other_commands_get_their_turn_while_one_waits_for_a_busy_cli(opened: Bench) -> None:
    said = iter(["CLI busy\r\nENC> ", REPLY])
    opened.device.answer = lambda command: REPLY if command == "psts" else next(said)
    other = threading.Thread(target=opened.console.ask, args=("psts",))

    def let_it_ask() -> None:
        other.start()
        other.join(10.0)

    opened.device.later(0.5, let_it_ask)
    opened.console.ask("devinfo")
    assert opened.device.asked == ["devinfo", "psts", "devinfo"]


@pytest.mark.parametrize("echo", [True, False])
@pytest.mark.parametrize("locked", ["CLI locked", "ERR 9 firmware update in progress (12 %)"])
def test_a_cli_locked_by_an_update_is_an_error_of_its_own(
    opened: Bench, echo: bool, locked: str
) -> None:
    opened.device.echo = echo
    opened.device.answer = lambda command: f"{locked}\r\nENC> "
    with pytest.raises(ConsoleLocked, match=r"takes no commands while a firmware update runs"):
        opened.console.ask("devinfo")
    assert (opened.device.asked, issubclass(ConsoleLocked, RigError)) == (["devinfo"], True)
    assert opened.clock.now() == 0.0


def test_what_busy_and_locked_look_like_is_the_dialects(opened: Bench) -> None:
    opened.console.dialect = encharge_dialect().with_overrides(
        {"busy": "EAGAIN", "busy_every_s": 0.25, "locked": "EPERM"}
    )
    said = iter(["EAGAIN\r\n", REPLY, "EPERM\r\n"])
    opened.device.answer = lambda command: next(said)
    opened.console.ask("devinfo")
    assert opened.clock.now() == 0.25
    with pytest.raises(ConsoleLocked):
        opened.console.ask("devinfo")
