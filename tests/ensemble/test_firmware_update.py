"""Firmware updates of the devices: everybody is back with the new one, and no island is risked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from hil.consoles.node import Node
from hil.envoy.client import Envoy
from hil.errors import Unavailable
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.vocabulary.devices import DeviceType
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains

pytestmark = pytest.mark.needs("firmware_update")


ENOUGH_PCT, TOO_LITTLE_PCT = 20, 5
"""With so much charge an update is made, with so little it is not; where the limit lies is not public."""


def is_running(envoy: Envoy) -> bool:
    """Whether the gateway says that it updates its devices."""
    return envoy.firmware_manager.state().is_running


def firmware(rig: Rig) -> Mapping[str, str]:
    """What each device says that it runs, by its name."""
    return {node.name: node.devinfo().app_firmware for node in rig.nodes}


def communicating(envoy: Envoy, nodes: tuple[Node, ...]) -> bool | str:
    """Whether the gateway hears all of them; while it cannot say, why."""
    try:
        inventory = envoy.ensemble.inventory()
    except Unavailable:
        return "the process behind the inventory is starting"
    return all(inventory.device(node.serial_number).communicating for node in nodes)


@pytest.mark.promise("FW-001")
@pytest.mark.usefixtures("site_on_grid")
@pytest.mark.limit(14_400)
def test_every_device_is_back_with_the_firmware_that_the_gateway_held(
    rig: Rig, envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    held = rig.description.firmware_update
    assert held is not None
    soc = envoy.ensemble.secondary_control().enc_agg_soc
    if soc < ENOUGH_PCT:
        pytest.skip(f"charge {soc} %: too little for an update")
    nodes = tuple(rig.nodes)

    envoy.firmware_manager.update_all(force=True)

    wait.until(
        lambda: is_running(envoy),
        bool,
        what="gateway: a firmware update runs",
        measures="time until the update runs",
        within_s=promise["begun_within_s"],
    )
    wait.until(
        lambda: is_running(envoy),
        lambda running: not running,
        what="gateway: the firmware update is over",
        measures="time to update",
        within_s=promise["over_within_s"],
        every_s=30,
    )
    for node in nodes:
        wait.until(
            node.console.answers,
            bool,
            what=f"{node.name}: its console answers after the update",
            measures="time to start",
            within_s=promise["answers_within_s"],
            every_s=5,
        )
    wait.until(
        lambda: communicating(envoy, nodes),
        lambda seen: seen is True,
        what=f"gateway: {', '.join(node.name for node in nodes)} communicate after the update",
        measures="time to communicate again",
        within_s=promise["communicating_within_s"],
        every_s=10,
    )
    wanted = {
        node.name: held.enpower if node.device_type is DeviceType.ENPOWER else held.encharge
        for node in nodes
    }
    assert firmware(rig) == wanted


@pytest.mark.promise("FW-002")
@pytest.mark.needs("enpower")
@pytest.mark.usefixtures("islanded_site")
def test_an_island_is_not_updated(
    rig: Rig, envoy: Envoy, mains: "Mains", promise: Promise, wait: Waiting
) -> None:
    before = firmware(rig)

    envoy.firmware_manager.update_all(force=True)

    state = wait.until(
        envoy.firmware_manager.state,
        lambda state: not state.is_running and state.failure_reason != "None",
        what=f"gateway, site of {mains.name} off the grid: the update is given up",
        measures="time to give the update up",
        within_s=promise["over_within_s"],
        every_s=2,
        show=lambda state: (state.current_status_str, state.failure_reason),
    )
    assert "grid" in state.failure_reason, f"{mains.name}: given up for {state.failure_reason!r}"
    assert firmware(rig) == before


@pytest.mark.promise("FW-010")
@pytest.mark.usefixtures("site_on_grid")
def test_batteries_that_are_all_but_empty_are_not_updated(
    rig: Rig, envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    soc = envoy.ensemble.secondary_control().enc_agg_soc
    if soc > TOO_LITTLE_PCT:
        pytest.skip(f"charge {soc} %: enough for an update, maybe")
    before = firmware(rig)

    envoy.firmware_manager.update_all(force=True)

    wait.until(
        envoy.firmware_manager.state,
        lambda state: not state.is_running and state.failure_reason != "None",
        what=f"gateway, its batteries at {soc} %: the update is given up",
        measures="time to give the update up",
        within_s=promise["over_within_s"],
        every_s=2,
        show=lambda state: (state.current_status_str, state.failure_reason),
    )
    assert firmware(rig) == before, f"gateway: updated with its batteries at {soc} %"
