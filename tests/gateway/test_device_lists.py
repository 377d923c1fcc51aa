"""Every list of the site's devices names or counts the same ones."""

import pytest

from hil.envoy.client import Envoy
from hil.errors import NotOffered
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.waiting import Waiting


@pytest.mark.promise("GW-010")
def test_the_lists_of_devices_agree(
    rig: Rig, envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    try:
        envoy.device_inventory.read()
    except NotOffered as absent:
        pytest.skip(str(absent))

    def wrong() -> list[str]:
        inventory, home = envoy.device_inventory.read(), envoy.home.read().comm
        ensemble = envoy.ensemble.inventory()
        listed = inventory.serial_numbers("PCU")
        boards = {
            board
            for device in envoy.ensemble.status().inventory.serial_nums.values()
            for board in device.submodules
        }
        counts = {
            "inverters": (home.pcu.num, len(inventory.heard("PCU"))),
            "system switches": (home.esub.num, len(inventory.serial_numbers("ESUB"))),
            "batteries": (home.encharges, len(ensemble.encharges)),
        }
        return [
            *(
                f"inverter {each.serial_number} is in no inventory"
                for each in rig.inverters
                if each.serial_number not in listed
            ),
            *(f"{each} twice" for each in set(listed) if listed.count(each) > 1),
            *(
                f"board {each} is of no device"
                for each in inventory.serial_numbers("ESUB")
                if each not in boards
            ),
            *(
                f"{kind}: the front page counts {counted}, the inventories list {there}"
                for kind, (counted, there) in counts.items()
                if counted != there
            ),
        ]

    wait.until(
        wrong,
        lambda found: not found,
        what="gateway: front page and inventories have the same devices, but for",
        within_s=promise["agree_within_s"],
        every_s=20,
    )
