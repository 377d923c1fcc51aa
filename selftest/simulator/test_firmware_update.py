"""How the simulated gateway brings new firmware to its devices."""

import pytest

from hil.simulator.firmware_update import Outcome, Told
from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import answer
from hil.simulator.zigbee_join import NodeState
from hil.vocabulary.grid import MainsState
from selftest.simulator.radio_bench import ENPOWER, FIRST, TRUTH, RadioBench

HOUR_S = 3600
FORCED = Told(force=True)
INVENTORY = Request("GET", "/ivp/ensemble/inventory")


def held(serial_number: str) -> str:
    assert TRUTH.images is not None
    return TRUTH.images.enpower if serial_number == ENPOWER else TRUTH.images.encharge


def test_every_device_runs_the_image_is_mute_meanwhile_and_communicates_afterwards() -> None:
    bench = RadioBench()
    update, was_mute = bench.site.firmware_update, set()
    update.begin(Told())
    while update.is_running:
        bench.let_pass(10)
        was_mute |= {n for n, node in bench.site.nodes.items() if node.state is NodeState.OFF}
    assert update.outcome is Outcome.DONE
    assert was_mute == set(bench.site.nodes)
    assert {n: node.app_firmware for n, node in bench.site.nodes.items()} == {
        n: held(n) for n in bench.site.nodes
    }
    assert answer(bench.site, INVENTORY).status == 503
    bench.let_pass(120)
    assert answer(bench.site, INVENTORY).status == 200
    assert all(bench.network.view(n).communicating for n in bench.site.nodes)


def test_a_device_that_runs_the_image_is_left_alone_unless_forced() -> None:
    bench = RadioBench()
    update = bench.site.firmware_update
    update.begin(Told())
    bench.let_pass(HOUR_S)
    booted_s = bench.node().booted_at_s
    update.begin(Told())
    bench.let_pass(HOUR_S)
    assert bench.node().booted_at_s == booted_s
    update.begin(FORCED)
    bench.let_pass(HOUR_S)
    assert bench.node().booted_at_s > booted_s


@pytest.mark.parametrize("all_the_same", [False, True])
def test_off_the_grid_it_is_given_up_unless_told_otherwise(all_the_same: bool) -> None:
    bench = RadioBench()
    bench.site.relay.command(MainsState.OPEN)
    bench.let_pass(120)
    assert bench.site.relay.is_open
    bench.site.firmware_update.begin(Told(force=True, overwrite_off_grid=all_the_same))
    bench.let_pass(HOUR_S)
    expected = Outcome.DONE if all_the_same else Outcome.ABORTED
    assert bench.site.firmware_update.outcome is expected
    assert (bench.node().app_firmware == held(FIRST)) is all_the_same


@pytest.mark.parametrize("all_the_same", [False, True])
def test_with_a_low_battery_it_is_given_up_unless_told_otherwise(all_the_same: bool) -> None:
    bench = RadioBench()
    limit_pct = bench.site.world.assumptions.firmware.low_soc_pct
    bench.site.energy.batteries[FIRST].reported_soc_pct = limit_pct - 1
    bench.site.firmware_update.begin(Told(force=True, overwrite_low_soc=all_the_same))
    bench.let_pass(10)
    assert bench.site.firmware_update.is_running is all_the_same


def test_a_device_that_is_out_of_the_network_ends_it_and_is_named() -> None:
    bench = RadioBench()
    bench.node(FIRST).power_off()
    bench.site.firmware_update.begin(FORCED)
    bench.let_pass(HOUR_S)
    assert bench.site.firmware_update.outcome is Outcome.ABORTED
    assert FIRST in bench.site.firmware_update.failure


@pytest.mark.parametrize(
    ("body", "complaint"),
    [(b"x", "no JSON"), (b'{"force": true}', "force is neither")],
)
def test_what_is_no_command_is_refused_and_begins_nothing(body: bytes, complaint: str) -> None:
    bench = RadioBench()
    said = answer(bench.site, Request("POST", "/ivp/firmware_manager/update_all", body=body))
    assert said.status == 400
    assert complaint in said.body.decode()
    assert not bench.site.firmware_update.is_running


def test_after_a_restart_the_gateway_does_not_know_how_warm_its_batteries_are() -> None:
    bench = RadioBench()
    bench.site.gateway.power_off()
    bench.site.gateway.power_on()
    bench.let_pass(bench.site.world.assumptions.gateway.boot_s + 60)
    assert b'"temperature": "unknown"' in answer(bench.site, INVENTORY).body
    bench.let_pass(600)
    assert b"unknown" not in answer(bench.site, INVENTORY).body
