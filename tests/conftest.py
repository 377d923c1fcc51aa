"""Worlds that tests of several areas begin from."""

from collections.abc import Callable, Mapping

import pytest

from hil.envoy.client import Envoy
from hil.rig.rig import Rig

LoadMw = Callable[[], int]
NameplateW = Callable[[str], float]


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


@pytest.fixture
def nameplate_w(envoy: Envoy) -> NameplateW:
    """The name plates, as the control process adds them up."""

    def of(kind: str) -> float:
        plates = (envoy.secondary_control.status().nameplate or {}).get(kind)
        if not plates or not sum(plates):
            pytest.skip(f"this firmware's control process has no name plate of {kind}")
        return float(sum(plates))

    return of


@pytest.fixture
def load_mw(envoy: Envoy) -> LoadMw:
    """What the house draws, as live data has it; 0 where it is dark."""
    return lambda: envoy.livedata.status().meters.load.agg_p_mw
