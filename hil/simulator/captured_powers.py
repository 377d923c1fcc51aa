"""What sun and house did at the moment of a capture, from whichever view tells it."""

import math
from collections.abc import Mapping
from typing import Any

from hil.simulator import captured
from hil.simulator.captured import Captured, number

_USUAL_RATING_W = 290


def powers_of(found: Captured) -> dict[str, float]:
    """Of live data, else of the meters, else of the page of the production; W, and the reserve.

    Where no view tells the load, the house takes what the sun gives.
    """
    live = found.mapping(captured.LIVE_DATA, "meters")
    if live:
        pv_w, load_w = (_milli(live, flow) for flow in ("pv", "load"))
    else:
        metered = _metered(found) or _on_the_page(found)
        told_w = number(found.mapping(captured.PRODUCTION).get("wattsNow"))
        pv_w = metered.get("production", told_w)
        storage_w = sum(
            number(each.get("real_power_mw")) / 1000
            for each in found.objects(captured.POWER, "devices:")
        )
        load_w = metered.get("total-consumption", pv_w + storage_w)
        if "net-consumption" in metered:
            load_w = metered["net-consumption"] + pv_w + storage_w
    return {"pv_w": max(0.0, pv_w), "load_w": max(0.0, load_w), "reserve_pct": _reserve_pct(found)}


def rating_w(found: Captured, *, inverters: int) -> int:
    """Of each inverter, all alike: by the site's name plate, and enough for what the sun gave."""
    plate = found.mapping(captured.CONTROL, "nameplate").get("PV")
    plate_w = sum(map(number, plate)) if isinstance(plate, list) else 0.0
    told_w = plate_w or _USUAL_RATING_W * inverters
    return math.ceil(max(told_w, powers_of(found)["pv_w"]) / inverters)


def _milli(live: Mapping[str, Any], flow: str) -> float:
    power = live.get(flow)
    return number(power.get("agg_p_mw")) / 1000 if isinstance(power, dict) else 0.0


def _metered(found: Captured) -> dict[str, float]:
    """W, by what each meter measures."""
    kinds = {
        str(each.get("eid")): str(each.get("measurementType"))
        for each in found.objects(captured.METERS)
        if each.get("state") == "enabled"
    }
    return {
        kinds[str(each.get("eid"))]: number(each.get("activePower"))
        for each in found.objects(captured.READINGS)
        if str(each.get("eid")) in kinds
    }


def _on_the_page(found: Captured) -> dict[str, float]:
    """W, by what each meter measures, where only the page of the production tells it."""
    for path in captured.PRODUCTION_PAGES:
        metered = {
            str(each["measurementType"]): number(each.get("wNow"))
            for group in ("production", "consumption")
            for each in found.objects(path, group)
            if each.get("type") == "eim" and "measurementType" in each
        }
        if metered:
            # Its total is what went through the meters: what the batteries take is in it.
            metered.pop("total-consumption", None)
            return metered
    return {}


def _reserve_pct(found: Captured) -> float:
    control = found.mapping(captured.SECONDARY_CONTROL)
    storage = found.mapping(captured.TARIFF, "tariff", "storage_settings")
    told = control.get("configured_backup_soc", storage.get("reserved_soc"))
    return min(100.0, max(0.0, number(told)))
