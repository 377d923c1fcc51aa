"""All that the gateway says, held against what is known of its firmware."""

import pytest

from hil.envoy.client import Envoy
from hil.errors import NotAuthorized

ALWAYS_OFFERED = {"/ivp/ensemble/inventory", "/ivp/ensemble/status", "/ivp/ensemble/secctrl"}


@pytest.mark.promise("GW-002")
def test_no_view_lacks_what_its_firmware_has_to_say(envoy: Envoy) -> None:
    nothing = envoy.read_every_view()

    refused = {path for path, why in nothing.items() if why and not isinstance(why, NotAuthorized)}
    assert not refused & ALWAYS_OFFERED, f"envoy: refused {', '.join(sorted(refused))}"
