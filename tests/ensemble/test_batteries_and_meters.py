"""Powers of the batteries, what the inverters took over, relaxed parameters, and the meters."""

import pytest

from hil.envoy.client import Envoy
from hil.errors import NotOffered, Refused
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.vocabulary.devices import BatteryLight
from hil.waiting import Waiting

PHASES = {"single": 1, "split": 2, "three": 3}


@pytest.mark.promise("EN-020")
def test_the_batteries_sum_up_to_the_storage(envoy: Envoy, wait: Waiting, promise: Promise) -> None:
    try:
        powers = envoy.ensemble.power()
    except NotOffered as absent:
        pytest.skip(str(absent))
    communicating = {
        battery.serial_num
        for battery in envoy.ensemble.inventory().encharges
        if battery.communicating
    }

    silent = communicating - {battery.serial_num for battery in powers.devices}
    assert not silent, (
        f"encharge {', '.join(sorted(silent))}: communicating, and its power is not told"
    )
    wait.until(
        lambda: (envoy.ensemble.power().total_mw, envoy.livedata.status().meters.storage.agg_p_mw),
        lambda seen: abs(seen[0] - seen[1]) <= promise["apart_w"] * 1000,
        what="the batteries together are live data's storage, in mW",
        measures="time to agree with live data",
        within_s=promise["agree_within_s"],
    )


@pytest.mark.promise("EN-081")
def test_temperatures_are_those_of_devices_that_work(envoy: Envoy, promise: Promise) -> None:
    listed = envoy.ensemble.inventory()
    found_c = [
        (f"encharge {each.serial_num}: {what}", degrees, promise["battery_at_most_c"])
        for each in listed.encharges
        for what, degrees in (("itself", each.temperature), ("its cells", each.max_cell_temp))
        if degrees != "unknown"
    ] + [
        (f"enpower {each.serial_num}", (each.temperature - 32) * 5 / 9, promise["switch_at_most_c"])
        for each in listed.enpowers
        if each.temperature != "unknown"
    ]
    if not found_c:
        pytest.skip("no device tells its temperature")

    for what, celsius, at_most_c in found_c:
        assert promise["at_least_c"] <= celsius <= at_most_c, f"{what} is at {celsius:.0f} °C"


@pytest.mark.promise("GP-003")
def test_relaxed_parameters_are_stored_and_removed(envoy: Envoy) -> None:
    relaxed = envoy.grid_profile.relaxed_parameters
    before = relaxed.read()
    wanted = {"parameters": [{"name": "uv_fast_ms", "value": 200}]}

    try:
        relaxed.add(wanted)
    except NotOffered as absent:
        pytest.skip(str(absent))
    try:
        assert relaxed.read() == wanted
        with pytest.raises(Refused):
            relaxed.add("{no json")
        assert relaxed.read() == wanted, "refused, and something changed all the same"
        relaxed.delete()
        assert relaxed.read() is None
    finally:
        relaxed.put_back(before)


@pytest.mark.promise("GP-004")
@pytest.mark.needs("inverters")
def test_every_inverter_has_taken_over_the_profile(
    rig: Rig, envoy: Envoy, by_day: None, promise: Promise, wait: Waiting
) -> None:
    try:
        statuses = envoy.grid_profile.inverters_status().by_serial_number
    except NotOffered as absent:
        pytest.skip(str(absent))

    for inverter in rig.inverters:
        assert inverter.serial_number in statuses, f"inverter {inverter.serial_number}: no status"

    def without_it() -> dict[str, str]:
        """What those say that have not taken it over; since the night they may be on their way."""
        told = envoy.grid_profile.inverters_status().by_serial_number
        return {name: each.message for name, each in told.items() if not each.has_taken_over}

    wait.until(
        without_it,
        lambda left: not left or rig.is_dark(),
        what="gateway: every inverter has taken over the grid profile",
        measures="time until all inverters have the profile",
        within_s=promise["settled_within_s"],
        every_s=30,
    )
    old = envoy.grid_profile.inverters_status_by_old_path().by_serial_number
    assert set(old) == set(statuses)


@pytest.mark.promise("GP-010")
@pytest.mark.needs("inverters")
def test_a_phase_that_is_set_by_hand_is_that_inverters_and_no_others(
    rig: Rig, envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    def by_hand() -> dict[str, str]:
        statuses = envoy.grid_profile.inverters_status().root
        return {status.serial_num: status.man_ph_ind for status in statuses}

    serial_number = rig.inverters[0].serial_number
    try:
        before = by_hand()
    except NotOffered as absent:
        pytest.skip(str(absent))
    wanted = "ph-b" if before[serial_number] != "ph-b" else "ph-a"

    envoy.grid_profile.set_phase(serial_number, wanted)
    try:
        wait.until(
            by_hand,
            lambda seen: seen == before | {serial_number: wanted},
            what=f"inverter {serial_number}: on {wanted} by hand, the others as before",
            measures="time to show the phase",
            within_s=promise["shown_within_s"],
        )
    finally:
        envoy.grid_profile.set_phase(serial_number, before[serial_number])
    wait.until(
        by_hand,
        lambda seen: seen == before,
        what=f"inverter {serial_number}: as before",
        within_s=promise["shown_within_s"],
    )


@pytest.mark.promise("MT-001")
def test_the_meters_are_consistent(envoy: Envoy) -> None:
    try:
        meters = envoy.meters.read().root
    except NotOffered as absent:
        pytest.skip(str(absent))

    assert len({meter.eid for meter in meters}) == len(meters), "an eid twice"
    for meter in meters:
        assert 1 <= meter.phaseCount <= PHASES[meter.phaseMode], f"meter {meter.eid}"
        if meter.is_enabled:
            assert (meter.meteringStatus, meter.statusFlags or ()) == ("normal", ()), (
                f"meter {meter.eid}"
            )


@pytest.mark.promise("EN-077")
def test_the_light_of_a_battery_shows_what_it_does(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    def wrong() -> dict[str, str]:
        try:
            powers = envoy.ensemble.power().devices
        except NotOffered as absent:
            pytest.skip(str(absent))
        lights = {each.serial_num: each.led_status for each in envoy.ensemble.inventory().encharges}
        found = {}
        for each in powers:
            light, power_w = lights[each.serial_num], each.real_power_mw / 1000
            if abs(power_w) >= promise["least_w"]:
                due = BatteryLight.DISCHARGING if power_w > 0 else BatteryLight.CHARGING
                if light != due:
                    found[each.serial_num] = f"{power_w:.0f} W, and its light {light}"
        return found

    wait.until(
        wrong,
        lambda found: not found,
        what="batteries: the light of each shows whether it charges",
        measures="time until the lights agree",
        within_s=promise["shown_within_s"],
        every_s=5,
    )
