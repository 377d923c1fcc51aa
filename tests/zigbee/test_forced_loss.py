"""Forced loss of the Zigbee link, and recovery, as seen on the console and by the gateway."""

from typing import TYPE_CHECKING

import pytest

from hil.consoles.encharge import Encharge
from hil.envoy.client import Envoy
from hil.errors import NotOffered
from hil.evidence.measurement import Measure
from hil.plugin.promises import Promise
from hil.vocabulary.zigbee import AssociationCode
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.zigbee.conftest import Counters


@pytest.mark.promise("ZB-021")
@pytest.mark.paced
def test_a_battery_forced_out_stays_out_and_is_shown_as_lost_in_time(
    lossy_encharge: Encharge,
    envoy: Envoy,
    counters: "Counters",
    promise: Promise,
    wait: Waiting,
    measured: Measure,
) -> None:
    serial_number = lossy_encharge.serial_number
    clock = wait.clock
    before = counters()

    dropped = lossy_encharge.drop_from_network()
    frozen = envoy.ensemble.inventory().device(serial_number).last_rpt_date

    wait.until(
        lambda: serial_number in envoy.zigbee.status().joined_serial_numbers,
        lambda joined: not joined,
        what=f"{lossy_encharge.name}: gone from the joined nodes",
        measures="time to be off the list of joined nodes",
        within_s=promise["gone_within_s"],
    )
    lost = wait.until(
        lambda: envoy.ensemble.inventory().device(serial_number),
        lambda device: not device.communicating,
        what=f"{lossy_encharge.name}: shown as not communicating",
        measures="time to be shown as lost",
        within_s=promise["lost_within_s"],
        show=lambda device: f"communicating {device.communicating}",
    )
    lost_after_s = clock.now() - dropped.at_s + clock.grain_s
    assert measured(
        "time out until declared lost",
        lost_after_s,
        "s",
        at_least=promise["lost_min_s"],
    ).held, f"{lossy_encharge.name}: declared lost after a missed poll or two"
    assert counters().since(before, "tx_err") != 0, (
        f"{lossy_encharge.name}: lost, and the gateway counts nothing that it sent in vain"
    )
    # Dates are the gateway's, whose clock may be put right in the meantime.
    assert abs(lost.last_rpt_date - frozen) <= promise["clock_s"], (
        f"{lossy_encharge.name}: reported although it was out"
    )
    assert lossy_encharge.association() != AssociationCode.JOINED, (
        f"{lossy_encharge.name}: joined again by itself"
    )


@pytest.mark.promise("ZB-022")
@pytest.mark.paced
def test_a_battery_let_back_in_rejoins_communicates_and_reports_in_time(
    lost_encharge: Encharge, envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    serial_number = lost_encharge.serial_number

    lost_encharge.rejoin(within_s=promise["joined_within_s"])
    back_at = envoy.info.read().time

    wait.until(
        lambda: envoy.ensemble.inventory().device(serial_number).communicating,
        lambda communicating: communicating,
        what=f"{lost_encharge.name}: communicating again",
        measures="time to communicate again",
        within_s=promise["communicating_within_s"],
    )
    wait.until(
        lambda: envoy.ensemble.inventory().device(serial_number).last_rpt_date,
        lambda reported: reported >= back_at,
        what=f"{lost_encharge.name}: has reported again",
        measures="time to report again",
        within_s=promise["reported_within_s"],
        every_s=10,
    )


@pytest.mark.promise("ZB-023")
def test_forbidding_the_next_join_changes_nothing_for_a_joined_battery(
    lossy_encharge: Encharge, envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    serial_number = lossy_encharge.serial_number

    lossy_encharge.disable_joining()

    wait.stays(
        lambda: (
            lossy_encharge.association(),
            serial_number in envoy.zigbee.status().joined_serial_numbers,
            envoy.ensemble.inventory().device(serial_number).communicating,
        ),
        lambda seen: seen == (AssociationCode.JOINED, True, True),
        what=f"{lossy_encharge.name}: joined and communicating",
        for_s=promise["for_s"],
        every_s=10,
    )
    assert lossy_encharge.joining_disabled(), f"{lossy_encharge.name}: the setting was not taken"


@pytest.mark.promise("ZB-062")
@pytest.mark.needs("two_batteries")
def test_a_lost_battery_is_left_out_wherever_the_batteries_are_added_up(
    lost_encharge: Encharge, envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    try:
        envoy.ensemble.power()
    except NotOffered as absent:
        pytest.skip(str(absent))

    def seen() -> dict[str, float]:
        """By what they are of: how far the sums are from the batteries that are heard."""
        heard = [each for each in envoy.ensemble.inventory().encharges if each.communicating]
        control, powers = envoy.ensemble.secondary_control(), envoy.ensemble.power()
        percent_wh = sum(each.encharge_capacity * each.percent_full for each in heard)
        of_lost = [
            each for each in powers.devices if each.serial_num == lost_encharge.serial_number
        ]
        return {
            "power of the lost one, told": len(of_lost),
            "capacity, Wh": control.enc_max_available_capacity
            - sum(each.encharge_capacity for each in heard),
            "energy, Wh": control.enc_agg_avail_energy - percent_wh // 100,
            "storage, W": (envoy.livedata.status().meters.storage.agg_p_mw - powers.total_mw)
            / 1000,
        }

    wait.until(
        seen,
        lambda apart: all(
            abs(by) <= (promise["apart_w"] if of == "storage, W" else 0) for of, by in apart.items()
        ),
        what=f"{lost_encharge.name}: left out of every sum",
        measures="time until the sums agree",
        within_s=promise["left_out_within_s"],
        every_s=5,
    )
