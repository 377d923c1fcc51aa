"""A console whose line went away: under a command, under a wait, and when it is back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hil.consoles.dialect import encharge_dialect
from hil.consoles.encharge import Encharge
from hil.errors import LineLost, WrongDevice
from hil.evidence.timeline import Kind
from selftest.consoles.scripted_device import Bench, bench
from selftest.consoles.scripted_node import ScriptedNode


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, ScriptedNode()) as opened:
        yield opened


@pytest.fixture
def encharge(opened: Bench) -> Encharge:
    return Encharge(opened.console, serial_number="122000000131")


def test_who_answers_is_seen_before_the_next_command_goes_out(
    opened: Bench, encharge: Encharge
) -> None:
    encharge.at_get("DJ")
    opened.pull_out()
    opened.plug_in()
    encharge.at_get("DJ")
    encharge.at_get("AI")
    assert opened.device.asked == ["zb at DJ", "devinfo", "zb at DJ", "zb at AI"]
    troubles = [event.text for event in opened.timeline.since(0) if event.kind is Kind.TROUBLE]
    assert troubles[-1].endswith("who answers now?")


def test_another_device_gets_no_command_until_the_right_one_is_back(
    opened: Bench, encharge: Encharge
) -> None:
    device = opened.device
    assert isinstance(device, ScriptedNode)
    opened.pull_out()
    opened.plug_in()
    device.serial_number = "122000000777"
    for _ in range(2):
        with pytest.raises(WrongDevice, match=r"131: .* answers 122000000777 .* 122000000131"):
            encharge.reset_network()
    with pytest.raises(WrongDevice):
        opened.console.send("znr")
    assert set(device.asked) == {"devinfo"}
    device.serial_number = "122000000131"
    encharge.reset_network()
    assert device.asked[-1] == "znr"


def test_whoever_was_plugged_in_while_a_command_waited_for_the_line_gets_nothing_of_it(
    opened: Bench, encharge: Encharge
) -> None:
    device, await_line = opened.device, opened.recording.await_line
    assert isinstance(device, ScriptedNode)

    def plugged_in_meanwhile() -> None:
        opened.recording.await_line = await_line  # type: ignore[method-assign]
        device.serial_number = "122000000777"
        opened.adapter.plug()
        await_line()

    opened.pull_out()
    opened.recording.await_line = plugged_in_meanwhile  # type: ignore[method-assign]
    with pytest.raises(WrongDevice, match=r"131: .* answers 122000000777 "):
        encharge.reset_network()
    assert b"".join(keys for _, keys in device.keys) == b"\rdevinfo\r"


def test_nor_does_who_was_plugged_in_when_it_was_known_already_who_answers(
    opened: Bench, encharge: Encharge
) -> None:
    settle = opened.clock.settle

    def swapped_at_the_last_moment() -> None:
        opened.clock.settle = settle  # type: ignore[method-assign]
        opened.pull_out()
        opened.plug_in()
        settle()

    opened.clock.settle = swapped_at_the_last_moment  # type: ignore[method-assign]
    with pytest.raises(LineLost, match=r"^encharge 122000000131: .* was interrupted: "):
        encharge.reset_network()
    opened.clock.settle()
    assert opened.device.keys == []


def test_a_command_for_a_line_that_stays_away_names_device_and_port(
    opened: Bench, encharge: Encharge
) -> None:
    opened.pull_out()
    lost = f"^encharge 122000000131: {opened.adapter.port} at 115200 baud: lost while reading"
    with pytest.raises(LineLost, match=lost):
        encharge.reset_network()


def test_a_command_under_way_is_lost_with_what_had_come_and_not_sent_again(
    opened: Bench, encharge: Encharge
) -> None:
    device = opened.device

    def break_off(command: str) -> str:
        device.later(1.0, opened.pull_out)
        return "pairing: joined\r\n[1.000] ZB: Joined\r\nzb: JOI"

    answer, device.answer = device.answer, break_off
    with pytest.raises(LineLost) as lost:
        encharge.pairing()
    said = str(lost.value)
    assert said.startswith(f"encharge 122000000131: {opened.adapter.port} at 115200 baud")
    assert (
        "'psts' was under way: of its reply came ['pairing: joined', 'Joined', 'zb: JOI']" in said
    )
    assert "whether it was carried out is not known, and it was not sent again; suspect the" in said
    device.answer = answer
    opened.plug_in()
    assert encharge.pairing().zb == "JOINED"
    assert device.asked == ["psts", "devinfo", "psts"]


def test_a_command_whose_line_was_away_for_a_moment_is_lost_too(
    opened: Bench, encharge: Encharge
) -> None:
    device = opened.device

    def flap() -> None:
        opened.pull_out()
        opened.plug_in()
        device.say("zb: JOINED\r\nparent: FFFE\r\nretries: 3\r\nOK\r\nENC> ")

    def answer(command: str) -> str:
        device.later(1.0, flap)
        return "pairing: joined\r\n"

    device.answer = answer
    with pytest.raises(LineLost, match=r"was interrupted: .*'psts' was under way: .*\['pairing"):
        encharge.pairing()


def test_the_rest_of_a_command_does_not_go_to_whoever_is_on_the_line_now(
    opened: Bench, encharge: Encharge
) -> None:
    opened.console.dialect = encharge_dialect().with_overrides({"char_delay_s": 1})

    def swap() -> None:
        opened.pull_out()
        opened.plug_in()
        opened.device.keys.clear()

    opened.device.later(2.5, swap)
    with pytest.raises(LineLost, match="'psts' was under way"):
        encharge.pairing()
    opened.clock.settle()
    assert opened.device.keys == []
    encharge.pairing()
    assert opened.device.asked[-2:] == ["devinfo", "psts"]


def test_a_line_that_was_away_right_after_a_command_has_lost_it(
    opened: Bench, encharge: Encharge
) -> None:
    write = opened.recording.write

    def write_and_flap(data: bytes, *, waits: bool = True, is_secret: bool = False) -> None:
        opened.recording.write = write  # type: ignore[method-assign]
        write(data)
        opened.pull_out()
        opened.plug_in()

    opened.recording.write = write_and_flap  # type: ignore[method-assign]
    with pytest.raises(LineLost, match="'psts' was under way"):
        encharge.pairing()
    assert opened.clock.now() == 0.0, "at once, not when the reply is late"


def test_a_reply_that_was_whole_before_the_line_went_is_one(
    opened: Bench, encharge: Encharge
) -> None:
    answer = opened.device.answer

    def last(command: str) -> str | bytes | None:
        opened.device.later(0.0, opened.pull_out)
        return answer(command)

    opened.device.answer = last
    assert encharge.at_get("DJ") == 0
    opened.clock.sleep(1.0)
    with pytest.raises(LineLost):
        encharge.at_get("DJ")


def test_a_line_waited_for_is_not_put_together_across_a_gap(opened: Bench) -> None:
    mark = opened.console.mark()
    opened.device.say("[1.000] ZB: STATE -> WAITING")
    opened.clock.settle()
    opened.pull_out()
    opened.plug_in()
    opened.device.say(" TO JOIN\r\n[2.000] ZB: Joined\r\n")
    assert opened.console.wait_for_line("Joined", since=mark, within_s=9).text.endswith("Joined")
    with pytest.raises(LineLost, match=r"'WAITING TO JOIN': not seen, .* interrupted meanwhile"):
        opened.console.wait_for_line("WAITING TO JOIN", since=mark, within_s=9)


@pytest.mark.parametrize("listen", ["wait_for_line", "expect"])
def test_a_wait_ends_when_the_line_goes_though_it_may_come_back(opened: Bench, listen: str) -> None:
    listening: dict[str, Callable[[], object]] = {
        "wait_for_line": lambda: opened.console.wait_for_line("Joined", since=0, within_s=30),
        "expect": lambda: opened.console.expect("Joined", within_s=30),
    }
    opened.device.later(2.0, opened.pull_out)
    with pytest.raises(LineLost):
        listening[listen]()
    assert opened.clock.now() == 2.0
    opened.plug_in()

    def flap() -> None:
        opened.pull_out()
        opened.plug_in()
        opened.device.say("Joined\r\n")

    opened.device.later(2.0, flap)
    with pytest.raises(LineLost, match="interrupted"):
        listening[listen]()
    assert opened.clock.now() == 4.0
