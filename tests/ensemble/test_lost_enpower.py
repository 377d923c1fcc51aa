"""An Enpower that nobody hears: shown as lost, commanded in vain, and left to decide alone."""

from typing import TYPE_CHECKING

import pytest

from hil.consoles.enpower import Enpower
from hil.envoy.client import Envoy
from hil.equipment.ac_source import AcSource
from hil.evidence.measurement import Measure
from hil.plugin.promises import Promise
from hil.vocabulary.grid import NO_GRID, ON_GRID, LiveMainsState, MainsState
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains

pytestmark = pytest.mark.needs("enpower")

DARK_S = 10
"""How long the grid is away before the Enpower is let back in: its relay opens much sooner."""


def is_back(enpower: Enpower, envoy: Envoy, wait: Waiting, promise: Promise) -> None:
    """Let it back into the network, and wait until the gateway hears it."""
    enpower.rejoin(within_s=promise["joined_within_s"])
    wait.until(
        lambda: envoy.ensemble.inventory().device(enpower.serial_number).communicating,
        bool,
        what=f"{enpower.name}: communicating again",
        measures="time to communicate again",
        within_s=promise["communicating_within_s"],
    )


@pytest.mark.promise("EN-007")
def test_a_lost_enpower_is_shown_as_lost_and_its_relay_as_it_was(
    lossy_enpower: Enpower, mains: "Mains", envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    serial_number = lossy_enpower.serial_number

    lossy_enpower.drop_from_network()
    frozen = envoy.ensemble.inventory().device(serial_number).last_rpt_date

    lost = wait.until(
        lambda: envoy.ensemble.inventory().device(serial_number),
        lambda device: not device.communicating,
        what=f"{lossy_enpower.name}: shown as not communicating",
        measures="time to be shown as lost",
        within_s=promise["lost_within_s"],
        every_s=5,
        show=lambda device: f"communicating {device.communicating}",
    )
    # Dates are the gateway's, whose clock may be put right in the meantime.
    assert abs(lost.last_rpt_date - frozen) <= promise["clock_s"], (
        f"{lossy_enpower.name}: reported although it was out"
    )
    mains.stays(ON_GRID, for_s=promise["for_s"])


@pytest.mark.promise("EN-008")
def test_a_command_that_no_enpower_hears_never_opens_the_relay(
    lost_enpower: Enpower,
    mains: "Mains",
    envoy: Envoy,
    promise: Promise,
    wait: Waiting,
    measured: Measure,
) -> None:
    asked_s = wait.clock.now()

    assert not mains.tries_to_open(), (
        f"{mains.name}: out of the network, and its relay takes a command"
    )
    took_s = wait.clock.now() - asked_s
    limit_s = promise["answered_within_s"] + wait.clock.grain_s
    assert measured("time to be refused", took_s, "s", at_most=limit_s).held, (
        f"{mains.name}: out of the network; a command for it was given up after {took_s:.0f} s"
    )

    is_back(lost_enpower, envoy, wait, promise)
    wait.stays(
        lambda: (mains.pair().actual, envoy.livedata.status().meters.main_relay_state),
        lambda seen: seen == (MainsState.CLOSED, LiveMainsState.CLOSED),
        what=f"{mains.name}: the mains relay stays closed, in live data too",
        for_s=promise["for_s"],
    )


@pytest.mark.promise("EN-009")
@pytest.mark.needs("grid_source")
def test_a_lost_enpower_lets_go_of_a_failing_grid_and_says_so_once_it_is_heard(
    grid: AcSource,
    lost_enpower: Enpower,
    mains: "Mains",
    envoy: Envoy,
    promise: Promise,
    wait: Waiting,
) -> None:
    grid.outage()
    wait.clock.sleep(DARK_S)

    is_back(lost_enpower, envoy, wait, promise)

    mains.becomes(NO_GRID, within_s=promise["shown_within_s"])
