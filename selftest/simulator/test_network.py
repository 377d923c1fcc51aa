"""What the gateway sees of its devices over time, and what it counts."""

import dataclasses

import pytest

from hil.vocabulary.zigbee import NetworkMode
from selftest.simulator.radio_bench import ENPOWER, FIRST, SECOND, TRUTH, RadioBench

ALL = (ENPOWER, FIRST, SECOND)


def test_at_rig_second_0_every_device_is_joined_and_communicating() -> None:
    bench = RadioBench()
    assert set(bench.network.inventory) == set(ALL)
    for serial_number in ALL:
        view = bench.network.view(serial_number)
        assert (view.serial_number, view.joined, view.communicating) == (serial_number, True, True)
    ids = {member.node_id for member in bench.network.members.values()}
    assert len(ids) == len(ALL)
    assert all(len(node_id) == 4 and node_id not in ("0000", "FFFE") for node_id in ids)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_in_an_hour_a_tenth_of_the_polls_is_lost_and_nobody_is_given_up(seed: int) -> None:
    bench = RadioBench(seed=seed)
    before = {serial_number: bench.network.view(serial_number).retries for serial_number in ALL}
    for _ in range(360):
        bench.let_pass(10)
        assert all(bench.network.view(serial_number).communicating for serial_number in ALL)
    for serial_number in ALL:
        lost = bench.network.view(serial_number).retries - before[serial_number]
        assert 0.05 < lost / (3600 / 10.5) < 0.2


def test_reports_are_never_older_than_their_period() -> None:
    bench = RadioBench()
    for _ in range(3600):
        bench.let_pass(1)
        for serial_number, period_s in ((ENPOWER, 10), (FIRST, 300), (SECOND, 300)):
            age_s = bench.world.unix_time - bench.network.view(serial_number).last_report_unix
            assert 0 <= age_s <= period_s + 1


def test_devices_report_at_times_of_their_own() -> None:
    bench = RadioBench()
    first, second = (bench.network.view(s).last_report_unix for s in (FIRST, SECOND))
    assert first != second


def test_a_device_without_power_is_lost_two_minutes_after_its_last_answer() -> None:
    bench = RadioBench()
    bench.assume("zigbee", poll_miss_prob=0.0)
    bench.let_pass(60)
    bench.node().power_off()
    bench.let_pass(109)
    assert bench.network.view(FIRST).communicating
    bench.let_pass(15)
    assert not bench.network.view(FIRST).communicating


def test_a_device_that_is_back_communicates_from_the_next_network_status_on() -> None:
    bench = RadioBench()
    bench.node().power_off()
    bench.let_pass(300)
    bench.node().power_on()
    bench.seconds_until_operational(limit_s=30)
    waited_s = 0.0
    while not bench.network.view(FIRST).communicating:
        bench.let_pass(0.1)
        waited_s += 0.1
    assert waited_s <= 14.5


def test_a_device_that_is_back_has_its_two_minutes_again() -> None:
    bench = RadioBench()
    bench.node().power_off()
    bench.let_pass(300)
    bench.node().power_on()
    bench.assume("zigbee", poll_miss_prob=1.0)
    while not bench.network.view(FIRST).communicating:
        bench.let_pass(0.1)
    bench.let_pass(115)
    assert bench.network.view(FIRST).communicating


def test_polls_of_a_device_that_is_away_count_as_errors_and_are_sooner_until_it_is_lost() -> None:
    bench = RadioBench()
    counters = bench.network.counters
    assert counters.tx_err == 0
    bench.node().power_off()
    bench.let_pass(10.5)  # one was on its way
    missed = counters.tx_err
    bench.let_pass(35)
    assert counters.tx_err == missed + 10
    bench.let_pass(100)
    assert not bench.network.view(FIRST).communicating
    missed = counters.tx_err
    bench.let_pass(105)
    assert counters.tx_err == missed + 10


def test_answers_come_as_often_as_on_public_sites_and_as_many_polls_are_missed() -> None:
    bench = RadioBench()
    before = bench.network.view(FIRST).retries
    answers = set()
    for _ in range(20_000):
        bench.let_pass(1)
        answers.add(bench.network.view(FIRST).last_answer_s)
    missed = bench.network.view(FIRST).retries - before
    assert 10.5 <= 20_000 / len(answers) <= 11.1
    assert 0.10 <= missed / (missed + len(answers)) <= 0.14


def test_a_rejoin_counts_one_hello_and_one_dev_info() -> None:
    bench = RadioBench()
    before = dataclasses.replace(bench.network.counters)
    bench.ask("znr")
    bench.seconds_until_operational(limit_s=40)
    after = bench.network.counters
    assert after.rx_hello_msg - before.rx_hello_msg == 1
    assert after.tx_dev_info_req - before.tx_dev_info_req == 1
    assert after.rx_dev_info_rsp - before.rx_dev_info_rsp == 1
    assert (after.reg_prov_dev, after.reg_prov_dev_err) == (0, 0)


def test_the_window_closes_by_itself() -> None:
    bench = RadioBench()
    bench.network.open_window()
    modes: list[NetworkMode] = []
    for duration_s in (253.9, 0.2):
        bench.let_pass(duration_s)
        modes.append(bench.network.mode)
    assert modes == [NetworkMode.JOIN_ENABLED, NetworkMode.JOIN_DISABLED]


def test_a_sealed_coordinator_admits_its_own_and_nobody_else() -> None:
    bench = RadioBench()
    bench.let_pass(10_000)
    for node in TRUTH.nodes:
        assert bench.network.permits_joining(node.mac)
        assert bench.network.trusts(node.mac, node.link_key)
    assert not bench.network.permits_joining("0013A20041D09999")
    assert not bench.network.trusts("0013A20041D09999", TRUTH.nodes[0].link_key)


def test_no_key_is_printed_with_the_things_that_hold_one() -> None:
    bench = RadioBench()
    for thing in (TRUTH, bench.network._keys, vars(bench.provisioning)):
        assert not any(node.link_key in repr(thing) for node in TRUTH.nodes)
