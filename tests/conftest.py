"""Worlds that tests of several areas begin from."""

from collections.abc import Mapping

import pytest

from hil.rig.rig import Rig


@pytest.fixture
def unlimited() -> Mapping[str, object]:
    """Every key of an export limit that limits nothing.

    A gateway on which it was never set up shows `PEL` alone, and is sent them all.
    """
    return {
        "PEL": False,
        "Hard_PEL": False,
        "Soft_PEL": False,
        "Export_Limit_Type": "Aggregate",
        "percent": False,
        "apparent": False,
        "PEL_Limit": 0.0,
        "Comm_Time_Loss": 0.0,
        "Resp_Time_SoftPEL": 0.0,
        "Resp_Time_HardPEL": 0.0,
        "msReset_HardPEL": 0.0,
        "PEL_db": 0.0,
    }


@pytest.fixture
def by_day(rig: Rig) -> None:
    """The inverters have sun: without, they sleep, and take over no profile."""
    if rig.is_dark():
        pytest.skip("the roof gives nothing: its inverters sleep")
