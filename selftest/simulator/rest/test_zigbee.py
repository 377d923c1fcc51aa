"""What the simulated Envoy answers about its Zigbee devices, key by key."""

import json
from dataclasses import asdict

import pytest

from hil.simulator.network import Counters
from hil.simulator.rest.messages import Request
from hil.simulator.rest.zigbee import ROUTES
from hil.vocabulary.zigbee import PairingState
from selftest.simulator.radio_bench import (
    ENPOWER,
    EPOCH,
    FIRST,
    SECOND,
    TRUTH,
    WRONG_KEY,
    RadioBench,
    item,
    truth_of,
)

PROVISION, COMMISSION = "/ivp/zb/provision", "/ivp/zb/commission"


def test_deleting_and_registering_anew_by_rest() -> None:
    bench = RadioBench()
    assert bench.request("DELETE", COMMISSION) == (200, {"status": "unsealed"})
    assert bench.request("DELETE", PROVISION, serial_number=FIRST) == (
        200,
        {"serial_nums": [{"serial_num": FIRST, "status": "deleted"}]},
    )
    bench.let_pass(11)
    body = {"serial_nums": [item(truth_of(FIRST), phase=1, der_index=2)]}
    assert bench.request("POST", PROVISION, body) == (
        200,
        {"serial_nums": [{"serial_num": FIRST, "status": "registered"}]},
    )
    bench.seconds_until_pairing(PairingState.PAIRED, limit_s=120)
    record = bench.provisioning.records[FIRST]
    assert (record.phase, record.der_index) == (1, 2)
    assert bench.request("POST", PROVISION, body) == (
        200,
        {"serial_nums": [{"serial_num": FIRST, "status": "already provisioned"}]},
    )


def test_a_comma_list_with_a_stranger_is_400_and_deletes_the_others() -> None:
    bench = RadioBench()
    listed = f"{FIRST},122000009999,{SECOND}"
    assert bench.request("DELETE", PROVISION, serial_number=listed) == (
        400,
        {
            "serial_nums": [
                {"serial_num": FIRST, "status": "deleted"},
                {"serial_num": "122000009999", "status": "failed", "reason": "not found"},
                {"serial_num": SECOND, "status": "deleted"},
            ]
        },
    )


def test_deleting_nothing_is_refused() -> None:
    bench = RadioBench()
    expected = (400, {"err": "400 - Bad Request", "msg": "no serial_number given"})
    assert bench.request("DELETE", PROVISION) == expected
    assert bench.request("DELETE", PROVISION, serial_number=",") == expected


def test_one_bad_item_makes_it_400_and_the_good_one_is_registered() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.provisioning.deprovision([FIRST, SECOND])
    good, bad = item(truth_of(FIRST)), item(truth_of(SECOND), link_key="short")
    assert bench.request("POST", PROVISION, {"serial_nums": [bad, good]}) == (
        400,
        {
            "serial_nums": [
                {"serial_num": SECOND, "status": "failed", "reason": "invalid key"},
                {"serial_num": FIRST, "status": "registered"},
            ]
        },
    )
    bench.seconds_until_pairing(PairingState.PAIRED, limit_s=120)


def test_hexadecimal_is_taken_in_either_case() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.provisioning.deprovision([FIRST])
    truth = truth_of(FIRST)
    sent = item(truth, link_key=truth.link_key.lower(), mac_addr=truth.mac.lower())
    assert bench.request("POST", PROVISION, {"serial_nums": [sent]})[0] == 200
    bench.seconds_until_pairing(PairingState.PAIRED, limit_s=120)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"serial_num": "12200000013"}, "invalid serial"),
        ({"serial_num": 122000000131}, "invalid serial"),
        ({"serial_num": None}, "invalid serial"),
        ({"link_key": 7}, "invalid key"),
        ({"link_key": None}, "invalid key"),
    ],
)
def test_values_of_the_wrong_kind_fail_by_item(changed: dict[str, object], reason: str) -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.provisioning.deprovision([FIRST])
    body = {"serial_nums": [item(truth_of(FIRST), **changed)]}
    status, answer = bench.request("POST", PROVISION, body)
    listed = answer["serial_nums"]
    assert isinstance(listed, list)
    assert (status, listed[0]["reason"]) == (400, reason)
    assert FIRST not in bench.provisioning.records


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"serial_nums": {}}',
        b'{"serial_nums": []}',
        b'{"serial_nums": [1]}',
    ],
)
def test_a_body_without_any_item_is_400_with_an_explanation(body: bytes) -> None:
    bench = RadioBench()
    before = dict(bench.provisioning.records)
    status, answer = bench.request("POST", PROVISION, body)
    assert (status, answer["err"]) == (400, "400 - Bad Request")
    assert answer["msg"]
    assert bench.provisioning.records == before


