"""`/ivp/ensemble/dataraw` and `/ivp/ensemble/submod`: batteries and boards, as told last."""

from collections.abc import Callable, Mapping

from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.rest.submodules import encharge_boards, enpower_boards
from hil.simulator.site import Site
from hil.simulator.site_file import EnchargeTruth

_PATH = "/ivp/ensemble/dataraw/"


def all_records(site: Site, request: Request) -> Answer:
    """Of every battery; the inner layout is assumed (docs/wires/envoy-rest.md), as below."""
    return document({"data_records": _records(site)})


def record(site: Site, request: Request) -> Answer:
    """Of one battery."""
    serial = request.path.removeprefix(_PATH)
    records = _records(site)
    if records and site.world.has_defect("raw-data-of-another-battery"):
        serial = next(iter(records))
    if serial not in records:
        return refusal(404)
    return document({"data_records": {serial: records[serial]}})


def submodules(site: Site, request: Request) -> Answer:
    """The boards inside each device that is in the inventory."""
    devices: dict[str, object] = {}
    for truth in site.truth.nodes:
        if truth.serial_number not in site.network.inventory:
            continue
        if site.world.has_defect("no-boards-listed"):
            break
        is_battery = isinstance(truth, EnchargeTruth)
        firmware = site.nodes[truth.serial_number].app_firmware
        boards = (
            encharge_boards(truth, firmware)
            if isinstance(truth, EnchargeTruth)
            else enpower_boards(truth, firmware)
        )
        if site.world.has_defect("boards-of-another-device"):
            boards = {serial[::-1]: board for serial, board in boards.items()}
        devices[truth.serial_number] = {
            "device_type": truth.device_type,
            "admin_state": 6 if is_battery else site.relay_report.last.admin_state[0],
            "part_number": truth.part_number,
            "submodule_count": len(boards),
            **({} if site.world.has_defect("boards-not-listed") else {"submodules": boards}),
        }
    return document({"serial_nums": devices})


def _records(site: Site) -> dict[str, object]:
    temperatures = {each.serial_number: each.temperature_c for each in site.truth.encharges}
    return {
        battery.serial_number: {
            "last_rpt_date": site.network.view(battery.serial_number).last_report_unix,
            "soc": battery.soc_pct,
            "real_power_mw": battery.power_mw,
            "temperature": temperatures[battery.serial_number],
        }
        for battery in site.power.read()
    }


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", _PATH): all_records,
    ("GET", "/ivp/ensemble/submod"): submodules,
}

PREFIX_ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", _PATH): record,
}
