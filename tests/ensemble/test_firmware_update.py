"""Firmware updates of the devices: everybody is back with the new one, and no island is risked.

What must change nobody's firmware comes first: afterwards all run what the gateway holds already.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from hil.consoles.node import Node
from hil.envoy.client import Envoy
from hil.envoy.firmware_manager import SiteSync
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


def words(state: SiteSync) -> tuple[str, str, str]:
    """What it says of an update; a reason stays there until the next one."""
    return state.current_status_str, state.last_status_str, state.failure_reason


def is_given_up(rig: Rig, envoy: Envoy, wait: Waiting, promise: Promise, *, where: str) -> SiteSync:
    """Ask for an update, and see that it ends with a reason, and that no device changes then either."""
    state = envoy.firmware_manager.state
    earlier, before = state(), firmware(rig)
    if earlier.is_running:
        pytest.skip(f"{where}: an update runs already: {earlier.current_status_str}")

    envoy.firmware_manager.update_all(force=True)

    wait.until(
        state,
        lambda seen: seen.is_running or words(seen) != words(earlier),
        what=f"{where}: the command for an update is taken",
        measures="time to take the command",
        within_s=promise["taken_within_s"],
        every_s=0.5,
        show=words,
    )
    ended = wait.until(
        state,
        lambda seen: not seen.is_running and seen.failure_reason != "None",
        what=f"{where}: the update is given up",
        measures="time to give the update up",
        within_s=promise["over_within_s"],
        every_s=2,
        show=words,
    )

    def changed() -> dict[str, str]:
        """What devices run now. One that is mute is looked at later: it may program itself."""
        heard = {node.name: node for node in rig.nodes if node.console.answers()}
        now = {name: node.devinfo().app_firmware for name, node in heard.items()}
        return {name: version for name, version in now.items() if version != before[name]}

    wait.stays(
        lambda: (is_running(envoy), changed()),
        lambda seen: seen == (False, {}),
        what=f"{where}: the update stays given up, and every device has its firmware",
        for_s=promise["for_s"],
        every_s=30,
    )
    assert firmware(rig) == before, f"{where}: a device has other firmware than before"
    return ended


def has_begun(envoy: Envoy, wait: Waiting, promise: Promise) -> None:
    """Wait until the gateway says that an update runs."""
    wait.until(
        lambda: is_running(envoy),
        bool,
        what="gateway: a firmware update runs",
        measures="time until the update runs",
        within_s=promise["begun_within_s"],
    )


def is_over(envoy: Envoy, nodes: tuple[Node, ...], wait: Waiting, promise: Promise) -> None:
    """Wait until the update is over, every device has started anew, and the gateway hears it."""
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


@pytest.mark.promise("FW-002")
@pytest.mark.needs("enpower")
@pytest.mark.usefixtures("islanded_site")
def test_an_island_is_not_updated(
    rig: Rig, envoy: Envoy, mains: "Mains", promise: Promise, wait: Waiting
) -> None:
    where = f"gateway, site of {mains.name} off the grid"

    why = is_given_up(rig, envoy, wait, promise, where=where).failure_reason

    assert "grid" in why, f"{mains.name}: given up for {why!r}"


@pytest.mark.promise("FW-010")
@pytest.mark.usefixtures("site_on_grid")
def test_batteries_that_are_all_but_empty_are_not_updated(
    rig: Rig, envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    soc = envoy.ensemble.secondary_control().enc_agg_soc
    if soc > TOO_LITTLE_PCT:
        pytest.skip(f"charge {soc} %: enough for an update, maybe")

    is_given_up(rig, envoy, wait, promise, where=f"gateway, its batteries at {soc} %")


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

    has_begun(envoy, wait, promise)
    is_over(envoy, nodes, wait, promise)
    wanted = {
        node.name: held.enpower if node.device_type is DeviceType.ENPOWER else held.encharge
        for node in nodes
    }
    assert firmware(rig) == wanted


@pytest.mark.promise("EN-091")
@pytest.mark.needs("enpower")
@pytest.mark.usefixtures("charged_site")
@pytest.mark.limit(14_400)
def test_while_devices_are_updated_the_relay_is_not_opened(
    rig: Rig, envoy: Envoy, mains: "Mains", promise: Promise, wait: Waiting
) -> None:
    soc = envoy.ensemble.secondary_control().enc_agg_soc
    if soc < ENOUGH_PCT:
        pytest.skip(f"charge {soc} %: too little for an update")
    envoy.firmware_manager.update_all(force=True)
    has_begun(envoy, wait, promise)

    mains.tries_to_open()

    try:
        mains.stays_closed(for_s=promise["for_s"])
        assert is_running(envoy), f"{mains.name}: the command to open has ended the update"
    finally:
        mains.close()
        is_over(envoy, tuple(rig.nodes), wait, promise)
