"""Worlds that tests of several areas begin from."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import pytest

from hil.envoy.client import Envoy
from hil.errors import NotOffered
from hil.rig.rig import Rig

LoadMw = Callable[[], int]
NameplateW = Callable[[str], float]


class StorageSettings(Protocol):
    """Holds other storage settings of the tariff for a block."""

    def __call__(self, **changes: object) -> AbstractContextManager[object]: ...


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


@pytest.fixture
def storage_settings(envoy: Envoy) -> StorageSettings:
    """How the batteries are to be used, by the tariff (from 7.0 on); put back afterwards."""

    def stored() -> dict[str, object]:
        storage = envoy.tariff.document().get("storage_settings")
        if not isinstance(storage, dict):
            pytest.skip("tariff: this firmware's says nothing about the batteries")
        return storage

    def changed(**changes: object) -> AbstractContextManager[object]:
        return envoy.tariff.changed({"storage_settings": stored() | changes})

    try:
        stored()
    except NotOffered as absent:
        pytest.skip(f"tariff: {absent}")
    return changed
