"""Limits in force: what is exported, what the main panel carries, and what the batteries keep."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.rig.faults import Faults
from hil.vocabulary.grid import LiveMainsState
from hil.waiting import Waiting
from tests.site_settings.exports import (
    RESPONSE_MS,
    WORTH_LIMITING_W,
    Meters,
    export_w,
    is_kept,
    told,
)

if TYPE_CHECKING:
    from tests.conftest import NameplateW, StorageSettings
    from tests.site_settings.conftest import Offered

LATCHED_MS = 60_000.0
SILENCE_MS = 30_000.0
EXPORT_METER = "net-consumption"
OVERRIDE_PCT = 30.0
"""Of their rating, unlike what a house has them give by itself."""


@pytest.mark.promise("SS-030")
def test_a_soft_export_limit_is_kept_and_the_house_fed_all_the_same(
    exported_w: float,
    unlimited: Mapping[str, object],
    envoy: Envoy,
    live: Meters,
    wait: Waiting,
    promise: Promise,
) -> None:
    # Less than the house draws: who gives no more than the limit alone, starves it.
    limit_w = round(min(exported_w, live().load.agg_p_mw / 1000) / 2)
    limit = {
        "PEL": True,
        "Soft_PEL": True,
        "PEL_Limit": float(limit_w),
        "Resp_Time_SoftPEL": RESPONSE_MS,
    }

    with envoy.site_settings.pel.changed({**unlimited, **limit}):
        wait.until(
            live,
            lambda meters: export_w(meters) <= limit_w + promise["above_w"],
            what=f"gateway: no more is exported than {limit_w} W",
            within_s=RESPONSE_MS / 1000 + promise["late_s"],
            show=told,
        )
        wait.stays(
            live,
            lambda meters: -promise["above_w"] <= export_w(meters) <= limit_w + promise["above_w"],
            what=f"gateway: the export stays below {limit_w} W, and the house is fed by the sun",
            for_s=promise["for_s"],
            show=told,
        )

    wait.until(
        live,
        lambda meters: export_w(meters) > limit_w + promise["above_w"],
        what="gateway: without a limit more is exported again",
        within_s=promise["back_within_s"],
        show=told,
    )


@pytest.mark.promise("SS-030")
def test_a_soft_export_limit_with_a_dead_band_is_kept_but_for_the_band(
    exported_w: float,
    unlimited: Mapping[str, object],
    envoy: Envoy,
    live: Meters,
    wait: Waiting,
    promise: Promise,
) -> None:
    # Between the limit with one dead band and with two: who counts it twice, lets it be.
    limit_w, dead_band_w = round(0.5 * exported_w), round(0.3 * exported_w)
    most_w = limit_w + dead_band_w + promise["above_w"]
    limit = {
        "PEL": True,
        "Soft_PEL": True,
        "PEL_Limit": float(limit_w),
        "PEL_db": float(dead_band_w),
        "Resp_Time_SoftPEL": RESPONSE_MS,
    }

    with envoy.site_settings.pel.changed({**unlimited, **limit}):
        wait.until(
            live,
            lambda meters: export_w(meters) <= most_w,
            what=f"gateway: no more is exported than {limit_w} W and a dead band of {dead_band_w} W",
            within_s=RESPONSE_MS / 1000 + promise["late_s"],
            show=told,
        )
        wait.stays(
            live,
            lambda meters: -promise["above_w"] <= export_w(meters) <= most_w,
            what=f"gateway: the export stays below {limit_w} W and its dead band of {dead_band_w} W",
            for_s=promise["for_s"],
            show=told,
        )


@pytest.mark.promise("SS-031")
def test_a_hard_export_limit_takes_the_sun_off_for_as_long_as_is_set(
    exported_w: float,
    unlimited: Mapping[str, object],
    envoy: Envoy,
    live: Meters,
    wait: Waiting,
    promise: Promise,
) -> None:
    limit = {
        "PEL": True,
        "Hard_PEL": True,
        "PEL_Limit": float(round(exported_w / 2)),
        "Resp_Time_HardPEL": RESPONSE_MS,
        "msReset_HardPEL": LATCHED_MS,
    }

    with envoy.site_settings.pel.changed({**unlimited, **limit}):
        wait.until(
            live,
            lambda meters: meters.pv.agg_p_mw <= 0,
            what="gateway: the inverters let go of a grid that they give too much",
            within_s=RESPONSE_MS / 1000 + promise["late_s"],
            show=told,
        )
        wait.stays(
            live,
            lambda meters: meters.pv.agg_p_mw <= 0,
            what="gateway: the inverters stay off",
            for_s=LATCHED_MS / 1000 - promise["late_s"] - RESPONSE_MS / 1000,
            show=told,
        )

    wait.until(
        live,
        # What they give may charge the batteries, which have fed the house meanwhile.
        lambda meters: meters.pv.agg_p_mw / 1000 >= WORTH_LIMITING_W,
        what="gateway: the inverters are back",
        within_s=LATCHED_MS / 1000 + promise["back_within_s"],
        show=told,
    )


@pytest.mark.promise("SS-040")
def test_an_export_that_nobody_measures_is_limited_all_the_same(
    exported_w: float,
    unlimited: Mapping[str, object],
    envoy: Envoy,
    live: Meters,
    faults: Faults,
    wait: Waiting,
    promise: Promise,
) -> None:
    if EXPORT_METER not in envoy.meters.read().by_type:
        pytest.skip(f"no meter measures {EXPORT_METER}")
    limit_w = round(min(exported_w, live().load.agg_p_mw / 1000) / 2)
    limit = {
        "PEL": True,
        "Soft_PEL": True,
        "PEL_Limit": float(limit_w),
        "Resp_Time_SoftPEL": RESPONSE_MS,
        "Comm_Time_Loss": SILENCE_MS,
    }

    with envoy.site_settings.pel.changed({**unlimited, **limit}):
        with faults.site.meter_lost(EXPORT_METER):
            is_kept(
                lambda meters: meters.pv.agg_p_mw / 1000 <= limit_w + promise["above_w"],
                what=f"gateway: with its export meter lost the sun gives no more than {limit_w} W",
                live=live,
                wait=wait,
                within_s=SILENCE_MS / 1000 + promise["late_s"],
                for_s=promise["for_s"],
                measures="time until the sun is limited",
            )
        wait.until(
            live,
            lambda meters: meters.pv.agg_p_mw / 1000 > limit_w + promise["above_w"],
            what="gateway: with its export meter back the sun feeds the house again",
            measures="time until the sun feeds the house again",
            within_s=promise["back_within_s"],
            show=told,
        )


@pytest.mark.promise("SS-033")
def test_batteries_below_the_reserve_give_nothing_on_the_grid(
    storage_settings: "StorageSettings", live: Meters, wait: Waiting, promise: Promise
) -> None:
    before = live()
    if (
        before.main_relay_state != LiveMainsState.CLOSED
        or before.storage.agg_p_mw < 1000 * WORTH_LIMITING_W
    ):
        pytest.skip(f"the batteries give {before.storage.agg_p_mw / 1000:.0f} W: nothing to keep")

    with storage_settings(reserved_soc=100.0):
        is_kept(
            lambda meters: meters.storage.agg_p_mw <= 0,
            what="batteries: all of the charge is the reserve, and they give none of it",
            live=live,
            wait=wait,
            within_s=promise["stopped_within_s"],
            for_s=promise["for_s"],
        )


@pytest.mark.promise("SS-050")
def test_inverters_give_no_more_than_the_limit_of_their_production(
    offered: "Offered", nameplate_w: "NameplateW", live: Meters, wait: Waiting, promise: Promise
) -> None:
    group = offered("pv_limit")
    before_w, rated = live().pv.agg_p_mw / 1000, nameplate_w("PV")
    if before_w < WORTH_LIMITING_W:
        pytest.skip(f"the inverters give {before_w:.0f} W: nothing to limit")
    share_pct = max(1, int(50 * before_w / rated))
    limit_w = rated * share_pct / 100

    with group.changed({"enable": True, "pv_limit_pct": share_pct}):
        is_kept(
            lambda meters: meters.pv.agg_p_mw / 1000 <= limit_w + promise["above_w"],
            what=f"gateway: its inverters give no more than {limit_w:.0f} W",
            live=live,
            wait=wait,
            within_s=promise["kept_within_s"],
            for_s=promise["for_s"],
            measures="time to keep the limit",
        )

    wait.until(
        live,
        lambda meters: meters.pv.agg_p_mw / 1000 > limit_w + promise["above_w"],
        what="gateway: without a limit its inverters give more again",
        within_s=promise["back_within_s"],
        show=told,
    )


@pytest.mark.promise("SS-051")
@pytest.mark.needs("debug_endpoints")
def test_the_batteries_follow_a_set_point_that_somebody_has_told(
    offered: "Offered", nameplate_w: "NameplateW", live: Meters, wait: Waiting, promise: Promise
) -> None:
    group = offered("set_point")
    before = live()
    if before.main_relay_state != LiveMainsState.CLOSED:
        pytest.skip("the site is an island: its batteries carry the difference")
    share_pct = -OVERRIDE_PCT if before.soc < 90 else OVERRIDE_PCT
    told_w = nameplate_w("ENC") * share_pct / 100

    with group.changed({"enable": True, "setpoint_pct": share_pct}):
        wait.until(
            live,
            lambda meters: abs(meters.storage.agg_p_mw / 1000 - told_w) <= promise["apart_w"],
            what=f"batteries: they give {told_w:.0f} W, as they are told",
            measures="time to follow the set point",
            within_s=promise["kept_within_s"],
            show=told,
        )
