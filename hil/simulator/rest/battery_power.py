"""`/ivp/ensemble/power`: what each battery gives or takes."""

from collections.abc import Callable, Mapping

from hil.simulator.rest.messages import Answer, Request, document
from hil.simulator.site import Site


def power(site: Site, request: Request) -> Answer:
    """The key ends with a colon, in every firmware seen. Source: public captures."""
    devices = [
        {
            "serial_num": battery.serial_number,
            "real_power_mw": battery.power_mw,
            "apparent_power_mva": battery.power_mw,
            "soc": battery.soc_pct,
        }
        for battery in site.power.read()
    ]
    return document({"devices:": devices})


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/ensemble/power"): power,
}
