"""Node: commands, who it is, and patience with a busy radio."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.consoles.encharge import Encharge
from hil.consoles.enpower import Enpower
from hil.consoles.replies import Psts
from hil.errors import CommandUnknown, NotInTime, WrongDevice
from hil.evidence.timeline import Kind
from hil.vocabulary.secret import Secret
from hil.vocabulary.zigbee import AssociationCode
from hil.waiting import Wait, Waiting
from selftest.consoles.scripted_device import Bench, bench
from selftest.consoles.scripted_node import KEY, Mischief, ScriptedNode


@pytest.fixture
def device() -> ScriptedNode:
    return ScriptedNode()


@pytest.fixture
def opened(tmp_path: Path, device: ScriptedNode) -> Iterator[Bench]:
    with bench(tmp_path, device) as opened:
        yield opened


@pytest.fixture
def encharge(opened: Bench) -> Encharge:
    return Encharge(opened.console, serial_number="122000000131")


def troubles(opened: Bench) -> list[str]:
    return [event.text for event in opened.timeline.since(0) if event.kind is Kind.TROUBLE]


def test_the_device_that_is_meant_is_recognised(encharge: Encharge) -> None:
    assert encharge.check_identity().serial_number == "122000000131"


def test_swapped_cables_are_told_with_port_and_both_serial_numbers(opened: Bench) -> None:
    meant = Encharge(opened.console, serial_number="122000000132")
    with pytest.raises(WrongDevice) as caught:
        meant.check_identity()
    assert str(caught.value) == (
        f"encharge 122000000131: on {opened.adapter.port} at 115200 baud answers 122000000131 "
        "(type 13), meant was 122000000132; suspect two cables swapped, or the port or the "
        "serial number in the rig file"
    )


def test_an_encharge_where_an_enpower_is_meant_is_the_wrong_device(opened: Bench) -> None:
    with pytest.raises(WrongDevice, match=r"of type 13, not 17 \(ENPOWER\)"):
        Enpower(opened.console, serial_number="122000000131").check_identity()


def test_a_command_left_half_typed_by_somebody_does_no_harm(
    opened: Bench, encharge: Encharge
) -> None:
    opened.recording.write(b"zb at")
    assert encharge.check_identity().serial_number == "122000000131"


def test_each_command_has_its_effect(device: ScriptedNode, encharge: Encharge) -> None:
    encharge.verbose(True)
    assert device.verbose is True
    encharge.verbose(False)
    assert device.verbose is False
    assert encharge.joining_disabled() is False
    encharge.disable_joining()
    assert encharge.joining_disabled() is True
    encharge.enable_joining()
    assert device.dj == 0
    assert encharge.association() is AssociationCode.JOINED
    assert encharge.pairing() == Psts(pairing="joining", zb="JOINED", parent=0xFFFE, retries=3)
    encharge.reset_network()
    encharge.console.clock.sleep(3.0)
    assert device.joined is False
    assert encharge.association() is AssociationCode.SEARCHING
    assert encharge.restart_radio() is True


def test_a_link_key_is_a_secret_that_the_whole_rig_then_masks(
    opened: Bench, device: ScriptedNode, encharge: Encharge
) -> None:
    assert encharge.link_key() == Secret(KEY)
    assert KEY[4:16] not in opened.timeline.redactor.scrub(f"a piece: {KEY[4:16]}")
    device.key = None
    assert encharge.link_key() is None


def test_an_unknown_at_value_is_not_asked_again(device: ScriptedNode, encharge: Encharge) -> None:
    with pytest.raises(CommandUnknown):
        encharge.at_get("XX")
    assert device.asked == ["zb at XX"]


def test_a_busy_radio_is_asked_again_and_each_time_noted(
    opened: Bench, device: ScriptedNode, encharge: Encharge
) -> None:
    device.mischief = Mischief(busy_resets=3)
    encharge.reset_network()
    assert device.asked == ["znr"] * 4
    assert troubles(opened) == ["radio busy at 'znr': ERR 2 radio busy"] * 3
    assert opened.clock.now() == 4.0, "two pauses of 2 s: the second try comes at once"


def test_a_radio_that_stays_busy_is_not_in_time(
    opened: Bench, device: ScriptedNode, encharge: Encharge
) -> None:
    device.mischief = Mischief(busy_resets=10**6)
    with pytest.raises(NotInTime, match=r"radio free for 'znr': not within 30 s; saw ERR 2 radio"):
        encharge.reset_network()


def test_waits_are_told_to_the_rigs_listener(opened: Bench, device: ScriptedNode) -> None:
    told: list[str] = []

    def listener(wait: Wait) -> None:
        told.append(f"{wait.what}: {wait.ended}")

    device.mischief = Mischief(busy_resets=2)
    Encharge(
        opened.console,
        serial_number="122000000131",
        waiting=Waiting(opened.clock, listener),
    ).reset_network()
    assert told == ["encharge 122000000131: radio free for 'znr': met"]
