"""The gateway's clock, stepped: what it says of its devices stays true."""

import contextlib
from collections.abc import Iterator

import pytest

from hil.envoy.client import Envoy
from hil.errors import NotOffered
from hil.plugin.promises import Promise
from hil.rig.faults import Faults
from hil.waiting import Waiting

LOOK_EVERY_S = 20


def dated(envoy: Envoy) -> Iterator[tuple[str, float]]:
    """What the gateway gives a date, and that in UNIX seconds."""
    for device in envoy.ensemble.inventory().devices:
        yield device.serial_num, device.last_rpt_date
    with contextlib.suppress(NotOffered):
        for reading in envoy.meters.readings().root:
            yield f"meter {reading.eid}", reading.timestamp
    with contextlib.suppress(NotOffered):
        for report in envoy.production.inverters().root:
            yield f"inverter {report.serial_number}", report.reported_unix


@pytest.mark.promise("GW-050")
@pytest.mark.needs("gateway_shell")
@pytest.mark.parametrize("by_s", [-7200, 600], ids=["two-hours-back", "ten-minutes-ahead"])
def test_a_step_of_its_clock_loses_nobody_and_dates_nothing_in_the_future(
    by_s: float, envoy: Envoy, faults: Faults, promise: Promise, wait: Waiting
) -> None:
    def communicating() -> set[str]:
        devices = envoy.ensemble.inventory().devices
        return {device.serial_num for device in devices if device.communicating}

    def wrong() -> list[str]:
        dates = list(dated(envoy))
        now = envoy.info.read().time
        return [
            f"{name}: dated {unix - now:.0f} s from now"
            for name, unix in dates
            if unix > now + promise["ahead_s"]
        ] + [f"{lost} is lost" for lost in sorted(before - communicating())]

    def holds(when: str) -> None:
        wait.stays(
            wrong,
            lambda found: not found,
            what=f"gateway, its clock {when}: nobody is lost, nothing is of the future",
            for_s=promise["for_s"],
            every_s=LOOK_EVERY_S,
        )

    before = communicating()

    with faults.site.clock_steps(by_s):
        holds("stepped")
    holds("right again")
