"""A radio that is heard badly: slower, and not lost."""

import pytest

from hil.consoles.encharge import Encharge
from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.rig.faults import Faults
from hil.waiting import Waiting


@pytest.mark.promise("ZB-038")
@pytest.mark.needs("weak_radio")
def test_a_battery_on_a_weak_link_goes_on_communicating_and_reporting(
    lossy_encharge: Encharge, envoy: Envoy, faults: Faults, promise: Promise, wait: Waiting
) -> None:
    name, serial_number = lossy_encharge.name, lossy_encharge.serial_number

    def retries() -> int:
        return envoy.ensemble.status().inventory.serial_nums[serial_number].msg_retry_count

    def age_s() -> float:
        reported = envoy.ensemble.inventory().device(serial_number).last_rpt_date
        return envoy.info.read().time - reported

    def retries_meanwhile() -> int:
        before = retries()
        wait.stays(
            lambda: (envoy.ensemble.inventory().device(serial_number).communicating, age_s()),
            lambda seen: seen[0] and seen[1] <= promise["reported_within_s"],
            what=f"{name}: communicating, its report not old",
            for_s=promise["for_s"],
            every_s=5,
            show=lambda seen: f"communicating {seen[0]}",
        )
        return retries() - before

    # An earlier test may have had it out of the network until just now: its last report is of before.
    wait.until(
        age_s,
        lambda age: age <= promise["reported_within_s"] / 10,
        what=f"{name}: has just reported",
        within_s=2 * promise["reported_within_s"],
        every_s=5,
        measures="time until it reports",
    )

    usual = retries_meanwhile()
    with faults.site.weak_link(lossy_encharge):
        weak = retries_meanwhile()

    assert weak > usual, f"{name}: asked again {weak} times on a weak link, {usual} on a good one"
