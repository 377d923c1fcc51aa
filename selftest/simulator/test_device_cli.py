"""The console of a simulated device, byte by byte."""

import pytest

from hil.simulator.device_cli import LONGEST_COMMAND
from hil.simulator.zigbee_join import NodeState
from selftest.simulator.radio_bench import ENPOWER, FIRST, RadioBench, truth_of


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (
            "devinfo",
            "sn: 122000000131\r\ntype: 13\r\npart: 830-00703-r67\r\napp_fw: 2.0.5663_rel/22.13\r\n"
            "zb_fw: 100D\r\nzb_bl: 1.8.1\r\nmac: 0013A20041D00131\r\nOK\r\n",
        ),
        ("zb verbose on", "verbose on\r\nOK\r\n"),
        ("zb verbose off", "verbose off\r\nOK\r\n"),
        ("znr", "OK\r\n"),
        ("zb at DJ 1", "AT DJ=1 OK\r\n"),
        ("zb at DJ 0", "AT DJ=0 OK\r\n"),
        ("zb at DJ", "AT DJ 0\r\nOK\r\n"),
        ("zb at AI", "AT AI 0\r\nOK\r\n"),
        ("zb at NR", "AT NR OK\r\n"),
        ("zb at NR 0", "AT NR OK\r\n"),
        ("zb at NR 1", "ERR 7 not permitted\r\n"),
        ("zb at FR", "AT FR OK\r\n"),
        ("zb at OP", "AT OP 0013A200C0FFEE01\r\nOK\r\n"),
        ("zb at CH", "AT CH 14\r\nOK\r\n"),
        ("zb at SH", "AT SH 0013A200\r\nOK\r\n"),
        ("zb at SL", "AT SL 41D00131\r\nOK\r\n"),
        ("zb at NJ", "AT NJ FE\r\nOK\r\n"),
        ("zb at VR", "AT VR 100D\r\nOK\r\n"),
        ("zb at WR", "ERR 3 unknown AT command\r\n"),
        ("zb at DJ 2", "ERR 3 unknown AT command\r\n"),
        ("psts", "pairing: commissioned\r\nzb: JOINED\r\nparent: 0000\r\nretries: 0\r\nOK\r\n"),
        ("reboot now", "unknown command: reboot\r\n"),
        ("znr please", "unknown command: znr\r\n"),
        ("  zb   at  AI ", "AT AI 0\r\nOK\r\n"),
        ("", ""),
    ],
)
def test_a_command_is_echoed_answered_and_followed_by_the_prompt(command: str, reply: str) -> None:
    bench = RadioBench()
    assert bench.ask(command, within_s=1) == f"{command}\r\n{reply}ENC> "


def test_the_key_and_the_short_address_are_those_of_the_device() -> None:
    bench = RadioBench()
    link_key = truth_of(ENPOWER).link_key
    said = bench.ask("pair get_key", ENPOWER)
    assert said == f"pair get_key\r\nlink_key: {link_key}\r\nOK\r\nENP> "
    node_id = bench.node(ENPOWER).node_id
    assert bench.ask("zb at MY", ENPOWER) == f"zb at MY\r\nAT MY {node_id}\r\nOK\r\nENP> "


def test_out_of_the_network_the_radio_has_no_address_and_psts_says_so() -> None:
    bench = RadioBench()
    bench.drop()
    bench.ask("zb verbose off")
    assert "AT MY FFFE\r\n" in bench.ask("zb at MY")
    assert "AT OP 0\r\n" in bench.ask("zb at OP")
    assert "AT CH 0\r\n" in bench.ask("zb at CH")
    assert bench.ask("psts") == (
        "psts\r\npairing: key-set\r\nzb: WAITING TO JOIN\r\nparent: FFFE\r\nretries: 0\r\nOK\r\n"
        "ENC> "
    )


@pytest.mark.parametrize(
    ("state", "pairing"),
    [
        (NodeState.SCANNING, "joining"),
        (NodeState.JOINED, "joined"),
        (NodeState.OPERATIONAL, "paired"),
    ],
)
def test_psts_follows_the_join(state: NodeState, pairing: str) -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.ask("znr")
    while bench.node().state is not state:
        bench.let_pass(0.1)
    assert f"pairing: {pairing}\r\n" in bench.ask("psts")


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_cr_lf_and_both_end_a_command_once(end: bytes) -> None:
    bench = RadioBench()
    bench.node().receive(b"zb at AI" + end)
    bench.let_pass(1)
    assert bench.heard() == "zb at AI\r\nAT AI 0\r\nOK\r\nENC> "


def test_a_line_feed_that_comes_later_still_belongs_to_its_carriage_return() -> None:
    bench = RadioBench()
    for part in (b"zb at", b" AI\r", b"\n"):
        bench.node().receive(part)
    bench.let_pass(1)
    assert bench.heard().count("ENC> ") == 1


