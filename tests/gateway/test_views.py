"""All that the gateway says, held against what is known of its firmware."""

import pytest

from hil.envoy.client import Envoy
from hil.errors import NotAuthorized
from hil.plugin.promises import Promise
from hil.vocabulary.devices import STATE_WORDS
from hil.waiting import Waiting

ALWAYS_OFFERED = {"/ivp/ensemble/inventory", "/ivp/ensemble/status", "/ivp/ensemble/secctrl"}


@pytest.mark.promise("GW-002")
def test_no_view_lacks_what_its_firmware_has_to_say(envoy: Envoy) -> None:
    nothing = envoy.read_every_view()

    refused = {path for path, why in nothing.items() if why and not isinstance(why, NotAuthorized)}
    assert not refused & ALWAYS_OFFERED, f"envoy: refused {', '.join(sorted(refused))}"


@pytest.mark.promise("GW-056")
def test_every_view_names_the_same_state_by_number_and_word(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    def wrong() -> list[str]:
        listed = {
            each.serial_num: (each.admin_state, each.admin_state_str)
            for each in envoy.ensemble.inventory().devices
        }
        told = envoy.ensemble.status().inventory.serial_nums
        found = []
        for serial_number, (number, word) in listed.items():
            if STATE_WORDS.get(number, word) != word:
                found.append(f"{serial_number}: its state {number} is called {word}")
            if (entry := told.get(serial_number)) is None:
                continue
            if (entry.admin_state, entry.admin_state_str) != (number, word):
                found.append(
                    f"{serial_number}: {number} {word} in the inventory, {entry.admin_state} "
                    f"{entry.admin_state_str} in the status"
                )
        return found

    wait.until(
        wrong,
        lambda found: not found,
        what="gateway: inventory and status name the same state of each device",
        measures="time until the views agree",
        within_s=promise["agree_within_s"],
        every_s=5,
    )
