"""A simulated device leaves, joins, gets stuck and loses power as the facts say."""

from itertools import pairwise

import pytest

from hil.simulator.zigbee_join import NodeState
from hil.vocabulary.zigbee import AssociationCode, NetworkMode
from selftest.simulator.radio_bench import ENPOWER, EPOCH, FIRST, SECOND, RadioBench, item, truth_of


@pytest.mark.parametrize("serial_number", [ENPOWER, FIRST, SECOND])
def test_a_device_of_a_sealed_site_is_back_15_to_40_s_after_znr(serial_number: str) -> None:
    bench = RadioBench()
    assert bench.network.mode is NetworkMode.JOIN_DISABLED
    bench.ask("znr", serial_number)
    assert not bench.node(serial_number).operational
    took_s = 0.5 + bench.seconds_until_operational(serial_number, limit_s=40)
    assert 15 <= took_s <= 40
    assert bench.ai(serial_number) is AssociationCode.JOINED


def test_an_unsealed_site_admits_a_device_while_its_window_is_open() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    assert bench.network.mode is NetworkMode.JOIN_ENABLED
    bench.ask("znr")
    assert bench.seconds_until_operational(limit_s=40) > 15


def test_an_unsealed_site_keeps_a_device_out_once_its_window_has_closed() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.let_pass(255)
    assert bench.network.mode is NetworkMode.JOIN_DISABLED
    bench.ask("zb verbose on")
    bench.ask("znr")
    bench.let_pass(600)
    heard = bench.heard()
    assert heard.count("Reject NJ\r\n") == heard.count("AI: 23\r\n") > 50
    assert "Joining" not in heard
    assert not bench.node().in_network
    bench.request("POST", "/ivp/zb/provision", {"serial_nums": [item(truth_of(FIRST))]})
    assert bench.seconds_until_operational(limit_s=40) > 5


def test_a_key_entry_that_has_expired_keeps_a_device_out_of_an_open_window() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.let_pass(301)
    bench.request("POST", "/ivp/zb/provision", {"serial_nums": [item(truth_of(SECOND))]})
    assert bench.network.mode is NetworkMode.JOIN_ENABLED
    bench.ask("znr")
    bench.let_pass(200)
    assert not bench.node().in_network
    assert bench.node().association in (
        AssociationCode.NETWORK_KEY_NOT_RECEIVED,
        AssociationCode.SEARCHING,
    )


def test_the_log_tells_the_whole_way_from_znr_to_operational() -> None:
    bench = RadioBench()
    bench.ask("zb verbose on")
    bench.node().receive(b"znr\r")
    bench.let_pass(0.1)
    bench.seconds_until_operational(limit_s=40)
    epid = bench.network.extended_pan_id
    lines = [line.partition("ZB: ")[2] for line in bench.heard().splitlines() if "ZB: " in line]
    assert lines == [
        "Stack Status: leaving 91",
        "AI: FF",
        "STATE -> WAITING TO JOIN",
        "Scanning: 00007FFF",
        f"Beacon Response: 00 {epid} 01 14 1A2B C4 FF",
        "Beacon Saved",
        f"Joining: 14 08 1A2B {epid}",
        "Joined",
        "AI: 40",
        "AI: 41",
        "AI: 00",
        "Stack Status: joined 90",
        "HELLO sent",
        "DEV_INFO rsp",
        "META rsp",
    ]


def test_a_log_line_starts_with_the_seconds_since_power_came() -> None:
    bench = RadioBench()
    bench.node().power_off()
    bench.node().power_on()
    bench.let_pass(20)
    bench.ask("zb verbose on")
    reply = bench.ask("znr", within_s=0.2)
    assert "[20.550] ZB: Stack Status: leaving 91\r\n" in reply


def test_nothing_is_logged_unless_verbose_is_on() -> None:
    bench = RadioBench()
    bench.ask("znr")
    bench.seconds_until_operational(limit_s=40)
    assert bench.heard() == ""


def test_dj_1_does_nothing_to_a_joined_device() -> None:
    bench = RadioBench()
    joined_before = bench.network.members.copy()
    assert "AT DJ=1 OK" in bench.ask("zb at DJ 1")
    for _ in range(60):
        bench.let_pass(10)
        assert bench.node().operational
        assert bench.network.view(FIRST).communicating
    assert bench.network.members == joined_before


