"""The gateway itself: how warm it is, what it is at, the boards it knows, and its meters."""

import pytest

from hil.envoy.client import Envoy
from hil.errors import NotOffered
from hil.evidence.measurement import Measure
from hil.plugin.promises import Promise
from hil.waiting import Waiting

IDLE = "No Update Running"


@pytest.mark.promise("GW-040")
def test_the_gateway_is_as_warm_as_a_board_can_be(
    envoy: Envoy, measured: Measure, promise: Promise
) -> None:
    try:
        celsius = envoy.info.own_temperature().celsius
    except NotOffered as absent:
        pytest.skip(str(absent))

    assert celsius is not None, "gateway: of its own temperature it says no number, or several"
    found = measured(
        "gateway: own temperature",
        celsius,
        "°C",
        at_least=promise["at_least_c"],
        at_most=promise["at_most_c"],
    )
    assert found.held, f"gateway: {celsius:g} °C is no temperature of a board that works"


@pytest.mark.promise("GW-044")
def test_the_firmware_manager_says_one_thing_of_an_update(envoy: Envoy) -> None:
    try:
        state = envoy.firmware_manager.state()
    except NotOffered as absent:
        pytest.skip(str(absent))

    said = f"{state.current_status} {state.current_status_str!r}"
    assert state.is_running == (state.current_status_str != IDLE), f"gateway: its status is {said}"
    assert 0 <= float(state.progress) <= 100, f"gateway: an update at {state.progress} %"


@pytest.mark.promise("GW-046")
def test_the_boards_of_each_device_are_those_of_the_status(envoy: Envoy) -> None:
    try:
        listed = envoy.ensemble.submodules().serial_nums
        devices = envoy.ensemble.status().inventory.serial_nums
    except NotOffered as absent:
        pytest.skip(str(absent))

    said = {serial: sorted(device.submodules) for serial, device in listed.items()}
    known = {serial: sorted(device.submodules) for serial, device in devices.items()}
    if not any((*said.values(), *known.values())):
        pytest.skip("no device of this site has boards")
    # A device without any (communications kit, gateway unit) may be in one of them only.
    off = [each for each in sorted({*said, *known}) if said.get(each, []) != known.get(each, [])]
    assert not off, "gateway: " + "; ".join(
        f"of {each} it lists boards {said.get(each, [])}, and its status has {known.get(each, [])}"
        for each in off
    )


@pytest.mark.promise("GW-047")
def test_a_meter_is_switched_off_and_on_and_no_other(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    def states() -> dict[int, str]:
        return {meter.eid: meter.state for meter in envoy.meters.read().root}

    try:
        before = states()
    except NotOffered as absent:
        pytest.skip(str(absent))
    eid = next((eid for eid, state in before.items() if state == "enabled"), None)
    if eid is None:
        pytest.skip("no meter is enabled")

    envoy.meters.disable(eid)
    try:
        wait.until(
            lambda: envoy.meters.meter(eid),
            lambda meter: not meter.is_enabled and meter.meteringStatus != "normal",
            what=f"meter {eid}: is off, and measures nothing",
            measures="time to switch a meter",
            within_s=promise["shown_within_s"],
            show=lambda meter: f"{meter.state}, {meter.meteringStatus}",
        )
        assert states() == before | {eid: "disabled"}, f"meter {eid}: others were switched too"
    finally:
        envoy.meters.enable(eid)
    wait.until(
        lambda: envoy.meters.meter(eid),
        lambda meter: meter.is_enabled and meter.meteringStatus == "normal",
        what=f"meter {eid}: is on, and measures",
        measures="time to switch a meter",
        within_s=promise["shown_within_s"],
        show=lambda meter: f"{meter.state}, {meter.meteringStatus}",
    )
    assert states() == before, f"meter {eid}: others are not as they were"
