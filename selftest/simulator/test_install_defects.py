"""The defects of provisioning, power cuts and rejoining: each does what its sentence says."""

import pytest

from hil.vocabulary.zigbee import AssociationCode, PairingState
from selftest.simulator.radio_bench import (
    ENPOWER,
    FIRST,
    SECOND,
    TRUTH,
    RadioBench,
    item,
    truth_of,
)

PROVISION, STATUS = "/ivp/zb/provision", "/ivp/zb/status"
ELSEWHERE = "0013A20041FFFFFF"


def unsealed(*defects: str) -> RadioBench:
    bench = RadioBench(defects=defects)
    bench.provisioning.unseal()
    return bench


def forgotten(bench: RadioBench, *serial_numbers: str) -> RadioBench:
    bench.provisioning.deprovision(serial_numbers)
    bench.let_pass(11)
    return bench


@pytest.mark.parametrize(
    ("defect", "state"),
    [
        ((), PairingState.NOT_JOINED),
        (("mac-is-ignored",), PairingState.PAIRED),
        (("expired-entry-unsaid",), PairingState.REGISTERED),
    ],
)
def test_a_wrong_mac(defect: tuple[str, ...], state: PairingState) -> None:
    bench = forgotten(unsealed(*defect), FIRST)
    body = {"serial_nums": [item(truth_of(FIRST), mac_addr=ELSEWHERE)]}
    assert bench.request("POST", PROVISION, body)[0] == 200
    bench.let_pass(301)
    assert bench.pairing() is state
    assert bench.node().in_network == (state is PairingState.PAIRED)


@pytest.mark.parametrize(
    ("defect", "second"),
    [((), PairingState.KEY_FAIL), (("one-wrong-key-at-a-time",), PairingState.REGISTERED)],
)
def test_swapped_keys(defect: tuple[str, ...], second: PairingState) -> None:
    bench = forgotten(unsealed(*defect), FIRST, SECOND)
    keys = truth_of(FIRST).link_key, truth_of(SECOND).link_key
    items = [
        item(truth_of(FIRST), link_key=keys[1], phase=1, der_index=2),
        item(truth_of(SECOND), link_key=keys[0], phase=1, der_index=2),
    ]
    bench.request("POST", PROVISION, {"serial_nums": items})
    bench.let_pass(60)
    assert sorted([bench.pairing(FIRST), bench.pairing(SECOND)]) == sorted(
        [PairingState.KEY_FAIL, second]
    )


def test_an_unknown_serial_number_stops_the_whole_delete_with_the_defect_only() -> None:
    for defects, left in (((), {ENPOWER}), (("unknown-serial-stops-a-delete",), {*all_of_them()})):
        bench = unsealed(*defects)
        listed = f"{FIRST},122000009999,{SECOND}"
        assert bench.request("DELETE", PROVISION, serial_number=listed)[0] == 400
        assert set(bench.provisioning.records) == left


def all_of_them() -> list[str]:
    return [node.serial_number for node in TRUTH.nodes]


@pytest.mark.parametrize("firmware", ["6.0.91", "6.0.92"])
def test_a_list_is_taken_from_6_0_92_on(firmware: str) -> None:
    bench = unsealed()
    gateway = bench.site.truth.gateway
    older = gateway.model_copy(update={"firmware": type(gateway.firmware).parse(firmware)})
    bench.site.truth = bench.site.truth.model_copy(update={"gateway": older})
    status, body = bench.request("DELETE", PROVISION, serial_number=f"{FIRST},{SECOND}")
    if firmware == "6.0.92":
        assert status == 200
    else:
        assert (status, body["msg"]) == (400, "one serial_number at a time")
        assert set(bench.provisioning.records) == set(all_of_them())
        assert bench.request("DELETE", PROVISION, serial_number=FIRST)[0] == 200


@pytest.mark.parametrize("defect", [(), ("delete-keeps-the-key",)])
def test_a_deleted_device_with_the_window_open(defect: tuple[str, ...]) -> None:
    bench = forgotten(unsealed(*defect), FIRST)
    joined = False
    for _ in range(60):
        bench.let_pass(1)
        joined |= bench.node().in_network
    assert joined == bool(defect)


@pytest.mark.parametrize("defect", [(), ("closed-window-admits",)])
def test_a_closed_window(defect: tuple[str, ...]) -> None:
    bench = unsealed(*defect)
    bench.let_pass(255)
    bench.ask("znr", within_s=30)
    assert bench.node().in_network == bool(defect)
    if not defect:
        bench.let_pass(1)
        assert bench.node().association in (
            AssociationCode.JOIN_NOT_ALLOWED,
            AssociationCode.SEARCHING,
        )
        body = {"serial_nums": [item(truth_of(FIRST))]}
        assert bench.request("POST", PROVISION, body)[0] == 200
        bench.seconds_until_operational(limit_s=30)


@pytest.mark.parametrize("defect", [(), ("power-cut-loses-the-key",)])
def test_a_power_cut_and_the_key(defect: tuple[str, ...]) -> None:
    bench = unsealed(*defect)
    bench.node().power_off()
    bench.node().power_on()
    bench.let_pass(30)
    assert bench.node().operational
    shown = "none" if defect else truth_of(FIRST).link_key
    assert f"link_key: {shown}\r\n" in bench.ask("pair get_key")


@pytest.mark.parametrize("defect", [(), ("rejoin-leaks-a-buffer",)])
def test_buffers_after_two_rejoins(defect: tuple[str, ...]) -> None:
    bench = RadioBench(defects=defect)
    for _ in range(2):
        bench.ask("znr", within_s=60)
    counters = bench.request("GET", STATUS)[1]["counters"]
    assert isinstance(counters, dict)
    pool = counters["buffer_pool"]
    assert pool["buffer_pool_in_use"] == (2 if defect else 0)
    assert pool["buffer_pool_in_use"] + pool["buffer_pool_free"] == pool["buffer_pool_total"]


def test_a_gateway_that_lost_its_list_sends_its_nodes_away_and_takes_them_in_again() -> None:
    bench = unsealed()
    bench.site.gateway.power_off()
    bench.site.gateway.power_on()
    bench.let_pass(190)
    assert not any(node.in_network for node in bench.site.nodes.values())
    body = {"serial_nums": [item(truth_of(FIRST), phase=1, der_index=2)]}
    assert bench.request("POST", PROVISION, body)[0] == 200
    assert bench.seconds_until_pairing(PairingState.PAIRED, limit_s=120) > 0


def test_a_restart_writes_the_dates_anew() -> None:
    bench = RadioBench()
    assert bench.site.gateway.booted_unix is None
    bench.site.gateway.power_off()
    bench.site.gateway.power_on()
    bench.let_pass(181)
    assert bench.site.gateway.booted_unix == pytest.approx(bench.world.unix_time, abs=2)