def test_typing_is_echoed_at_once_and_can_be_taken_back() -> None:
    bench = RadioBench()
    bench.node().receive(b"\x7fznx\x08r")
    assert bench.heard() == "znx\b \br"
    bench.node().receive(b"\r")
    bench.let_pass(1)
    assert bench.heard() == "\r\nOK\r\nENC> "


def test_bytes_that_are_no_text_and_endless_lines_do_no_harm() -> None:
    bench = RadioBench()
    bench.node().receive(b"\x00\xff\x1b\t" + b"x" * 100_000 + b"\r")
    bench.let_pass(1)
    word = "x" * LONGEST_COMMAND
    assert bench.heard() == f"{word}\r\nunknown command: {word}\r\nENC> "
    assert "OK" in bench.ask("zb at AI")


def test_commands_are_taken_one_at_a_time_in_the_order_typed() -> None:
    bench = RadioBench()
    bench.node().receive(b"zb at AI\rzb at DJ\r")
    bench.let_pass(1)
    assert bench.heard() == ("zb at AI\r\nzb at DJ\r\nAT AI 0\r\nOK\r\nENC> AT DJ 0\r\nOK\r\nENC> ")


def test_a_command_typed_during_a_reply_waits_for_its_end() -> None:
    bench = RadioBench()
    bench.node().receive(b"devinfo\r")
    bench.let_pass(0.12)
    bench.node().receive(b"zb at AI\r")
    bench.let_pass(2)
    heard = bench.heard()
    assert heard.index("AT AI 0") > heard.index("mac: ")
    assert heard.count("OK\r\nENC> ") == 2


def test_the_answer_comes_before_the_leave_that_it_announces() -> None:
    bench = RadioBench()
    bench.ask("zb verbose on")
    said = bench.ask("znr", within_s=0.2)
    assert said.startswith("znr\r\nOK\r\nENC> [")
    assert said.endswith("] ZB: AI: FF\r\n"), "behind a log line the prompt is not printed again"


def test_log_lines_can_come_in_the_middle_of_a_reply() -> None:
    bench = RadioBench()
    bench.ask("zb verbose on")
    bench.ask("znr", within_s=2)
    said = bench.ask("devinfo", within_s=1)
    lines = said.splitlines()
    assert lines[0] == "devinfo"
    assert lines[-1] == "ENC> "
    log = next(index for index, line in enumerate(lines) if "ZB: STATE" in line)
    assert 0 < log < lines.index("OK")


@pytest.mark.parametrize("state", [NodeState.SCANNING, NodeState.ASSOCIATING, NodeState.KEY_WAIT])
def test_a_busy_radio_takes_no_dj_but_answers_questions(state: NodeState) -> None:
    bench = RadioBench()
    bench.ask("znr")
    while bench.node().state is not state:
        bench.let_pass(0.05)
    bench.heard()
    bench.node().receive(b"zb at AI\rzb at DJ 1\r")
    bench.let_pass(0.2)
    assert "AT AI FF\r\nOK\r\n" in bench.heard()
    bench.let_pass(1.9)
    assert bench.heard() == "", "the relay waits 2 s for the radio"
    bench.let_pass(0.2)
    assert bench.heard() == "AT DJ: no response\r\nENC> "
    assert bench.node().dj == 0


def test_dj_1_repeated_through_a_scan_is_taken_before_the_next_one() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.let_pass(300)
    bench.ask("znr")
    while bench.node().state is not NodeState.SCANNING:
        bench.let_pass(0.1)
    replies = [bench.ask("zb at DJ 1", within_s=2.5) for _ in range(3)]
    assert "no response" in replies[0]
    assert "AT DJ=1 OK" in replies[-1]
    bench.let_pass(3600)
    assert bench.node().state is NodeState.WAITING_TO_JOIN


def test_znr_meets_a_busy_radio_by_chance_and_then_nothing_happens() -> None:
    bench = RadioBench()
    bench.assume("cli", znr_busy_prob=1.0)
    for command in ("znr", "zb at NR"):
        assert bench.ask(command) == f"{command}\r\nERR 2 radio busy\r\nENC> "
    bench.let_pass(60)
    assert bench.node().operational


def test_a_radio_that_restarts_takes_neither_znr_nor_dj() -> None:
    bench = RadioBench()
    bench.ask("zb at FR", within_s=0.1)
    assert "ERR 2 radio busy" in bench.ask("znr")
    assert "AT DJ: no response" in bench.ask("zb at DJ 1", within_s=2.5)


def test_a_reply_that_power_cuts_off_is_never_finished() -> None:
    bench = RadioBench()
    bench.node().receive(b"devinfo\rzb at AI\r")
    bench.let_pass(0.12)
    bench.node().power_off()
    bench.let_pass(60)
    heard = bench.heard()
    assert heard.startswith("devinfo\r\nzb at AI\r\nsn: ")
    assert "OK" not in heard
    bench.node().power_on()
    bench.let_pass(20)
    assert "OK" not in bench.heard()
    assert bench.ask("zb at AI", FIRST) == "zb at AI\r\nAT AI 0\r\nOK\r\nENC> "
