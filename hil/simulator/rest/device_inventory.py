"""`/inventory.json`: what hangs on the power lines and the boards of the system switch, by kind; and
`/admin/lib/acb_config`.

Not `/ivp/ensemble/inventory`, which lists what is on the radio. Source: public captures of 8.3.
"""

from collections.abc import Callable, Mapping

from hil.simulator.eids import channel_eid
from hil.simulator.rest.messages import Answer, Request, document
from hil.simulator.rest.slow_pages import slow_page
from hil.simulator.rest.submodules import second_enpower_board
from hil.simulator.site import Site
from hil.simulator.site_file import EnpowerTruth, InverterTruth

_PART, _IMAGE, _IMAGE_PART = "800-01331-r02", "521-00005-r06-v02.61.01", "549-00040-r01-v02.61.01"
_BOARD_IMAGE, _BOARD_IMAGE_PART = "523-00001-r01-v01.18.00", "551-00064-r01-v01.18.00"
_WELL, _SILENT = "envoy.global.ok", "envoy.cond_flags.obs_strs.failure"
_BOARD_CHANNEL = 1_929_380_113
"""As in the one capture with such a board."""


def inventory(site: Site, request: Request) -> Answer:
    """Microinverters, and the second board of the system switch (ESUB); no site here has other kinds.

    `deleted=1` lists those that were taken out of the site as well, of which there are none here.
    """
    inverters = site.truth.inverters
    if site.world.has_defect("inventory-forgets-an-inverter"):
        inverters = inverters[:-1]
    return slow_page(
        [
            {"type": "PCU", "devices": [_inverter(site, each) for each in inverters]},
            {"type": "ACB", "devices": []},
            {"type": "NSRB", "devices": []},
            {"type": "ESUB", "devices": [_board(site, each) for each in boards(site)]},
        ]
    )


def boards(site: Site) -> list[EnpowerTruth]:
    """The system switches whose boards the gateway knows."""
    enpower = site.truth.enpower
    known = enpower is not None and enpower.serial_number in site.network.inventory
    return [enpower] if enpower is not None and known else []


def acb_config(site: Site, request: Request) -> Answer:
    """The AC batteries that sleep; no simulated site has any."""
    return document({"acb_sleep": []})


def _inverter(site: Site, truth: InverterTruth) -> dict[str, object]:
    reports, serial = site.inverter_reports, truth.serial_number
    is_heard = reports.is_heard(serial)
    last = reports.heard[serial].last
    return {
        "part_num": _PART,
        "installed": str(site.commissioned_unix),
        "serial_num": serial,
        "device_status": [_WELL if is_heard else _SILENT],
        "last_rpt_date": str(site.gateway.clock.shown(last.end_unix)),
        "admin_state": 2,
        "dev_type": 1,
        "created_date": str(site.commissioned_unix),
        "img_load_date": "0",
        "img_pnum_running": _IMAGE,
        "ptpn": _IMAGE_PART,
        "chaneid": channel_eid(truth.eid, 1),
        "device_control": [{"gficlearset": False}],
        "producing": is_heard and last.produced_j > 0,
        "communicating": is_heard,
        "provisioned": True,
        "operating": is_heard,
        "phase": "ph-a",
    }


def _board(site: Site, truth: EnpowerTruth) -> dict[str, object]:
    view = site.network.view(truth.serial_number)
    serial, part = second_enpower_board(truth)
    return {
        "part_num": part,
        "installed": str(site.commissioned_unix),
        "serial_num": serial,
        "device_status": [_WELL if view.communicating else _SILENT],
        "last_rpt_date": str(view.last_report_unix),
        "admin_state": 1,
        "dev_type": 19,
        "created_date": str(site.commissioned_unix),
        "img_load_date": "0",
        "img_pnum_running": _BOARD_IMAGE,
        "ptpn": _BOARD_IMAGE_PART,
        "chaneid": _BOARD_CHANNEL,
        "device_control": [{"gficlearset": False}],
        "producing": False,
        "communicating": view.communicating,
        "operating": view.communicating,
    }


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/inventory"): inventory,
    ("GET", "/inventory.json"): inventory,
    ("GET", "/admin/lib/acb_config"): acb_config,
}
