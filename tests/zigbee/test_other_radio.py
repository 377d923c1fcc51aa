"""A device that is out of the Zigbee network, and may still be heard over its sub-GHz radio."""

import pytest

from hil.consoles.encharge import Encharge
from hil.envoy.client import Envoy
from hil.evidence.measurement import Measure
from hil.plugin.promises import Promise
from hil.vocabulary.devices import IS_WELL
from hil.waiting import Waiting

MOST_BARS = 5


@pytest.mark.promise("ZB-050")
def test_a_battery_without_zigbee_is_lost_or_goes_on_reporting_over_its_other_radio(
    lossy_encharge: Encharge, envoy: Envoy, promise: Promise, wait: Waiting, measured: Measure
) -> None:
    name, serial_number = lossy_encharge.name, lossy_encharge.serial_number

    def age_s() -> float:
        reported = envoy.ensemble.inventory().device(serial_number).last_rpt_date
        return envoy.info.read().time - reported

    def is_dead_and_alive() -> str:
        device = envoy.ensemble.inventory().device(serial_number)
        if not device.communicating:
            return ""
        if not device.comm_level_sub_ghz:
            return "communicating over no radio"
        return "communicating, its report old" if age_s() > promise["reported_within_s"] else ""

    before = envoy.ensemble.inventory().device(serial_number)
    if not before.comm_level_2_4_ghz:
        pytest.skip(f"{name}: without a 2.4 GHz signal, as on a wire")
    for bars in (before.comm_level_2_4_ghz, before.comm_level_sub_ghz):
        assert 0 <= bars <= MOST_BARS, f"{name}: a signal of {bars} bars, of {MOST_BARS}"

    def retries() -> int:
        """Polls that the battery has left unanswered."""
        return envoy.ensemble.status().inventory.serial_nums[serial_number].msg_retry_count

    retried_before = retries()
    lossy_encharge.drop_from_network()

    wait.until(
        lambda: envoy.ensemble.inventory().device(serial_number).comm_level_2_4_ghz,
        lambda bars: bars == 0,
        what=f"{name}: out of the network, and shown without a 2.4 GHz signal",
        measures="time until the signal is gone",
        within_s=promise["lost_within_s"],
        every_s=5,
    )
    wait.stays(
        is_dead_and_alive,
        lambda wrong: not wrong,
        what=f"{name}: lost, or reporting over its other radio",
        for_s=promise["for_s"],
        every_s=15,
    )
    after = envoy.ensemble.inventory().device(serial_number)
    survives = after.communicating
    if not survives:
        assert after.comm_level_sub_ghz == 0, (
            f"{name}: lost, and shown with a sub-GHz signal of {after.comm_level_sub_ghz}"
        )
        assert IS_WELL not in after.device_status, f"{name}: lost, and {after.device_status}"
        assert retries() > retried_before, f"{name}: lost, and no poll counts as unanswered"
    # The lab's answer to assumptions.yaml, subghz_keeps_comms: 1 is yes.
    measured("communicates without Zigbee", float(survives), "")
