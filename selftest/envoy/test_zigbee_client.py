"""The client of `/ivp/zb`: taking devices in, letting them go, the seal."""

import json
from pathlib import Path

import pytest

from hil.envoy.zigbee import ItemResult, ProvisionItem
from hil.errors import (
    Refused,
    Unintelligible,
)
from hil.vocabulary.secret import Secret
from hil.vocabulary.zigbee import NetworkMode, PairingState
from selftest.envoy import made_up
from selftest.envoy.made_up import ENCHARGE, ENPOWER, KEY, an_envoy, asked, sent, written
from selftest.transports.scripted_server import Say

ITEM = ProvisionItem(
    serial_num=ENCHARGE,
    link_key=Secret(KEY),
    mac_addr="0013A20041D00131",
    device_type=13,
    phase=1,
    der_index=2,
)


def test_devices_are_provisioned_with_their_keys_which_are_never_written(tmp_path: Path) -> None:
    answer = {"serial_nums": [{"serial_num": ENCHARGE, "status": "registered"}]}
    with an_envoy(tmp_path, {"POST /ivp/zb/provision": answer}) as (envoy, server):
        answered = envoy.zigbee.provision([ITEM, {"serial_num": "12", "link_key": 5}])
        assert sent(server) == {
            "serial_nums": [
                {
                    "serial_num": ENCHARGE,
                    "link_key": KEY,
                    "mac_addr": "0013A20041D00131",
                    "device_type": 13,
                    "phase": 1,
                    "der_index": 2,
                },
                {"serial_num": "12", "link_key": 5},
            ]
        }

    assert answered.ok
    assert answered.results[ENCHARGE].ok
    assert not any(KEY[at : at + 8] in written(tmp_path) for at in range(len(KEY) - 7))
    assert KEY[:8] not in repr(ITEM)


def test_a_400_with_a_result_for_each_device_is_an_answer(tmp_path: Path) -> None:
    body = {
        "serial_nums": [
            {"serial_num": ENCHARGE, "status": "registered"},
            {"serial_num": ENCHARGE, "status": "failed", "reason": "duplicate"},
            {"serial_num": "12203", "status": "failed", "reason": "invalid serial"},
        ]
    }
    answers = {"POST /ivp/zb/provision": Say(json.dumps(body), 400)}
    with an_envoy(tmp_path, answers) as (envoy, _):
        answer = envoy.zigbee.provision([ITEM, ITEM, ProvisionItem(serial_num="12203")])

    assert not answer.ok
    assert answer.results["12203"] == ItemResult("12203", "failed", "invalid serial")
    assert [(item.ok, item.reason) for item in answer.items] == [
        (True, None),
        (False, "duplicate"),
        (False, "invalid serial"),
    ]


def test_a_400_that_only_explains_itself_is_a_refusal(tmp_path: Path) -> None:
    body = r'{"err": "400 - Bad Request", "msg": "no list \"serial_nums\""}'
    with an_envoy(tmp_path, {"POST /ivp/zb/provision": Say(body, 400)}) as (envoy, server):
        with pytest.raises(Refused, match="no list") as caught:
            envoy.zigbee.provision_raw("{cut")
        assert server.heard[0].body == b"{cut"
    assert caught.value.body == body


def test_a_result_without_a_status_cannot_be_understood(tmp_path: Path) -> None:
    body = json.dumps({"serial_nums": [{"serial_num": ENCHARGE}]})
    with (
        an_envoy(tmp_path, {"POST /ivp/zb/provision": Say(body, 400)}) as (envoy, _),
        pytest.raises(
            Unintelligible, match=r"\(400\) .* \$\.serial_nums\[0\]\.status: Field required"
        ),
    ):
        envoy.zigbee.provision([ITEM])


def test_several_devices_are_deleted_by_one_request(tmp_path: Path) -> None:
    body = {
        "serial_nums": [
            {"serial_num": ENCHARGE, "status": "deleted"},
            {"serial_num": "122000000999", "status": "failed", "reason": "not found"},
        ]
    }
    answers = {"DELETE /ivp/zb/provision": Say(json.dumps(body), 400)}
    with an_envoy(tmp_path, answers) as (envoy, server):
        answer = envoy.zigbee.deprovision([ENCHARGE, "122000000999"])
        assert asked(server)[0] == (
            f"DELETE /ivp/zb/provision?serial_number={ENCHARGE},122000000999"
        )
    assert not answer.ok
    assert answer.results["122000000999"].reason == "not found"


def test_a_site_is_sealed_and_reopened(tmp_path: Path) -> None:
    answers = {
        "POST /ivp/zb/commission": {"status": "sealed", "commission_time": 1790000000},
        "DELETE /ivp/zb/commission": {"status": "unsealed"},
    }
    with an_envoy(tmp_path, answers) as (envoy, server):
        assert envoy.zigbee.commission().commission_time == 1790000000
        assert envoy.zigbee.reopen().status == "unsealed"
        assert server.heard[0].body == b""
        assert not envoy.zigbee.is_sealed()


def test_the_sealed_file_gives_its_keys_and_they_are_masked_from_then_on(tmp_path: Path) -> None:
    with an_envoy(tmp_path, {"GET /ivp/zb/commission": made_up.agent_file()}) as (envoy, _):
        file = envoy.zigbee.agent_file()
        assert envoy.zigbee.is_sealed()
        masked = envoy._conversation.redactor.scrub(f"the device printed {KEY[:10]}")

    assert file.link_keys == {ENCHARGE: Secret(KEY)}
    assert KEY[:8] not in masked
    assert not any(KEY[at : at + 8] in written(tmp_path) for at in range(len(KEY) - 7))


def test_pairing_is_told_by_device(tmp_path: Path) -> None:
    body = {
        "Zigbee Network Mode": "Join Enabled",
        "serial_nums": [
            {"serial_num": ENCHARGE, "device_type": 13, "status": "key exchange"},
            {"serial_num": ENPOWER, "device_type": 17, "status": "dozing"},
        ],
    }
    with an_envoy(tmp_path, {"GET /ivp/zb/pairing_status": body}) as (envoy, _):
        pairing = envoy.zigbee.pairing_status()
        assert envoy.drift == {"/ivp/zb/pairing_status": {"$.serial_nums[*].status = 'dozing'"}}

    assert pairing.states == {ENCHARGE: PairingState.KEY_EXCHANGE, ENPOWER: "dozing"}
    assert pairing.mode is NetworkMode.JOIN_ENABLED
    assert pairing.joining_is_allowed


def test_the_radio_tells_who_has_joined(tmp_path: Path) -> None:
    node = {"serial_num": ENCHARGE, "mac_addr": "0013A20041D00131", "node_id": "4F1C"}
    body = {
        "state": {
            "zb is_device_connected": True,
            "zb is_init_done": True,
            "zb max_pyld_size": 84,
            "zb num_joined_nodes": 1,
            "zb joined_nodes": [node],
            "num_client_devices": 1,
            "client_devices": [{"serial_num": ENCHARGE, "device_type": 13}],
        },
        "counters": {"zigbee_counters": {"rx_packets": 5, "tx_err": 0}, "buffer_subpool": [[1]]},
    }
    with an_envoy(tmp_path, {"GET /ivp/zb/status": body}) as (envoy, _):
        status = envoy.zigbee.status()
        assert envoy.drift == {}
    assert status.joined_serial_numbers == [ENCHARGE]
    assert status.counters.zigbee_counters["rx_packets"] == 5
