"""The generator: how it runs (`/ivp/ensemble`) and how it is set up (`/ivp/ss/gen_…`)."""

from collections.abc import Callable, Mapping

from hil.simulator import generations
from hil.simulator.generator import LIVE_STATES, GeneratorState
from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site import Site
from hil.simulator.site_settings_form import Settings


def generator(site: Site, request: Request) -> Answer:
    """`present` is 1 without one too (captures up to 8.2.127).

    An idle generator shows its default window whatever periods stand in its schedule (capture of
    8.3.5169); one that runs shows that of the period which is always on (8.2.127).
    """
    settings = site.settings
    start_soc, stop_soc = 100, -1
    told = not site.world.has_defect("generator-view-ignores-settings")
    feeds = site.power.live().gen_relay_state == LIVE_STATES[GeneratorState.CLOSED]
    if settings.gen_schedule is not None and told and not feeds:
        window = settings.gen_schedule.default_soc
        start_soc, stop_soc = window.start_soc, window.stop_soc
    word = "close" if feeds else "open"  # without a d, unlike the mains relay (public captures)
    may_run = settings.gen_mode is not None and settings.gen_mode.gen_cmd != "off"
    return document(
        {
            "admin_state": "unknown" if settings.gen_config is None else word,
            "oper_state": word,
            "admin_mode": 2 if may_run else 0,
            "schedule": int(settings.gen_schedule is not None),
            "start_soc": start_soc,
            "stop_soc": stop_soc,
            "exc_on": int(site.energy.generator.exercise.is_on),
            **_presence(site),
        }
    )


def _presence(site: Site) -> dict[str, int]:
    if site.settings.gen_config is not None:
        return {"present": 1, "type": 1}
    if generations.NO_GENERATOR_IS_ABSENT.of(site.gateway.firmware):
        return {"present": 0, "type": 1}
    return {"present": 1, "type": 0}


def config_get(site: Site, request: Request) -> Answer:
    """`{}` without a generator, as the two that follow."""
    return _shown(site.settings.gen_config)


def config_post(site: Site, request: Request) -> Answer:
    """All of it, flat, or as the interface page has it."""
    try:
        body = object_in(request)
        wrapped = body.get("generator_settings", body)
        if not isinstance(wrapped, dict):
            raise ValueError("generator_settings is no object")
        site.settings.change_gen_config(wrapped)
    except ValueError as error:
        return refusal(400, str(error))
    return config_get(site, request)


def mode_get(site: Site, request: Request) -> Answer:
    """The last command."""
    return _shown(site.settings.gen_mode)


def mode_post(site: Site, request: Request) -> Answer:
    """A word is the answer (interface page)."""
    try:
        site.settings.change_gen_mode(object_in(request))
    except ValueError as error:
        return refusal(400, str(error))
    return document("success")


def schedule_get(site: Site, request: Request) -> Answer:
    """When it may run."""
    return _shown(site.settings.gen_schedule)


def schedule_post(site: Site, request: Request) -> Answer:
    """All of it."""
    try:
        site.settings.change_gen_schedule(object_in(request))
    except ValueError as error:
        return refusal(400, str(error))
    return schedule_get(site, request)


def _shown(settings: Settings | None) -> Answer:
    return document({} if settings is None else settings.model_dump())


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/ensemble/generator"): generator,
    ("GET", "/ivp/ss/gen_config"): config_get,
    ("POST", "/ivp/ss/gen_config"): config_post,
    ("GET", "/ivp/ss/gen_mode"): mode_get,
    ("POST", "/ivp/ss/gen_mode"): mode_post,
    ("GET", "/ivp/ss/gen_schedule"): schedule_get,
    ("POST", "/ivp/ss/gen_schedule"): schedule_post,
}
