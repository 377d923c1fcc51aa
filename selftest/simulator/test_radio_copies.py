"""The radio side is plain data: it can be copied, and the same seed lives the same life."""

import copy

from hil.simulator.world import Print
from hil.simulator.zigbee_join import NodeState
from selftest.simulator.radio_bench import ENPOWER, FIRST, SECOND, RadioBench


def an_hour_of_trouble(bench: RadioBench) -> list[Print]:
    """Everything that is printed while three devices are dropped and brought back, many times."""
    said: list[Print] = []
    for _ in range(40):
        for command, wait_s in (
            ("zb verbose on", 1),
            ("znr", 3),
            ("zb at DJ 1", 20),
            ("psts", 1),
            ("zb at DJ 0", 40),
            ("zb at FR", 25),
        ):
            for serial_number in (ENPOWER, FIRST, SECOND):
                bench.node(serial_number).receive(f"{command}\r".encode())
            bench.let_pass(wait_s)
        said += bench.world.take_printed()
    return said


def test_the_same_seed_prints_the_same_at_the_same_times() -> None:
    once, again = (an_hour_of_trouble(RadioBench(seed=7, quiet=False)) for _ in range(2))
    assert once == again
    assert len(once) > 500


def test_another_seed_lives_another_life() -> None:
    once, other = (an_hour_of_trouble(RadioBench(seed=seed, quiet=False)) for seed in (7, 8))
    assert once != other


def test_a_copy_lives_on_by_itself() -> None:
    bench = RadioBench()
    bench.ask("zb verbose on")
    bench.ask("znr", within_s=8)
    assert bench.node().state is NodeState.SCANNING

    other = copy.copy(bench)
    other.site = copy.deepcopy(bench.site)
    other.node().power_off()
    other.provisioning.unseal()
    other.let_pass(300)

    assert bench.node().state is NodeState.SCANNING
    assert bench.provisioning.sealed
    bench.seconds_until_operational(limit_s=20)
    assert other.node().state is NodeState.OFF
    assert bench.network.view(FIRST).communicating
    assert not other.network.view(FIRST).communicating


def test_a_copy_and_its_original_have_the_same_future() -> None:
    bench = RadioBench(seed=3, quiet=False)
    bench.node().receive(b"znr\rdevinfo\r")
    bench.let_pass(0.1)
    other = copy.copy(bench)
    other.site = copy.deepcopy(bench.site)
    bench.world.take_printed()
    other.world.take_printed()
    assert an_hour_of_trouble(bench) == an_hour_of_trouble(other)


def test_looking_changes_nothing() -> None:
    watched, alone = RadioBench(seed=5, quiet=False), RadioBench(seed=5, quiet=False)
    for _ in range(600):
        watched.let_pass(1)
        watched.request("GET", "/ivp/zb/status")
        watched.request("GET", "/ivp/zb/pairing_status")
        watched.network.view(FIRST)
    alone.let_pass(600)
    assert watched.request("GET", "/ivp/zb/status") == alone.request("GET", "/ivp/zb/status")
