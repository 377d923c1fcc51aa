"""`/admin/lib/tariff`: rates, and how the batteries are to be used."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from hil.simulator import generations
from hil.simulator.generations import trimmed
from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.rest.slow_pages import slow_page
from hil.simulator.site import Site

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


def tariff_get(site: Site, request: Request) -> Answer:
    """The tariff, and the schedule made from it on every read (public report)."""
    firmware = site.gateway.firmware
    shown = {
        "tariff": trimmed(site.settings.tariff.model_dump(), generations.TARIFF, firmware),
        "schedule": trimmed(_schedule(site), generations.TARIFF_SCHEDULE, firmware),
    }
    if generations.TARIFF_IS_NATIVE.of(firmware):
        return document(shown)
    return slow_page(shown)


def tariff_put(site: Site, request: Request) -> Answer:
    """All of it, under `tariff` or bare; a schedule beside it is dropped (public report)."""
    try:
        body = object_in(request)
        wanted = body.get("tariff", body)
        if not isinstance(wanted, dict):
            raise ValueError("tariff is no object")
        if not generations.TARIFF["storage_settings"].of(site.gateway.firmware):
            kept = site.settings.tariff.storage_settings.model_dump()
            wanted = wanted | {"storage_settings": kept}
        site.settings.change_tariff(wanted)
    except ValueError as error:
        return refusal(400, str(error))
    if not site.world.has_defect("reserve-not-in-force"):
        site.energy.reserve_pct = float(site.settings.tariff.storage_settings.reserved_soc)
    return tariff_get(site, request)


def _schedule(site: Site) -> dict[str, object]:
    storage = site.settings.tariff.storage_settings
    changed = datetime.fromtimestamp(int(storage.date), UTC)
    return {
        "filename": "Tariff",
        "source": "Tariff",
        "date": f"{changed:%Y-%m-%d %H:%M:%S} UTC",
        "version": "00.00.02",
        "reserved_soc": storage.reserved_soc,
        "very_low_soc": storage.very_low_soc,
        "charge_from_grid": storage.charge_from_grid,
        "batt_mode": storage.mode,
        "battery_mode": storage.mode,
        "operation_mode_sub_type": storage.operation_mode_sub_type,
        "opt_schedules": storage.opt_schedules,
        "override": False,
        "override_backup_soc": 30,
        "override_chg_dischg_rate": 0,
        "override_tou_mode": "StorageTouMode_DEFAULT_TOU_MODE",
        "schedule": {
            "Disable": [{day: [_all_day("ID")]} for day in _DAYS],
            "tariff": [{"start": "1/1", "end": "1/1"} | {day: [_all_day("ZN")] for day in _DAYS}],
        },
    }


def _all_day(setting: str) -> dict[str, object]:
    return {"start": 0, "duration": 1440, "setting": setting}


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/admin/lib/tariff"): tariff_get,
    ("PUT", "/admin/lib/tariff"): tariff_put,
    ("GET", "/admin/lib/tariff.json"): tariff_get,
    ("PUT", "/admin/lib/tariff.json"): tariff_put,
}
