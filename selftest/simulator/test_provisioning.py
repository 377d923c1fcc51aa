"""The gateway registers, refuses, seals and forgets devices."""

import pytest

from hil.simulator.provisioning import Item, Outcome
from hil.simulator.zigbee_join import NodeState
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.zigbee import NetworkMode, PairingState
from selftest.simulator.radio_bench import (
    ENPOWER,
    EPOCH,
    FIRST,
    SECOND,
    TRUTH,
    WRONG_KEY,
    RadioBench,
    truth_of,
)

NOBODY = "122000009999"


def test_the_site_was_sealed_a_day_ago() -> None:
    bench = RadioBench()
    assert bench.provisioning.sealed
    for serial_number in (ENPOWER, FIRST, SECOND):
        assert bench.pairing(serial_number) is PairingState.COMMISSIONED
    assert bench.provisioning.agent_file is not None
    assert bench.provisioning.agent_file.commission_time == EPOCH - 86_400


def test_a_deleted_device_leaves_at_once_and_is_forgotten_10_s_later() -> None:
    bench = RadioBench()
    assert bench.provisioning.deprovision([FIRST]) == [Outcome(FIRST, "deleted")]
    assert FIRST not in bench.provisioning.records
    assert not bench.node().in_network
    assert not bench.network.view(FIRST).joined
    bench.let_pass(9.9)
    assert FIRST in bench.network.inventory
    bench.let_pass(0.2)
    assert FIRST not in bench.network.inventory
    bench.let_pass(3600)
    assert not bench.node().in_network, "a deleted device never comes back"


def test_deleting_several_deletes_the_known_ones_and_names_the_others() -> None:
    bench = RadioBench()
    outcomes = bench.provisioning.deprovision([FIRST, NOBODY, SECOND])
    assert outcomes == [
        Outcome(FIRST, "deleted"),
        Outcome(NOBODY, "failed", "not found"),
        Outcome(SECOND, "deleted"),
    ]
    assert set(bench.provisioning.records) == {ENPOWER}
    assert bench.pairing(ENPOWER) is PairingState.COMMISSIONED


def test_a_deleted_device_is_no_more_in_the_agents_file() -> None:
    bench = RadioBench()
    bench.provisioning.deprovision([FIRST])
    assert bench.provisioning.agent_file is not None
    listed = [record.serial_number for record in bench.provisioning.agent_file.devices]
    assert listed == [ENPOWER, SECOND]


def test_a_new_device_with_the_right_key_is_paired_within_a_minute() -> None:
    bench = with_one_deleted()
    assert bench.provisioning.provision([item()]) == [Outcome(FIRST, "registered")]
    assert bench.pairing() is PairingState.REGISTERED
    bench.seconds_until_pairing(PairingState.KEY_EXCHANGE, limit_s=60)
    bench.seconds_until_pairing(PairingState.PAIRED, limit_s=20)
    bench.let_pass(15)
    view = bench.network.view(FIRST)
    assert view.communicating
    assert view.joined


def test_a_wrong_key_fails_within_a_minute_and_the_right_one_then_pairs() -> None:
    bench = with_one_deleted()
    errors = bench.network.counters.reg_prov_dev_err
    assert bench.provisioning.provision([item(link_key=WRONG_KEY)])[0].status == "registered"
    bench.seconds_until_pairing(PairingState.KEY_FAIL, limit_s=60)
    assert bench.network.counters.reg_prov_dev_err == errors + 1
    assert not bench.node().in_network
    assert bench.provisioning.provision([item()]) == [Outcome(FIRST, "registered")]
    bench.seconds_until_pairing(PairingState.PAIRED, limit_s=300)


@pytest.mark.parametrize("after_s", [0, 13, 60, 115, 116, 200, 250])
def test_whenever_a_wrong_key_is_sent_it_is_blamed_within_a_minute(after_s: float) -> None:
    bench = with_one_deleted()
    bench.let_pass(after_s)
    bench.provisioning.provision([item(link_key=WRONG_KEY)])
    bench.seconds_until_pairing(PairingState.KEY_FAIL, limit_s=61)


def test_the_right_key_is_not_blamed_for_an_attempt_that_began_before_it_came() -> None:
    bench = with_one_deleted()
    bench.provisioning.provision([item(link_key=WRONG_KEY)])
    while bench.node().state is not NodeState.KEY_WAIT:
        bench.let_pass(0.1)
    bench.let_pass(1.5)
    bench.provisioning.provision([item()])
    while bench.pairing() is not PairingState.PAIRED:
        bench.let_pass(1)
        assert bench.pairing() is not PairingState.KEY_FAIL