def test_the_robust_recipe_keeps_a_device_out_for_an_hour() -> None:
    bench = RadioBench()
    znr_after_s = bench.world.now_s
    bench.drop()
    out_since_s = bench.world.now_s
    report = bench.network.view(FIRST).last_report_unix
    assert report <= EPOCH + znr_after_s
    lost_at_s = None
    while bench.world.now_s < out_since_s + 3600:
        bench.let_pass(5)
        assert not bench.node().in_network
        view = bench.network.view(FIRST)
        assert (view.joined, view.last_report_unix) == (False, report)
        if lost_at_s is None and not view.communicating:
            lost_at_s = bench.world.now_s
    assert lost_at_s is not None
    assert lost_at_s - out_since_s >= 30
    assert lost_at_s - znr_after_s <= 600
    assert bench.heard() == "", "with DJ 1 a device out of the network says nothing"
    assert bench.ai() is AssociationCode.UNEXPECTED_STATE
    assert bench.network.view(SECOND).communicating
    assert bench.network.view(ENPOWER).communicating


def test_dj_0_brings_a_dropped_device_back() -> None:
    bench = RadioBench()
    bench.drop()
    bench.let_pass(400)
    retries = bench.network.view(FIRST).retries
    assert retries > 30
    bench.ask("zb at DJ 0")
    assert bench.seconds_until_operational(limit_s=60) < 20
    bench.let_pass(15)
    assert bench.network.view(FIRST).communicating
    back_unix = bench.world.unix_time
    bench.let_pass(300)
    assert bench.network.view(FIRST).last_report_unix >= back_unix - 15


def test_a_dj_1_that_comes_too_late_leaves_the_device_joined_with_dj_1() -> None:
    bench = RadioBench()
    bench.ask("znr")
    while bench.node().state is not NodeState.JOINED:
        bench.let_pass(0.1)
    assert "AT DJ=1 OK" in bench.ask("zb at DJ 1")
    bench.seconds_until_operational(limit_s=10)
    bench.let_pass(60)
    assert bench.node().operational
    assert "AT DJ 1\r\n" in bench.ask("zb at DJ")


def test_a_radio_that_is_stuck_hears_neither_dj_nor_znr() -> None:
    bench = stuck_bench()
    bench.let_pass(300)
    bench.ask("zb at DJ 1")
    bench.ask("zb at DJ 0")
    assert "OK" in bench.ask("znr")
    bench.let_pass(300)
    assert bench.node().state is NodeState.STUCK_FF
    assert bench.ai() is AssociationCode.SEARCHING


def test_a_stuck_radio_is_freed_by_its_restart() -> None:
    bench = stuck_bench()
    assert "AT FR OK" in bench.ask("zb at FR")
    assert bench.seconds_until_operational(limit_s=60) > 2
    assert "AT DJ 0" in bench.ask("zb at DJ")


def test_a_stuck_radio_is_freed_by_power() -> None:
    bench = stuck_bench()
    bench.node().power_off()
    bench.let_pass(5)
    bench.node().power_on()
    assert bench.seconds_until_operational(limit_s=60) > 8


def test_where_the_assumption_says_so_only_power_frees_a_stuck_radio() -> None:
    bench = stuck_bench()
    bench.assume("zigbee", fr_frees_stuck=False)
    bench.ask("zb at FR")
    bench.let_pass(300)
    assert bench.node().state is NodeState.STUCK_FF


def test_a_radio_sticks_only_when_joining_is_allowed_again_out_of_the_network() -> None:
    bench = RadioBench()
    bench.assume("zigbee", stuck_ff_prob=1.0)
    bench.ask("zb at DJ 1")
    bench.ask("zb at DJ 0")
    bench.ask("znr")
    bench.let_pass(3)
    bench.ask("zb at DJ 0")
    assert bench.seconds_until_operational(limit_s=40) > 5


