"""`/ivp/firmware_manager`: the state of an update, and the command to begin one.

Source: a public description of 7.0.88 for the shape, with no update running; the command takes
booleans as strings and answers in prose, which nobody has quoted: the sentence is made up.
"""

from collections.abc import Callable, Mapping

from hil.simulator.firmware_update import Told
from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site import Site

STATE, UPDATE_ALL = "/ivp/firmware_manager/state", "/ivp/firmware_manager/update_all"

_NO_UPDATE = 10, "No Update Running"


def _state(site: Site, request: Request) -> Answer:
    update, assumed = site.firmware_update, site.world.assumptions.firmware
    running = assumed.running_status, assumed.running_status_str
    status, status_str = running if update.is_running else _NO_UPDATE
    if site.world.has_defect("idle-update-reads-running"):
        status_str = assumed.running_status_str
    sync: dict[str, object] = {
        "Current_Status": status,
        "Current_Status_str": status_str,
        "Last_Status": 0,
        "Last_Status_str": str(update.outcome),
        "Type": 0,
        "Type_str": "None",
        "Estimated Time Left": "00::00::00",
        "Total Duration": "00::00::00",
        "Current essimg version": "500-00020-r01-v21.19.82",
        "Failure Reason": update.failure,
        "Zigbee Dongle": 5,
        "Zigbee Status_str": "No update",
        "Zigbee Firmware": "NOT PROVIDED",
        "auto_update_enable": "true",
        "auto_update_8_hrs_disable": "true",
        "Progress": f"{update.progress_pct:.2f}",
    }
    return document({"SiteSync": sync, "updates": []})


def _update_all(site: Site, request: Request) -> Answer:
    try:
        told = object_in(request)
    except ValueError as error:
        return refusal(400, str(error))
    if odd := [name for name, value in told.items() if value not in ("true", "false")]:
        return refusal(400, f'{odd[0]} is neither "true" nor "false"')
    site.firmware_update.begin(
        Told(
            force=told.get("force") == "true",
            overwrite_off_grid=told.get("overwrite_off_grid") == "true",
            overwrite_low_soc=told.get("overwrite_low_soc") == "true",
        )
    )
    return document({"message": "Update of all devices was requested."})


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", STATE): _state,
    ("POST", UPDATE_ALL): _update_all,
}
