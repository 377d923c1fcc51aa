"""Dry contacts after a write of their settings: some read open for a while, and nothing has moved."""

from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.site_settings.conftest import Offered

CLOSED_BY_NATURE = "NC1"


@pytest.mark.promise("SS-041")
def test_contacts_read_as_before_soon_after_their_settings_were_written(
    offered: "Offered", envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    offered("dry_contact")
    settings = envoy.site_settings.dry_contact
    if CLOSED_BY_NATURE not in envoy.ensemble.dry_contacts().states:
        pytest.skip(f"there is no contact {CLOSED_BY_NATURE}")
    wait.clock.sleep(promise["settled_within_s"])  # another test may have written them just now
    before = envoy.ensemble.dry_contacts().states

    with settings.changed_contact(CLOSED_BY_NATURE, {"load_name": "bench"}):
        wait.until(
            lambda: envoy.ensemble.dry_contacts().states,
            lambda states: states == before,
            what="gateway: its dry contacts read as before the settings were written",
            measures="time until contacts read as before",
            within_s=promise["settled_within_s"],
        )
        wait.stays(
            lambda: envoy.ensemble.dry_contacts().states,
            lambda states: states == before,
            what="gateway: its dry contacts go on reading as before",
            for_s=promise["for_s"],
        )
