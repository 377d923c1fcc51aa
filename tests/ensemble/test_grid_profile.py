"""The grid profile: the same one, the expected one, in every view and every record."""

from contextlib import suppress
from typing import Literal, get_args

import pytest

from hil.envoy.client import Envoy
from hil.errors import NotOffered
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.waiting import Waiting

RecordKind = Literal["fpf", "vrt", "frt", "tpm"]


@pytest.mark.promise("GP-001")
@pytest.mark.paced
def test_every_view_shows_the_expected_profile(rig: Rig, envoy: Envoy) -> None:
    expected = rig.description.expected.grid_profile

    summary, active = envoy.grid_profile.arf(), envoy.grid_profile.active()

    assert (summary.name, summary.version) == (expected.name, expected.version)
    assert (active.profile.name, active.profile.version) == (expected.name, expected.version)
    assert active.profile.meid == summary.id
    assert active.is_activated


@pytest.mark.promise("GP-002")
@pytest.mark.needs("inverters")
@pytest.mark.parametrize("kind", get_args(RecordKind))
def test_every_inverters_records_carry_the_active_profile(
    kind: RecordKind, rig: Rig, envoy: Envoy, by_day: None, promise: Promise, wait: Waiting
) -> None:
    active = envoy.grid_profile.active().profile

    def on_their_way() -> list[str]:
        statuses = envoy.grid_profile.inverters_status().root
        return [each.serial_num for each in statuses if not each.has_taken_over]

    with suppress(NotOffered):
        wait.until(
            on_their_way,
            lambda left: not left or rig.is_dark(),
            what="gateway: no inverter is on its way to another profile",
            measures="time until all inverters have the profile",
            within_s=promise["settled_within_s"],
            every_s=30,
        )
        if on_their_way():
            pytest.skip("it is night, and inverters sleep without the profile")
    for inverter in rig.inverters:
        record = envoy.grid_profile.record(inverter.eid, kind)
        assert (record.profile.id, record.profile.version) == (active.meid, active.version), (
            f"inverter {inverter.serial_number}: {kind} is of another profile"
        )
        assert record.content == active.content(kind), (
            f"inverter {inverter.serial_number}: {kind} differs from the active profile's"
        )
