"""The grid profile: the same one, the expected one, in every view and every record."""

from typing import Literal, get_args

import pytest

from hil.envoy.client import Envoy
from hil.rig.rig import Rig

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
    kind: RecordKind, rig: Rig, envoy: Envoy
) -> None:
    active = envoy.grid_profile.active().profile

    for inverter in rig.inverters:
        record = envoy.grid_profile.record(inverter.eid, kind)
        assert (record.profile.id, record.profile.version) == (active.meid, active.version), (
            f"inverter {inverter.serial_number}: {kind} is of another profile"
        )
        assert record.content == active.content(kind), (
            f"inverter {inverter.serial_number}: {kind} differs from the active profile's"
        )
