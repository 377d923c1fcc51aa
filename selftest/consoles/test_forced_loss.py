"""The forced-loss recipe and its undoing, against a node that is awkward in known ways."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hil.consoles.dialect import encharge_dialect
from hil.consoles.encharge import Encharge
from hil.errors import NotInTime, RadioStuck, WrongDevice
from hil.evidence.timeline import Kind
from selftest.consoles.scripted_device import Bench, bench
from selftest.consoles.scripted_node import Mischief, ScriptedNode

Start = Callable[[Mischief], tuple[Encharge, ScriptedNode, Bench]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def start(mischief: Mischief) -> tuple[Encharge, ScriptedNode, Bench]:
            node = ScriptedNode(mischief)
            opened = stack.enter_context(bench(tmp_path, node))
            return Encharge(opened.console, serial_number="122000000131"), node, opened

        yield start


def told(opened: Bench, kind: Kind) -> list[str]:
    return [event.text for event in opened.timeline.since(0) if event.kind is kind]


def test_a_node_is_taken_out_and_stays_out(start: Start) -> None:
    encharge, node, opened = start(Mischief())
    opened.clock.sleep(50.0)
    dropped = encharge.drop_from_network()
    assert (node.joined, node.dj) == (False, 1)
    assert (dropped.at_s, dropped.rounds) == (52.0, 1)
    assert dropped.took_s == opened.clock.now() - 50.0
    assert node.asked[:3] == ["devinfo", "zb verbose on", "znr"]
    assert node.asked.count("zb at DJ 1") >= 7, "every 2 s until 15 s of silence"
    assert node.asked[-2:] == ["zb at AI", "zb at AI"]
    asked = [event for event in opened.timeline.since(0) if event.text == "zb at AI"]
    assert asked[-1].rig_s - asked[-2].rig_s == 10.0
    opened.clock.sleep(600.0)
    assert node.joined is False


def test_a_lab_that_knows_the_radios_own_times_says_them_in_the_dialect(start: Start) -> None:
    encharge, _, opened = start(Mischief())
    opened.console.dialect = encharge_dialect().with_overrides(
        {"join_every_s": 8, "at_timeout_s": 3.5}
    )
    encharge.drop_from_network()
    sent = [event for event in opened.timeline.since(0) if event.kind is Kind.SENT]
    forbidden = [event.rig_s for event in sent if event.text == "zb at DJ 1"]
    looked = [event.rig_s for event in sent if event.text == "zb at AI"]
    assert forbidden[1] - forbidden[0] == 3.5
    assert forbidden[-1] - forbidden[0] >= 3 * 8.0
    assert looked[-1] - looked[-2] == 2 * 8.0


def test_every_step_is_on_the_timeline(start: Start) -> None:
    encharge, _, opened = start(Mischief())
    encharge.drop_from_network()
    steps = [text for text in told(opened, Kind.STEP) if text.startswith("forced loss")]
    assert steps == [
        "forced loss: round 1: leave",
        "forced loss: out; forbid joining until it is silent",
        "forced loss: prove that it stays out",
        "forced loss: out, and stays out",
    ]


def test_a_busy_radio_and_a_deaf_one_are_coped_with_and_noted(start: Start) -> None:
    encharge, node, opened = start(Mischief(busy_resets=2, deaf_to_dj=3, never_joins=True))
    assert encharge.drop_from_network().rounds == 1
    assert node.joined is False
    assert told(opened, Kind.TROUBLE) == [
        "radio busy at 'znr': ERR 2 radio busy",
        "radio busy at 'znr': ERR 2 radio busy",
        *["radio busy, DJ 1 was not heard: AT DJ: no response"] * 3,
    ]


def test_silence_before_the_radio_heard_dj_1_does_not_count(start: Start) -> None:
    encharge, node, opened = start(Mischief(deaf_to_dj=8, never_joins=True))
    node.log = lambda text: None if "Scan" in text else ScriptedNode.log(node, text)  # type: ignore[method-assign]
    encharge.drop_from_network()
    heard = [
        event.rig_s
        for event in opened.timeline.since(0)
        if event.kind is Kind.HEARD and "AT DJ=1 OK" in event.text.splitlines()
    ]
    assert heard[-1] - heard[0] >= 15.0


def test_a_join_that_outran_dj_1_is_noticed_and_the_recipe_begun_again(start: Start) -> None:
    encharge, node, opened = start(Mischief(races=2))
    dropped = encharge.drop_from_network()
    assert (dropped.rounds, node.joined, node.asked.count("znr")) == (3, False, 3)
    assert dropped.at_s > 30.0, "when it left in the round that held"
    assert (
        told(opened, Kind.TROUBLE)
        == ["forced loss: joined all the same: an association was under way at DJ 1"] * 2
    )


def test_a_join_that_outruns_dj_1_every_time_is_not_in_time_with_the_story(start: Start) -> None:
    encharge, _, _ = start(Mischief(races=99))
    with pytest.raises(NotInTime) as caught:
        encharge.drop_from_network()
    story = [text for _, text in caught.value.history]
    assert str(caught.value).startswith("encharge 122000000131: out of the network and kept out")
    assert [text for text in story if "round" in str(text)] == [
        "round 1: leave",
        "round 2: leave",
        "round 3: leave",
    ]


@pytest.mark.parametrize(("within_s", "rounds"), [(15, 1), (28, 2)])
def test_the_budget_of_a_drop_is_kept(start: Start, within_s: float, rounds: int) -> None:
    encharge, node, _ = start(Mischief(races=1))
    with pytest.raises(NotInTime, match=f"kept out: not within {within_s} s; saw round 1: leave"):
        encharge.drop_from_network(within_s=within_s)
    assert node.asked.count("znr") == rounds, "no further round is begun"


def test_a_node_that_does_not_log_that_it_left_is_asked(start: Start) -> None:
    encharge, node, opened = start(Mischief(says_it_left=False, never_joins=True))
    encharge.drop_from_network()
    assert node.joined is False
    assert "psts" in node.asked
    assert told(opened, Kind.TROUBLE) == [
        "forced loss: 'WAITING TO JOIN' was not logged, but psts says so"
    ]


def test_a_znr_without_effect_is_not_in_time(start: Start) -> None:
    encharge, node, _ = start(Mischief())
    node._left = lambda: None  # type: ignore[method-assign]
    with pytest.raises(NotInTime, match=r"a line like 'WAITING.*' on /dev/.*: not within 30 s"):
        encharge.drop_from_network()


def test_a_node_that_never_stops_logging_is_judged_by_its_association(start: Start) -> None:
    encharge, node, opened = start(Mischief(chatters=True))
    dropped = encharge.drop_from_network()
    assert dropped.rounds == 1
    assert node.joined is False
    assert told(opened, Kind.TROUBLE) == ["forced loss: still logging after 60 s; AI decides"]


def test_another_device_is_left_alone(start: Start) -> None:
    encharge, node, _ = start(Mischief())
    node.serial_number = "122000000132"
    with pytest.raises(WrongDevice):
        encharge.drop_from_network()
    assert node.asked == ["devinfo"]


def test_a_node_comes_back_when_it_may(start: Start) -> None:
    encharge, node, opened = start(Mischief())
    encharge.drop_from_network()
    began_s = opened.clock.now()
    rejoined = encharge.rejoin()
    assert (node.joined, node.dj, rejoined.by) == (True, 0, "enable joining")
    assert node.verbose is False
    assert rejoined.took_s == opened.clock.now() - began_s <= 10.0
    assert "zb at FR" not in node.asked
    assert told(opened, Kind.TROUBLE) == []


@pytest.mark.parametrize("dj_after_reset", [0, 1])
def test_a_stuck_radio_is_restarted_and_that_is_noted(start: Start, dj_after_reset: int) -> None:
    encharge, node, opened = start(Mischief(stuck_after_dj=1, dj_after_reset=dj_after_reset))
    encharge.drop_from_network()
    rejoined = encharge.rejoin()
    assert (node.joined, node.dj, rejoined.by) == (True, 0, "radio reset")
    assert rejoined.took_s > 60.0
    assert told(opened, Kind.TROUBLE) == ["stuck at AI FF 60 s after 'zb at DJ 0'; try 'zb at FR'"]


def test_a_radio_that_stays_stuck_needs_a_hand(start: Start) -> None:
    encharge, _, opened = start(Mischief(stuck_after_dj=1, reset_frees=False))
    encharge.drop_from_network()
    with pytest.raises(RadioStuck) as caught:
        encharge.rejoin()
    assert str(caught.value) == (
        f"encharge 122000000131 (console on {opened.pty.port} at 115200 baud) stays out of the "
        "network at AI FF: tried 'zb at DJ 0', then 'zb at FR' (60 s each); cut its power and "
        "restore it by hand: this rig has no power switch with its outlet"
    )


def test_a_device_without_a_radio_reset_needs_a_hand_at_once(start: Start) -> None:
    encharge, node, opened = start(Mischief(stuck_after_dj=1))
    opened.console.dialect = encharge_dialect().with_overrides({"radio_reset": None})
    encharge.drop_from_network()
    with pytest.raises(
        RadioStuck, match=r"tried 'zb at DJ 0' \(60 s each\); its dialect has no radio"
    ):
        encharge.rejoin()
    assert "zb at FR" not in node.asked


def test_a_closed_window_is_no_stuck_radio(start: Start) -> None:
    encharge, node, _ = start(Mischief(never_joins=True, ai_when_out="23"))
    encharge.drop_from_network()
    with pytest.raises(NotInTime, match=r"after 'zb at DJ 0': not within 60 s; saw AI 23"):
        encharge.rejoin()
    assert "zb at FR" not in node.asked
