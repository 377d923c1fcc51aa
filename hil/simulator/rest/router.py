"""Which handler answers which request, and what is said where there is none."""

from collections.abc import Callable, Mapping

from hil.simulator import generations
from hil.simulator.access.roles import Role, role_for
from hil.simulator.rest import (
    battery_power,
    control_settings,
    device_inventory,
    dry_contacts,
    enc_settings,
    ensemble,
    firmware_manager,
    generator,
    grid_profile,
    home,
    info,
    inverters_status,
    livedata,
    meter_views,
    meters,
    own_temperature,
    pdm,
    production,
    raw_data,
    relaxed_params,
    reset_device,
    sc_status,
    site_settings,
    tariff,
    zigbee,
)
from hil.simulator.rest.messages import NOT_ROUTED, NOTHING_THERE, Answer, Request, refusal
from hil.simulator.rest.pages import page
from hil.simulator.site import Site

ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    **info.ROUTES,
    **ensemble.ROUTES,
    **zigbee.ROUTES,
    **grid_profile.ROUTES,
    **livedata.ROUTES,
    **site_settings.ROUTES,
    **battery_power.ROUTES,
    **control_settings.ROUTES,
    **dry_contacts.ROUTES,
    **firmware_manager.ROUTES,
    **generator.ROUTES,
    **inverters_status.ROUTES,
    **device_inventory.ROUTES,
    **enc_settings.ROUTES,
    **home.ROUTES,
    **meter_views.ROUTES,
    **meters.ROUTES,
    **own_temperature.ROUTES,
    **pdm.ROUTES,
    **production.ROUTES,
    **raw_data.ROUTES,
    **relaxed_params.ROUTES,
    **reset_device.ROUTES,
    **sc_status.ROUTES,
    **tariff.ROUTES,
}
"""(Method, path) → its handler."""

PREFIX_ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    **meters.PREFIX_ROUTES,
    **raw_data.PREFIX_ROUTES,
}
"""(Method, start of the path) → the handler of every path that goes on after it."""

_PATHS = frozenset(path for _, path in ROUTES)


def answer(site: Site, request: Request) -> Answer:
    """What the gateway says to a request, once whoever asks has been let in."""
    needed = role_for(
        request,
        site.gateway.firmware,
        undocumented=Role.named(site.world.assumptions.gateway.undocumented_needs),
    )
    if (refused := site.access.check(request, needed)) is not None:
        return refused
    return site.access.stamped(request, answer_from_within(site, request))


def answer_from_within(site: Site, request: Request) -> Answer:
    """What the processes behind the web server say to anybody who is on the gateway itself; counts
    the request in `site.rest_hits`.

    Unknown paths get the 404, known paths with another method the 405 of firmware 7 and later.
    """
    site.rest_hits[request.method, request.path] += 1
    if (absent := _absent(site, request)) is not None:
        return absent
    if _is_starting(site, request):
        return page(503)
    handler = ROUTES.get((request.method, request.path))
    if handler is not None:
        return handler(site, request)
    if request.path in _PATHS:
        return refusal(405)
    under = {
        m: each for (m, start), each in PREFIX_ROUTES.items() if request.path.startswith(start)
    }
    if request.method in under:
        return under[request.method](site, request)
    if not under and not generations.WEB_TOKENS.of(site.gateway.firmware):
        return NOT_ROUTED
    return refusal(405 if under else 404)


def _is_starting(site: Site, request: Request) -> bool:
    """Whether the process behind the web server that would answer is not there yet."""
    if site.gateway.processes_are_starting:
        return request.path.startswith("/ivp/")
    return site.firmware_update.agent_is_starting and request.path.startswith("/ivp/ensemble/")


_BESIDE_ENSEMBLE = (
    "/ivp/ensemble/",
    "/ivp/zb/",
    "/ivp/arf/",
    "/ivp/grest/",
    "/ivp/livedata/",
    "/ivp/ens_rest/",
    "/ivp/firmware_manager/",
)
"""Processes that came with it (inferred from the captures of firmware that has none of them)."""


def _absent(site: Site, request: Request) -> Answer | None:
    """What firmware without Ensemble says to who asks for it."""
    firmware = site.gateway.firmware
    if not generations.ENSEMBLE.of(firmware):
        if request.path.startswith(_BESIDE_ENSEMBLE):
            return NOT_ROUTED
        if request.path.startswith(("/ivp/ss/", "/ivp/sc/")):
            return NOTHING_THERE
    return None


def response_s(site: Site, request: Request) -> float:
    """Rig seconds that this request takes."""
    gateway = site.world.assumptions.gateway
    if (request.method, request.path) == ensemble.RELAY_COMMAND and ensemble.reaches_nobody(site):
        return site.world.assumptions.relay.command_timeout_s
    match request.path.removesuffix(".json"):
        case "/ivp/livedata/status":
            return gateway.livedata_response_s
        case "/production":
            return gateway.production_response_s
        case "/inventory":
            return gateway.inventory_response_s
        case "/home":
            return gateway.home_response_s
        case _:
            return gateway.response_s