@pytest.mark.parametrize("mac", ["0013a200112233", 5, "no mac", None])
def test_a_mac_of_any_form_is_taken_and_fits_no_device(mac: object) -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.provisioning.deprovision([FIRST])
    body = {"serial_nums": [item(truth_of(FIRST), mac_addr=mac)]}
    assert bench.request("POST", PROVISION, body)[0] == 200
    bench.let_pass(301)
    assert bench.pairing() is PairingState.NOT_JOINED


def test_a_seal_before_all_are_paired_is_refused_by_name_and_writes_nothing() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.provisioning.deprovision([FIRST])
    bench.let_pass(11)
    wrong = item(truth_of(FIRST), link_key=WRONG_KEY)
    bench.request("POST", PROVISION, {"serial_nums": [wrong]})
    assert bench.request("POST", COMMISSION) == (
        400,
        {"err": "400 - Bad Request", "msg": f"not paired: {FIRST}"},
    )
    assert bench.request("GET", COMMISSION) == (404, {"err": "404 - Not Found"})


def test_a_site_without_devices_cannot_be_sealed() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.provisioning.deprovision([node.serial_number for node in TRUTH.nodes])
    assert bench.request("POST", COMMISSION)[0] == 400


def test_the_agents_file_carries_every_devices_key() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.let_pass(50)
    now = int(bench.world.unix_time)
    assert bench.request("POST", COMMISSION) == (
        200,
        {"status": "sealed", "commission_time": now},
    )
    assert bench.request("GET", COMMISSION) == (
        200,
        {
            "commission_time": now,
            "pan_id": "1A2B",
            "extended_pan_id": "0013A200C0FFEE01",
            "channel": 20,
            "devices": [
                {
                    "serial_num": node.serial_number,
                    "mac_addr": node.mac,
                    "device_type": int(node.device_type),
                    "link_key": node.link_key,
                }
                for node in TRUTH.nodes
            ],
        },
    )


def test_an_open_site_has_no_seal_to_open() -> None:
    bench = RadioBench()
    bench.request("DELETE", COMMISSION)
    assert bench.request("DELETE", COMMISSION) == (404, {"err": "404 - Not Found"})


def test_pairing_status_gives_mode_and_word() -> None:
    bench = RadioBench()
    status, answer = bench.request("GET", "/ivp/zb/pairing_status")
    assert (status, answer) == (
        200,
        {
            "Zigbee Network Mode": "Join Disabled",
            "serial_nums": [
                {"serial_num": ENPOWER, "device_type": 17, "status": "commissioned"},
                {"serial_num": FIRST, "device_type": 13, "status": "commissioned"},
                {"serial_num": SECOND, "device_type": 13, "status": "commissioned"},
            ],
        },
    )
    bench.provisioning.unseal()
    answer = bench.request("GET", "/ivp/zb/pairing_status")[1]
    assert answer["Zigbee Network Mode"] == "Join Enabled"


def test_status_lists_the_joined_and_keeps_the_clients() -> None:
    bench = RadioBench()
    bench.drop()
    state = bench.request("GET", "/ivp/zb/status")[1]["state"]
    assert isinstance(state, dict)
    assert state["zb num_joined_nodes"] == 2
    assert [set(node) for node in state["zb joined_nodes"]] == [
        {"serial_num", "mac_addr", "node_id"}
    ] * 2
    assert [node["serial_num"] for node in state["zb joined_nodes"]] == [ENPOWER, SECOND]
    assert state["num_client_devices"] == 3
    assert {"serial_num": FIRST, "device_type": 13} in state["client_devices"]


def test_status_counts_what_the_radio_does() -> None:
    bench = RadioBench()
    before = bench.request("GET", "/ivp/zb/status")[1]["counters"]
    bench.drop()
    bench.let_pass(60)
    after = bench.request("GET", "/ivp/zb/status")[1]["counters"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert set(after["zigbee_counters"]) == set(asdict(Counters()))
    assert len(after["ral_counters"]) == 20
    assert len(after["buffer_subpool"]) == 5
    assert all(len(pool) == 9 for pool in after["buffer_subpool"])
    assert after["zigbee_counters"]["tx_err"] > before["zigbee_counters"]["tx_err"]


def test_devices_have_the_seals_time() -> None:
    bench = RadioBench()
    answer = bench.request("GET", "/ivp/ensemble/devices")[1]
    listed = answer["serial_nums"]
    assert isinstance(listed, list)
    assert listed[1] == {
        "serial_num": FIRST,
        "zigbee_sn": "",
        "zigbee_ic": "",
        "zigbee_crc": "",
        "device_type": 13,
        "commission_time": EPOCH - 86_400,
    }


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_an_answer_is_json_of_four_spaces_without_a_content_type(route: tuple[str, str]) -> None:
    bench = RadioBench()
    answer = ROUTES[route](bench.site, Request(*route))
    assert answer.content_type is None
    if answer.status == 200:
        assert answer.body == json.dumps(json.loads(answer.body), indent=4).encode()
