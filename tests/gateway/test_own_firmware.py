"""The gateway's own firmware: it is back with another one, and with all that it knew."""

from collections.abc import Mapping

import pytest

from hil.consoles.gateway_shell import GatewayShell
from hil.envoy.client import Envoy
from hil.errors import Unavailable, Unreachable
from hil.plugin.promises import Promise
from hil.rig.faults import Faults
from hil.rig.rig import Rig
from hil.vocabulary.identity import Firmware
from hil.waiting import Waiting

MARKED_W = 4321.0
"""An export limit that no gateway is delivered with; it is not switched on."""


def heard(envoy: Envoy) -> list[str] | str:
    """Serial numbers of the devices that communicate; while the gateway cannot say, why."""
    try:
        devices = envoy.ensemble.inventory().devices
    except Unavailable:
        return "the process behind the inventory is starting"
    return sorted(device.serial_num for device in devices if device.communicating)


def known(envoy: Envoy) -> Mapping[str, object]:
    """What a gateway has to know after an update as before."""
    profile = envoy.grid_profile.arf()
    return {
        "the file that seals the site": (
            envoy.zigbee.agent_file() if envoy.zigbee.is_sealed() else None
        ),
        "the state of each device": dict(envoy.zigbee.pairing_status().states),
        "the grid profile": (profile.name, profile.version),
        "the export limit": envoy.site_settings.pel.document().get("PEL_Limit"),
    }


@pytest.mark.promise("GW-055")
@pytest.mark.needs("gateway_update")
@pytest.mark.limit(14_400)
def test_a_gateway_is_back_with_other_firmware_and_knows_what_it_knew(
    rig: Rig,
    envoy: Envoy,
    gateway_shell: GatewayShell,
    faults: Faults,
    unlimited: Mapping[str, object],
    promise: Promise,
    wait: Waiting,
) -> None:
    update = rig.description.gateway_update
    assert update is not None
    other, expected = Firmware.parse(update.firmware), envoy.info.read().firmware
    listed = sorted(envoy.ensemble.inventory().serial_numbers)

    def runs() -> str:
        try:
            return str(envoy.info.read().firmware)
        except (Unavailable, Unreachable):
            return "it does not answer"

    with envoy.site_settings.pel.changed({**unlimited, "PEL_Limit": MARKED_W}):
        before = known(envoy)
        with faults.site.gateway_update():
            wait.until(
                runs,
                lambda seen: seen == str(other),
                what=f"gateway: runs {other} after the update of its own firmware",
                measures="time to update",
                within_s=promise["updated_within_s"],
                every_s=15,
            )
            wait.until(
                lambda: heard(envoy),
                lambda seen: seen == listed,
                what=f"gateway, with {other}: hears {', '.join(listed)}",
                measures="time to hear every device again",
                within_s=promise["communicating_within_s"],
                every_s=15,
            )
            now = known(envoy)
            lost = [what for what, was in before.items() if now[what] != was]
            # Not their values: the file holds every link key.
            assert not lost, f"gateway: with {other} it has another idea of {', '.join(lost)}"
            listing = gateway_shell.versions()
            assert str(other) in listing, f"gateway: runs {other}, its list says {listing!r}"
        assert envoy.info.read().firmware == expected, "gateway: the update is not undone"
