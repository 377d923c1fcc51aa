"""The units of an export limit: percent of the name plate, and VA."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.waiting import Waiting
from tests.site_settings.exports import RESPONSE_MS, Meters, export_w, told

if TYPE_CHECKING:
    from tests.conftest import NameplateW


@pytest.mark.promise("SS-034")
@pytest.mark.parametrize("unit", ["percent", "apparent"])
def test_a_soft_export_limit_counts_in_the_unit_that_is_set(
    unit: str,
    exported_w: float,
    unlimited: Mapping[str, object],
    nameplate_w: "NameplateW",
    envoy: Envoy,
    live: Meters,
    wait: Waiting,
    promise: Promise,
) -> None:
    limit_w = exported_w / 2
    of_a_watt = 100 / nameplate_w("PV") if unit == "percent" else 1.0
    limit = {
        "PEL": True,
        "Soft_PEL": True,
        unit: True,
        "PEL_Limit": limit_w * of_a_watt,
        "Resp_Time_SoftPEL": RESPONSE_MS,
    }

    with envoy.site_settings.pel.changed({**unlimited, **limit}):
        wait.until(
            live,
            # What is exported in VA is no fewer watts than the least.
            lambda meters: (
                promise["least_pct"] / 100 * limit_w
                <= export_w(meters)
                <= limit_w + promise["above_w"]
            ),
            what=f"gateway: {limit_w:.0f} W are exported under a limit that is set as {unit}",
            within_s=RESPONSE_MS / 1000 + promise["late_s"],
            show=told,
        )


@pytest.mark.promise("SS-034")
def test_a_dead_band_in_percent_lets_be_what_is_within_it(
    exported_w: float,
    unlimited: Mapping[str, object],
    nameplate_w: "NameplateW",
    envoy: Envoy,
    live: Meters,
    wait: Waiting,
    promise: Promise,
) -> None:
    pct_of_a_watt = 100 / nameplate_w("PV")
    limit = {
        "PEL": True,
        "Soft_PEL": True,
        "percent": True,
        "PEL_Limit": 0.5 * exported_w * pct_of_a_watt,
        "PEL_db": 0.8 * exported_w * pct_of_a_watt,
        "Resp_Time_SoftPEL": RESPONSE_MS,
    }

    with envoy.site_settings.pel.changed({**unlimited, **limit}):
        wait.stays(
            live,
            lambda meters: export_w(meters) >= promise["least_pct"] / 100 * exported_w,
            what=f"gateway: {exported_w:.0f} W, within the dead band of the limit, are exported",
            for_s=promise["for_s"],
            show=told,
        )