def test_a_device_that_came_back_in_the_meantime_is_not_forgotten() -> None:
    bench = RadioBench()
    bench.assume("gateway", forget_s=60.0)
    bench.provisioning.unseal()
    bench.provisioning.deprovision([FIRST])
    bench.provisioning.provision([item()])
    bench.seconds_until_pairing(PairingState.PAIRED, limit_s=40)
    bench.let_pass(60)
    assert FIRST in bench.network.inventory


def test_a_wrong_key_is_never_accepted_later() -> None:
    bench = with_one_deleted()
    bench.provisioning.provision([item(link_key=WRONG_KEY)])
    for _ in range(400):
        bench.let_pass(1)
        assert not bench.node().in_network
    assert bench.pairing() is PairingState.KEY_FAIL


def test_a_wrong_mac_pairs_nobody_and_its_entry_expires() -> None:
    bench = with_one_deleted()
    bench.provisioning.provision([item(mac="0013A200DEAD0001")])
    bench.let_pass(299)
    assert bench.pairing() is PairingState.REGISTERED
    bench.let_pass(2)
    assert bench.pairing() is PairingState.NOT_JOINED
    assert not bench.node().in_network
    assert bench.provisioning.provision([item()]) == [Outcome(FIRST, "registered")]
    bench.seconds_until_pairing(PairingState.PAIRED, limit_s=120)


def test_a_device_that_is_not_there_is_not_joined_after_its_entry_expires() -> None:
    bench = with_one_deleted()
    bench.provisioning.provision([item(serial_number=NOBODY, mac="0013A20041D09999")])
    bench.let_pass(301)
    assert bench.pairing(NOBODY) is PairingState.NOT_JOINED


@pytest.mark.parametrize(
    ("serial_number", "device_type"), [(NOBODY, DeviceType.ENCHARGE), (FIRST, DeviceType.ENPOWER)]
)
def test_a_device_that_turns_out_to_be_another_is_sent_off(
    serial_number: str, device_type: DeviceType
) -> None:
    bench = with_one_deleted()
    sent = item(serial_number=serial_number, device_type=device_type)
    assert bench.provisioning.provision([sent])[0].status == "registered"
    bench.seconds_until_pairing(PairingState.ID_MISMATCH, sent.serial_number, limit_s=60)
    bench.let_pass(40)
    assert not bench.node().in_network
    assert FIRST not in bench.network.inventory


def test_one_bad_item_does_not_stand_in_the_way_of_the_good_ones() -> None:
    bench = with_one_deleted()
    bench.provisioning.deprovision([SECOND])
    outcomes = bench.provisioning.provision(
        [item(), item(serial_number="12345"), item(serial_number=SECOND, truth=SECOND)]
    )
    assert [outcome.status for outcome in outcomes] == ["registered", "failed", "registered"]
    assert outcomes[1] == Outcome("12345", "failed", "invalid serial")
    for serial_number in (FIRST, SECOND):
        bench.seconds_until_pairing(PairingState.PAIRED, serial_number, limit_s=120)


@pytest.mark.parametrize(
    "key",
    [None, "", "0" * 32, "F" * 32, "A" * 31, "A" * 33, "G" * 32],
    ids=["none", "empty", "all-0", "all-F", "too-short", "too-long", "no-hex"],
)
def test_a_key_that_no_radio_takes_is_refused(key: str | None) -> None:
    bench = with_one_deleted()
    assert bench.provisioning.provision([item(link_key=key)]) == [
        Outcome(FIRST, "failed", "invalid key")
    ]
    assert FIRST not in bench.provisioning.records


def test_a_serial_number_given_twice_is_registered_once() -> None:
    bench = with_one_deleted()
    outcomes = bench.provisioning.provision([item(), item(link_key=WRONG_KEY)])
    assert outcomes[1] == Outcome(FIRST, "failed", "duplicate")
    bench.seconds_until_pairing(PairingState.PAIRED, limit_s=120)


def test_registering_a_paired_device_again_changes_nothing() -> None:
    bench = RadioBench()
    for unseal in (False, True):
        if unseal:
            bench.provisioning.unseal()
        state = bench.pairing()
        assert bench.provisioning.provision([item()]) == [Outcome(FIRST, "already provisioned")]
        assert bench.pairing() is state
        assert bench.node().operational
        assert (bench.network.mode is NetworkMode.JOIN_ENABLED) == unseal


