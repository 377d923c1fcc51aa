"""`/ivp/zb/reset_device`: start a device anew."""

from collections.abc import Callable, Mapping

from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site import Site
from hil.simulator.site_file import EnpowerTruth


def reset_device(site: Site, request: Request) -> Answer:
    """Boot a device of the inventory, if it hears it; the answer is assumed.

    An Enpower forgets its manual override (public: what the gateway's own pages use it for).
    """
    try:
        serial = object_in(request).get("serial_num")
        if not isinstance(serial, str):
            raise ValueError("serial_num is no text")
    except ValueError as error:
        return refusal(400, str(error))
    if serial not in site.network.inventory or serial not in site.nodes:
        return refusal(404)
    if site.network.is_joined(serial) and not site.world.has_defect("reset-resets-nothing"):
        if isinstance(site.nodes[serial].truth, EnpowerTruth):
            site.relay.override_is_latched = False
        site.nodes[serial].power_off()
        site.nodes[serial].power_on()
    return document({"serial_num": serial, "status": "reset"})


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("POST", "/ivp/zb/reset_device"): reset_device,
}
