"""The gateway and its devices without power, and with it again; and its own firmware."""

import pytest

from hil.simulator.gateway import GatewayState
from hil.simulator.power_switch import HOSTNAME, RAPID_SHUTDOWN, Request
from hil.simulator.rest import messages
from hil.simulator.rest.router import answer_from_within
from hil.vocabulary.zigbee import PairingState
from selftest.simulator.radio_bench import ENPOWER, FIRST, TRUTH, RadioBench


def rebooted(bench: RadioBench) -> RadioBench:
    bench.site.gateway.power_off()
    bench.let_pass(10)
    bench.site.gateway.power_on()
    bench.let_pass(179)
    assert bench.site.gateway.state is GatewayState.BOOTING
    bench.let_pass(1.5)
    assert bench.site.gateway.answers
    return bench


def test_a_sealed_gateway_has_its_devices_again_without_provisioning() -> None:
    bench = rebooted(RadioBench())
    assert bench.pairing() is PairingState.COMMISSIONED
    assert not bench.network.view(FIRST).communicating
    assert bench.network.view(FIRST).last_report_unix == 0
    bench.let_pass(20)
    assert all(bench.network.view(node.serial_number).communicating for node in TRUTH.nodes)
    bench.let_pass(301)
    assert bench.network.view(FIRST).last_report_unix > 0


def test_an_unsealed_gateway_loses_its_list() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    rebooted(bench)
    assert bench.provisioning.records == {}
    assert bench.network.inventory == ()


def test_nothing_is_polled_while_it_is_away_and_settings_persist() -> None:
    bench = RadioBench()
    bench.site.settings.change_pel({"PEL": True, "PEL_Limit": 3000.0})
    bench.site.settings.is_streaming = False
    bench.site.gateway.power_off()
    before = bench.network.counters.tx_packets
    bench.let_pass(600)
    assert bench.network.counters.tx_packets == before
    assert bench.node().in_network
    rebooted(bench)
    assert bench.site.settings.pel.PEL_Limit == 3000.0
    assert bench.site.settings.is_streaming
    assert bench.site.profile.active == TRUTH.profile


def test_the_defect_forgets_the_seal() -> None:
    bench = rebooted(RadioBench(defects=["reboot-forgets-the-seal"]))
    assert (bench.provisioning.sealed, bench.provisioning.records) == (False, {})


def asked(bench: RadioBench, path: str) -> messages.Answer:
    return answer_from_within(bench.site, messages.Request("GET", path))


def test_other_firmware_is_written_beside_the_one_that_runs_and_starts_with_a_restart() -> None:
    bench, other = RadioBench(), TRUTH.gateway.other_firmware
    gateway = bench.site.gateway
    assert other is not None
    assert b"srt12_state" not in asked(bench, "/ivp/ensemble/relay").body
    gateway.update(other)
    bench.let_pass(299)
    assert gateway.answers
    assert (gateway.firmware, gateway.is_being_updated) == (TRUTH.gateway.firmware, True)
    bench.let_pass(2)
    assert not gateway.answers
    bench.let_pass(180)
    assert (gateway.answers, gateway.firmware, gateway.is_being_updated) == (True, other, False)
    assert f"<software>D{other}</software>".encode() in asked(bench, "/info").body
    assert asked(bench, "/ivp/ensemble/relay").status == 503
    bench.let_pass(120)
    # Newer firmware says more (captures); what it knew it knows.
    assert b"srt12_state" in asked(bench, "/ivp/ensemble/relay").body
    assert bench.pairing() is PairingState.COMMISSIONED


def test_power_that_is_lost_while_firmware_is_written_leaves_the_old_one() -> None:
    bench, other = RadioBench(), TRUTH.gateway.other_firmware
    assert other is not None
    bench.site.gateway.update(other)
    bench.let_pass(100)
    rebooted(bench)
    assert asked(bench, "/ivp/ensemble/relay").status == 200
    bench.let_pass(600)
    assert bench.site.gateway.firmware == TRUTH.gateway.firmware
    assert not bench.site.gateway.is_being_updated


@pytest.mark.parametrize("survives", [True, False])
def test_dj_is_volatile_but_for_the_defect(survives: bool) -> None:
    bench = RadioBench(defects=["dj-survives-power"] if survives else [])
    bench.node().set_dj(1)
    bench.node().power_off()
    bench.node().power_on()
    assert bench.node().dj == int(survives)


def test_outlets_are_numbered_from_the_gateway_on() -> None:
    assert RadioBench().site.power_switch.outlets == {
        TRUTH.gateway.serial_number: 1,
        ENPOWER: 2,
        FIRST: 3,
        TRUTH.encharges[1].serial_number: 4,
        **{each.serial_number: 5 + n for n, each in enumerate(TRUTH.inverters)},
        RAPID_SHUTDOWN: 5 + len(TRUTH.inverters),
    }


def test_a_request_is_through_when_the_unit_has_been_told() -> None:
    bench = RadioBench()
    act_s = bench.site.world.assumptions.power_switch.act_s
    request = bench.site.power_switch.request(
        "reboot", {"hostname": HOSTNAME, "port": "3", "delay": "4"}
    )
    assert request == Request(done=True, after_s=2 * act_s + 4)
    assert bench.node().running
    bench.let_pass(act_s)
    assert bench.node().state == "off"
    bench.let_pass(request.after_s - act_s)
    assert bench.node().state == "boot"


@pytest.mark.parametrize(
    ("query", "done", "after_s"),
    [
        ({"hostname": "other", "port": "1"}, False, 0),
        ({"hostname": HOSTNAME}, False, 0),
        ({"hostname": HOSTNAME, "port": "10"}, False, 25),
        ({"hostname": HOSTNAME, "port": "1", "delay": "soon"}, None, 0),
    ],
)
def test_what_it_cannot_do_does_nothing(
    query: dict[str, str], done: bool | None, after_s: float
) -> None:
    bench = RadioBench()
    assert bench.site.power_switch.request("off", query) == Request(done, after_s)
    bench.let_pass(60)
    assert bench.site.gateway.answers
