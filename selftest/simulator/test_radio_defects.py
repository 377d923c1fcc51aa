"""Each defect of the radio side does what its sentence says, and nothing besides."""

from pathlib import Path

import pytest

from hil.plugin.promises import load_promises
from hil.simulator.defects import DEFECTS
from hil.vocabulary.zigbee import PairingState
from selftest.simulator.radio_bench import (
    FIRST,
    SECOND,
    TRUTH,
    WRONG_KEY,
    RadioBench,
    item,
    truth_of,
)

OF_THE_RADIO = ("join-ignores-dj", "seal-without-last-key", "wrong-key-accepted")


def rejoin(bench: RadioBench) -> object:
    bench.ask("zb verbose on")
    bench.ask("znr", within_s=120)
    return bench.heard(), bench.request("GET", "/ivp/zb/status")


def forced_loss(bench: RadioBench) -> object:
    bench.ask("znr", within_s=3)
    bench.ask("zb at DJ 1")
    bench.let_pass(60)
    return bench.node().in_network, bench.ask("zb at DJ")


def dj_on_a_joined_device(bench: RadioBench) -> object:
    return bench.ask("zb at DJ 1", within_s=60), bench.request("GET", "/ivp/zb/status")


def seal(bench: RadioBench) -> object:
    bench.provisioning.unseal()
    return bench.request("POST", "/ivp/zb/commission"), bench.request("GET", "/ivp/zb/commission")


def life_after_the_seal(bench: RadioBench) -> object:
    bench.provisioning.unseal()
    bench.request("POST", "/ivp/zb/commission")
    bench.ask("znr", SECOND, within_s=60)
    return (
        bench.node(SECOND).state,
        bench.request("GET", "/ivp/zb/pairing_status"),
        bench.request("GET", "/ivp/ensemble/devices"),
    )


def pairing_with(bench: RadioBench, key: str) -> object:
    bench.provisioning.unseal()
    bench.provisioning.deprovision([FIRST])
    bench.let_pass(11)
    body = {"serial_nums": [item(truth_of(FIRST), link_key=key)]}
    answer = bench.request("POST", "/ivp/zb/provision", body)
    bench.let_pass(120)
    return answer, bench.pairing(), bench.node().in_network


def wrong_key(bench: RadioBench) -> object:
    return pairing_with(bench, WRONG_KEY)


def right_key(bench: RadioBench) -> object:
    return pairing_with(bench, truth_of(FIRST).link_key)


def a_deleted_device(bench: RadioBench) -> object:
    bench.provisioning.unseal()
    bench.provisioning.deprovision([FIRST])
    bench.let_pass(120)
    return bench.node().in_network, bench.node().node_id


CHANGED = {
    "join-ignores-dj": forced_loss,
    "seal-without-last-key": seal,
    "wrong-key-accepted": wrong_key,
}
STORIES = (
    rejoin,
    forced_loss,
    dj_on_a_joined_device,
    seal,
    life_after_the_seal,
    wrong_key,
    right_key,
    a_deleted_device,
)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("defect", OF_THE_RADIO)
def test_a_defect_changes_its_own_story_and_no_other(defect: str, story: object) -> None:
    assert callable(story)
    healthy, faulty = story(RadioBench()), story(RadioBench(defects=[defect]))
    assert (healthy != faulty) == (CHANGED[defect] is story)


def test_join_ignores_dj_puts_a_device_back_although_dj_is_1() -> None:
    bench = RadioBench(defects=["join-ignores-dj"])
    forced_loss(bench)
    assert bench.node().in_network
    assert "AT DJ 1" in bench.ask("zb at DJ")


def test_seal_without_last_key_leaves_the_last_device_out() -> None:
    bench = RadioBench(defects=["seal-without-last-key"])
    devices = bench.request("GET", "/ivp/zb/commission")[1]["devices"]
    assert isinstance(devices, list)
    listed = [device["serial_num"] for device in devices]
    assert listed == [node.serial_number for node in TRUTH.nodes][:-1]


def test_wrong_key_accepted_pairs_a_device_with_a_wrong_key() -> None:
    bench = RadioBench(defects=["wrong-key-accepted"])
    wrong_key(bench)
    assert bench.pairing() is PairingState.PAIRED


def test_the_catalogue_names_each_defect_with_its_promise() -> None:
    promises = load_promises(Path(__file__).parents[2] / "docs" / "promises.yaml")
    for name, defect in DEFECTS.items():
        assert defect.name == name
        assert defect.sentence.endswith(".")
        assert defect.promise in promises
