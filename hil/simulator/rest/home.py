"""`/home`: the gateway's own front page as JSON: its network, and how many devices it hears how well.

Source: public captures of 8.3.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from hil.simulator.rest.device_inventory import boards
from hil.simulator.rest.info import BUILD_TIME
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.rest.slow_pages import slow_page
from hil.simulator.site import Site

_FULL_BARS = 5
_CLOUD_EVERY_S = 900
"""How often it reports to the cloud (inferred: the age of the last report in the captures)."""


def home(site: Site, request: Request) -> Answer:
    """Time, network, and the devices by kind."""
    now = datetime.fromtimestamp(site.gateway.clock.unix_time, UTC)
    return slow_page(
        {
            "software_build_epoch": BUILD_TIME,
            "timezone": "Etc/UTC",
            "current_date": f"{now:%m/%d/%Y}",
            "current_time": f"{now:%H:%M}",
            "network": _network(site),
            "tariff": "single_rate",
            "comm": _devices(site),
            "wireless_connection": [
                {"signal_strength": 0, "signal_strength_max": 0, "type": kind, "connected": True}
                for kind in ("zigbee", "subghz")
            ],
        }
    )


def _network(site: Site) -> dict[str, object]:
    wireless, serial = site.wireless, site.truth.gateway.serial_number
    return {
        "web_comm": True,
        "ever_reported_to_enlighten": True,
        "last_enlighten_report_time": site.gateway.clock.shown(
            int(site.world.unix_time) // _CLOUD_EVERY_S * _CLOUD_EVERY_S
        ),
        "primary_interface": "eth0",
        "interfaces": [
            {
                "type": "ethernet",
                "interface": "eth0",
                "mac": _mac(serial, 1),
                "dhcp": True,
                "ip": "127.0.0.1",
                "signal_strength": 1,
                "signal_strength_max": 1,
                "carrier": True,
            },
            {
                "signal_strength": 0,
                "signal_strength_max": 0,
                "type": "wifi",
                "interface": "wlan0",
                "mac": _mac(serial, 2),
                "dhcp": True,
                "ip": None,
                "carrier": False,
                "supported": wireless.is_loaded,
                "present": wireless.is_loaded,
                "configured": False,
                "status": "connecting" if wireless.is_up else "disconnected",
            },
        ],
    }


def _mac(serial_number: str, number: int) -> str:
    """Locally administered, made from the serial number."""
    digits = f"02{number:02d}{serial_number[-8:]}"
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def _devices(site: Site) -> dict[str, object]:
    inverters = site.inverter_reports
    heard = [True for serial in inverters.heard if inverters.is_heard(serial)]
    listed = [
        site.network.view(each.serial_number).communicating
        for each in site.truth.encharges
        if each.serial_number in site.network.inventory
    ]
    switches = [site.network.view(each.serial_number).communicating for each in boards(site)]
    batteries = _bars(listed)
    if site.world.has_defect("front-page-forgets-a-battery"):
        listed = listed[:-1]
    return {
        # Those that are heard: at night no inverter is. What is on the radio is not among them (captures).
        **_kind(heard),
        "pcu": _kind(heard),
        "acb": _kind([]),
        "nsrb": _kind([]),
        "esub": _kind(switches),
        "encharge": [
            {
                "num": len(listed),
                "level": batteries,
                "level_24g": batteries,
                "level_subg": batteries,
            }
        ],
    }


def _kind(communicating: list[bool]) -> dict[str, int]:
    return {"num": len(communicating), "level": _bars(communicating)}


def _bars(communicating: list[bool]) -> int:
    """On average, whole bars; how strong the signal is is not modelled."""
    return _FULL_BARS * sum(communicating) // len(communicating) if communicating else 0


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/home"): home,
    ("GET", "/home.json"): home,
}