def test_a_restarted_radio_resumes_its_network_and_forgets_dj_and_verbose() -> None:
    bench = RadioBench()
    bench.ask("zb verbose on")
    bench.ask("zb at DJ 1")
    node_id = bench.node().node_id
    bench.ask("zb at FR")
    assert bench.ai() is AssociationCode.SEARCHING
    assert bench.seconds_until_operational(limit_s=20) > 8
    assert bench.node().node_id == node_id
    assert (bench.node().dj, bench.node().verbose) == (0, False)
    assert bench.network.view(FIRST).joined


def test_without_power_a_device_is_deaf_mute_and_missed_after_a_minute() -> None:
    bench = RadioBench()
    bench.ask("zb verbose on")
    bench.node().power_off()
    assert bench.ask("devinfo", within_s=10) == ""
    assert bench.network.view(FIRST).joined
    bench.let_pass(51)
    assert not bench.network.view(FIRST).joined
    bench.let_pass(120)
    assert not bench.network.view(FIRST).communicating
    assert bench.heard() == ""


def test_power_brings_a_banner_first_then_the_old_network() -> None:
    bench = RadioBench()
    bench.ask("zb at DJ 1")
    bench.node().power_off()
    bench.let_pass(120)
    bench.heard()
    bench.node().power_on()
    assert bench.heard() == "\r\nbootloader 1.8.1\r\n"
    assert bench.ask("devinfo", within_s=7.9) == "", "it boots for 8 s"
    bench.let_pass(0.2)
    assert bench.heard() == "830-00703-r67 2.0.5663_rel/22.13\r\nENC> "
    assert bench.seconds_until_operational(limit_s=20) > 2
    assert bench.network.view(FIRST).joined
    assert "AT DJ 0" in bench.ask("zb at DJ")


def test_cutting_power_twice_and_giving_it_twice_is_the_same_as_once() -> None:
    bench = RadioBench()
    for switch in (bench.node().power_off, bench.node().power_on):
        switch()
        switch()
    assert bench.seconds_until_operational(limit_s=20) > 10
    bench.let_pass(120)
    assert bench.network.view(FIRST).joined


def test_a_device_that_was_deleted_while_it_was_off_says_hello_three_times_and_leaves() -> None:
    bench = RadioBench()
    bench.node().power_off()
    bench.provisioning.deprovision([FIRST])
    bench.node().power_on()
    bench.let_pass(9)
    bench.ask("zb verbose on")
    bench.let_pass(60)
    heard = bench.heard()
    assert heard.count("HELLO sent") == 3
    assert "DEV_INFO" not in heard
    assert heard.index("HELLO sent") < heard.index("Stack Status: leaving 91")
    bench.let_pass(600)
    assert not bench.node().in_network
    assert bench.node().node_id is None


def test_attempts_with_a_refused_key_come_10_20_40_and_then_60_s_apart() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.provisioning.deprovision([FIRST])
    bench.assume("gateway", permit_join_s=10_000.0)
    bench.network.open_window()
    bench.ask("zb verbose on")
    bench.let_pass(300)
    starts_s: list[float] = []
    while len(starts_s) < 3:
        before_s = bench.world.now_s
        bench.world.advance(before_s + 100, stop_on=(FIRST,))
        if "Scanning" in bench.heard():
            starts_s.append(bench.world.now_s)
    assert starts_s[1] - starts_s[0] == pytest.approx(60)
    assert starts_s[2] - starts_s[1] == pytest.approx(60)


def test_a_refused_device_tries_sooner_at_first() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.provisioning.deprovision([FIRST])
    starts_s: list[float] = []
    bench.ask("zb verbose on")
    while len(starts_s) < 4:
        bench.world.advance(bench.world.now_s + 100, stop_on=(FIRST,))
        if "Scanning" in bench.heard():
            starts_s.append(bench.world.now_s)
    apart_s = [later - sooner for sooner, later in pairwise(starts_s)]
    assert apart_s == pytest.approx([10, 20, 40])


def stuck_bench() -> RadioBench:
    """A bench whose first Encharge got stuck at FF on the way back."""
    bench = RadioBench()
    bench.assume("zigbee", stuck_ff_prob=1.0)
    bench.drop()
    assert "AT DJ=0 OK" in bench.ask("zb at DJ 0")
    assert bench.node().state is NodeState.STUCK_FF
    return bench
