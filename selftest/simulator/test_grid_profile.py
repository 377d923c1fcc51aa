"""The grid profile reaches every device, whole."""

import json
from pathlib import Path

import pytest

from hil.simulator.grid_profile import TABLE, TargetEvent, TargetState
from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.inverters_status import PATH, inverters_status
from hil.simulator.rest.messages import Request
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import ProfileTruth, load_site

TRUTH = load_site(Path(__file__).parents[2] / "sites" / "split-phase.yaml")
NEW, OLD = TRUTH.profile, TRUTH.previous_profile
RECORDS = ("fpf", "vrt", "frt", "tpm")


def site(*defects: str, seed: int = 0) -> Site:
    return build_site(TRUTH, seed=seed, epoch=DEFAULT_EPOCH, defects=defects)


def mixed(carried: ProfileTruth) -> bool:
    """Whether these records are neither all of the one nor all of the other profile."""
    return not any(
        all(getattr(carried, record) == getattr(profile, record) for record in RECORDS)
        for profile in (NEW, OLD)
    )


def status_of(serial_number: str, asked: Site) -> int:
    """What the gateway's page says of an inverter."""
    shown = json.loads(inverters_status(asked, Request("GET", PATH, {}, b"")).body)
    return int(next(each["status"] for each in shown if each["serial_num"] == serial_number))


def test_every_target_state_is_reached_and_every_event_used() -> None:
    assert set(TABLE) == set(TargetState)
    assert {to for row in TABLE.values() for to in row.values()} == set(TargetState)
    assert {event for row in TABLE.values() for event in row} == set(TargetEvent)


def test_a_new_profile_is_taken_up_in_every_state() -> None:
    for row in TABLE.values():
        assert row[TargetEvent.ACTIVATED] is TargetState.PENDING


def test_the_profiles_of_the_site_differ_in_more_than_one_record() -> None:
    assert sum(getattr(NEW, record) != getattr(OLD, record) for record in RECORDS) > 1


@pytest.mark.parametrize("seed", range(25))
def test_at_the_start_every_device_carries_the_active_profile(seed: int) -> None:
    started = site(seed=seed)
    assert started.profile.active == NEW
    assert started.profile.is_settled
    assert [target.carries for target in started.profile.targets.values()] == [NEW] * 7


def test_propagation_goes_one_by_one_in_order_enpower_first() -> None:
    changing = site()
    changing.profile.activate(OLD)
    applied: list[str] = []
    while not changing.profile.is_settled:
        changing.world.advance(changing.world.now_s + 1)
        targets = changing.profile.targets.values()
        assert sum(target.state is TargetState.TXN for target in targets) <= 1
        applied += [
            target.serial_number
            for target in targets
            if target.state is TargetState.APPLIED and target.serial_number not in applied
        ]
    assert applied == [
        *(node.serial_number for node in TRUTH.nodes),
        *(inverter.serial_number for inverter in TRUTH.inverters),
    ]


@pytest.mark.parametrize("seed", range(10))
def test_no_device_holds_a_mixture_at_any_time(seed: int) -> None:
    changing = site(seed=seed)
    changing.profile.activate(OLD)
    changing.world.advance(45)
    changing.profile.activate(NEW)
    changing.world.advance(100)
    changing.profile.activate(OLD)
    for _ in range(600):
        changing.world.advance(changing.world.now_s + 1)
        assert not any(mixed(target.carries) for target in changing.profile.targets.values())
    changing.world.advance(3600)
    assert {target.carries.id for target in changing.profile.targets.values()} == {OLD.id}


def test_transactions_do_go_unanswered_and_are_repeated() -> None:
    retried = 0
    for seed in range(10):
        changing = site(seed=seed)
        changing.profile.activate(OLD)
        for _ in range(400):
            changing.world.advance(changing.world.now_s + 1)
            states = {target.state for target in changing.profile.targets.values()}
            retried += TargetState.RETRY in states
    assert retried > 0


def test_a_device_that_is_away_fails_while_the_others_get_it_and_has_it_later() -> None:
    away = site()
    serial = TRUTH.encharges[0].serial_number
    away.nodes[serial].power_off()
    away.world.advance(300)
    away.profile.activate(OLD)
    away.world.advance(1200)
    states = {name: target.state for name, target in away.profile.targets.items()}
    assert states.pop(serial) is TargetState.FAILED
    assert set(states.values()) == {TargetState.APPLIED}
    assert away.profile.targets[serial].carries == NEW
    away.nodes[serial].power_on()
    away.world.advance(3600)
    assert away.profile.is_settled
    assert away.profile.targets[serial].carries == OLD


@pytest.mark.parametrize("defect", [None, "profile-never-retried", "late-inverter-mixes-profiles"])
def test_an_inverter_that_was_asleep_gets_it_whole_but_for_the_defects(defect: str | None) -> None:
    night = site(*[defect] if defect else [])
    serial = TRUTH.inverters[0].serial_number
    outlet = {"hostname": "pdu-sim", "port": str(night.power_switch.outlets[serial])}
    pv_w = night.energy.flows.pv_mw
    assert night.power_switch.request("off", outlet)
    night.world.advance(5)
    assert night.energy.flows.pv_mw == pv_w * 3 / 4
    night.profile.activate(OLD)
    night.world.advance(1200)
    assert night.profile.targets[serial].state is TargetState.FAILED
    assert status_of(serial, night) == night.world.assumptions.profile.status_failed
    assert night.power_switch.request("on", outlet)
    night.world.advance(3600)
    target = night.profile.targets[serial]
    assert night.profile.is_settled is (defect != "profile-never-retried")
    assert (target.carries == OLD) is (defect is None)
    assert mixed(target.carries) is (defect == "late-inverter-mixes-profiles")


def test_the_defect_leaves_the_last_inverter_as_it_was_and_nobody_else() -> None:
    defective = site("inverter-keeps-old-profile")
    assert defective.profile.is_settled
    carried = [target.carries for target in defective.profile.targets.values()]
    assert carried == [NEW] * 6 + [OLD]


def test_an_inverter_sleeps_at_night_and_takes_the_profile_over_in_the_morning() -> None:
    changing = site()
    changing.energy.ask(pv_w=0.0)
    changing.profile.activate(OLD)
    changing.world.advance(3600)
    by_kind = {
        is_inverter: {
            target.state is TargetState.APPLIED
            for target in changing.profile.targets.values()
            if target.is_inverter is is_inverter
        }
        for is_inverter in (False, True)
    }
    assert by_kind == {False: {True}, True: {False}}
    changing.energy.ask(pv_w=900.0)
    changing.world.advance(3600 + 1800)
    assert changing.profile.is_settled


def test_a_site_that_begins_at_night_has_taken_its_profile_over() -> None:
    begun = build_site(TRUTH, epoch=DEFAULT_EPOCH + 12 * 3600)
    assert begun.energy.flows.pv_mw == 0
    assert begun.profile.is_settled
