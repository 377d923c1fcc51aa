"""The power export limit (PEL): written, read back, refused, put back."""

from collections.abc import Mapping

import pytest

from hil.envoy.client import Envoy
from hil.errors import Refused

LEGAL = [
    {"PEL": True, "Soft_PEL": True, "PEL_Limit": 3000.0},
    {"PEL": True, "Hard_PEL": True, "PEL_Limit": 0.0, "Resp_Time_HardPEL": 2000.0},
    {"PEL": True, "percent": True, "PEL_Limit": 50.0},
]
ILLEGAL = {
    "negative-limit": {"PEL_Limit": -1.0},
    "limit-as-text": {"PEL_Limit": "3000"},
    "switch-as-number": {"PEL": 1},
    "more-than-all": {"percent": True, "PEL_Limit": 100.5},
    "unknown-kind": {"Export_Limit_Type": "PerMoon"},
    "negative-time": {"Comm_Time_Loss": -120.0},
}


@pytest.mark.promise("SS-001")
@pytest.mark.paced
@pytest.mark.parametrize("change", LEGAL, ids=["soft", "hard", "percent"])
def test_a_limit_is_read_back_as_it_was_written(
    change: Mapping[str, object], unlimited: Mapping[str, object], envoy: Envoy
) -> None:
    pel = envoy.site_settings.pel
    wanted = {**unlimited, **change}

    with pel.changed(wanted):
        stored = pel.document()

    assert {key: stored.get(key) for key in wanted} == wanted


@pytest.mark.promise("SS-002")
@pytest.mark.parametrize("change", ILLEGAL.values(), ids=ILLEGAL.keys())
def test_an_illegal_limit_is_refused_and_not_stored(
    change: Mapping[str, object], unlimited: Mapping[str, object], envoy: Envoy
) -> None:
    pel = envoy.site_settings.pel
    before = pel.document()

    with pytest.raises(Refused) as refused:
        pel.write({**unlimited, **before, **change})

    assert refused.value.status == 400
    assert pel.document() == before, "refused, and stored all the same"
    assert envoy.info.read().serial_number, "the gateway answers no more"


@pytest.mark.promise("SS-003")
def test_a_limit_that_is_put_back_reads_exactly_as_before(
    unlimited: Mapping[str, object], envoy: Envoy
) -> None:
    pel = envoy.site_settings.pel
    before = pel.document()
    another = {"PEL": True, "Soft_PEL": True, "PEL_Limit": 1234.0, "PEL_db": 5.0}

    pel.write({**before, **unlimited, **another})
    assert pel.document() != before
    # Not by what puts settings back: what that cannot do is the rig's, and this the gateway's.
    pel.write(before)

    after = pel.document()
    assert {key: after.get(key) for key in before} == before