@pytest.mark.parametrize("sealed", [True, False])
def test_another_key_for_a_paired_device_is_a_conflict_and_the_old_one_works(sealed: bool) -> None:
    bench = RadioBench()
    if not sealed:
        bench.provisioning.unseal()
    assert bench.provisioning.provision([item(link_key=WRONG_KEY)]) == [
        Outcome(FIRST, "failed", "key conflict")
    ]
    bench.ask("znr")
    bench.seconds_until_operational(limit_s=40)


def test_a_sealed_site_takes_no_new_device() -> None:
    bench = RadioBench()
    bench.provisioning.deprovision([FIRST])
    assert bench.provisioning.provision([item()]) == [Outcome(FIRST, "failed", "sealed")]
    assert bench.network.mode is NetworkMode.JOIN_DISABLED


def test_there_is_room_for_20_devices() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    items = [
        item(serial_number=f"1220000090{number:02d}", mac=f"0013A2004200{number:04X}")
        for number in range(18)
    ]
    outcomes = bench.provisioning.provision(items)
    assert [outcome.ok for outcome in outcomes] == [True] * 17 + [False]
    assert outcomes[-1].reason == "no room"


def test_a_device_that_is_not_paired_stands_in_the_way_of_a_seal() -> None:
    bench = with_one_deleted()
    assert not bench.provisioning.unpaired
    bench.provisioning.provision([item()])
    assert bench.provisioning.unpaired == (FIRST,)
    bench.seconds_until_pairing(PairingState.PAIRED, limit_s=120)
    assert not bench.provisioning.unpaired


def test_a_seal_writes_every_key_and_closes_the_window() -> None:
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.let_pass(100)
    assert bench.provisioning.seal() == int(bench.world.unix_time)
    assert bench.network.mode is NetworkMode.JOIN_DISABLED
    assert bench.provisioning.agent_file is not None
    written = {r.serial_number: r.link_key for r in bench.provisioning.agent_file.devices}
    assert written == {node.serial_number: node.link_key for node in TRUTH.nodes}
    assert bench.pairing() is PairingState.COMMISSIONED
    bench.let_pass(3600)
    bench.ask("znr")
    bench.seconds_until_operational(limit_s=40)


def test_a_second_seal_keeps_the_first() -> None:
    bench = RadioBench()
    bench.let_pass(100)
    assert bench.provisioning.seal() == EPOCH - 86_400


def test_opening_the_seal_keeps_the_pairs_and_allows_joining() -> None:
    bench = RadioBench()
    assert bench.provisioning.unseal()
    assert bench.provisioning.agent_file is None
    assert not bench.provisioning.unseal()
    assert bench.network.mode is NetworkMode.JOIN_ENABLED
    bench.let_pass(600)
    for serial_number in (ENPOWER, FIRST, SECOND):
        assert bench.pairing(serial_number) is PairingState.PAIRED
        assert bench.node(serial_number).operational


def test_a_commissioned_device_that_drops_is_joining_then_lost_then_commissioned_again() -> None:
    bench = RadioBench()
    bench.drop()
    assert bench.pairing() is PairingState.JOINING
    bench.seconds_until_pairing(PairingState.LOST, limit_s=140)
    assert not bench.network.view(FIRST).communicating
    bench.ask("zb at DJ 0")
    bench.seconds_until_pairing(PairingState.KEY_EXCHANGE, limit_s=20)
    bench.seconds_until_pairing(PairingState.COMMISSIONED, limit_s=20)


def test_a_device_without_power_is_commissioned_again_once_it_has_resumed() -> None:
    bench = RadioBench()
    bench.node().power_off()
    bench.seconds_until_pairing(PairingState.JOINING, limit_s=61)
    bench.seconds_until_pairing(PairingState.LOST, limit_s=140)
    bench.node().power_on()
    bench.seconds_until_pairing(PairingState.COMMISSIONED, limit_s=30)


def item(
    *,
    truth: str = FIRST,
    serial_number: str | None = None,
    link_key: str | None = truth_of(FIRST).link_key,
    mac: str | None = None,
    device_type: int = int(DeviceType.ENCHARGE),
) -> Item:
    """The first Encharge's request, unless said otherwise."""
    device = truth_of(truth)
    return Item(
        serial_number=serial_number or device.serial_number,
        link_key=device.link_key if truth != FIRST else link_key,
        mac=mac or device.mac,
        device_type=device_type,
    )


def with_one_deleted() -> RadioBench:
    """An unsealed site whose first Encharge was deleted and forgotten."""
    bench = RadioBench()
    bench.provisioning.unseal()
    bench.provisioning.deprovision([FIRST])
    bench.let_pass(11)
    return bench
