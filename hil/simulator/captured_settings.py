"""Settings, contacts and relay of a captured site, brought to where they were."""

from collections.abc import Callable, Mapping
from typing import Any

from hil.simulator import captured
from hil.simulator.captured import Captured
from hil.simulator.meters import Meter
from hil.simulator.site import Site
from hil.simulator.site_settings import PelSettings
from hil.simulator.site_settings_contacts import DryContactUse
from hil.simulator.site_settings_control import PvLimit
from hil.simulator.site_settings_form import S, Settings, checked
from hil.simulator.site_settings_generator import GenConfig, GenMode, GenSchedule
from hil.simulator.site_settings_power import DerPorts, DerSettings, PcsSettings
from hil.simulator.site_settings_tariff import Tariff
from hil.vocabulary.grid import MainsState

RELAY_SETTLES_S = 240.0
"""For opening, and for an island's getting in step with its grid; the reconnect delay is longer."""

GENERATOR_STARTS_S = 60.0
"""For a start without warming up, and for the modes that follow."""

CONTACTS_SETTLE_S = 30.0


def begin_as(site: Site, found: Captured) -> list[str]:
    """Set up a site that is being built as `found` has it; what could not be done, and why.

    Takes `RELAY_SETTLES_S`, `GENERATOR_STARTS_S` and `CONTACTS_SETTLE_S` of the site's past.
    """
    refused: list[str] = []

    def group(path: str, take: Callable[[], None]) -> None:
        if not found.has(path):
            return
        try:
            take()
        except (TypeError, ValueError) as error:  # of another kind than any firmware has said
            refused.append(f"{path}: the simulator does not take it: {error}")

    settings = site.settings
    group(captured.PEL, lambda: _set(settings, "pel", PelSettings, found.mapping(captured.PEL)))
    group(captured.PCS, lambda: _set(settings, "pcs", PcsSettings, found.mapping(captured.PCS)))
    group(
        captured.PV_LIMIT,
        lambda: _set(settings, "pv_limit", PvLimit, found.mapping(captured.PV_LIMIT)),
    )
    group(captured.CONTACT_USES, lambda: _uses(site, found))
    group(captured.TARIFF, lambda: _tariff(site, found))
    if settings.gen_config is not None:
        group(captured.GEN_CONFIG, lambda: _generator(site, found))
    group(captured.DER if found.has(captured.DER) else captured.STATUS, lambda: _ports(site, found))
    group(captured.METERS, lambda: _meters(site, found))
    _relay(site, found, refused)
    if site.energy.generator.is_there and found.generator_runs:
        _run_generator(site, found, refused)
    _contacts(site, found)
    return refused


def _fitting(model: type[S], now: Mapping[str, Any], said: Mapping[str, Any]) -> S:
    """`now` with what `said` has for the keys that the simulator knows."""
    known = {key: value for key, value in said.items() if key in model.model_fields}
    for key, value in known.items():
        inner = model.model_fields[key].annotation
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, Settings):
            known[key] = _fitting(inner, now.get(key, {}), value).model_dump()
    return checked(model, dict(now) | known)


def _set(settings: Any, name: str, model: type[S], said: Mapping[str, Any]) -> None:
    now = getattr(settings, name)
    setattr(settings, name, _fitting(model, now.model_dump(), said))


def _meters(site: Site, found: Captured) -> None:
    """None at all on a gateway without metering."""
    listed = [each for each in found.objects(captured.METERS) if isinstance(each.get("eid"), int)]
    site.meters.clear()
    for each in listed:
        site.meters[each["eid"]] = Meter(
            each["eid"],
            str(each.get("measurementType", "")),
            str(each.get("phaseMode", "")),
            int(each.get("phaseCount", 1)),
            tuple(each.get("statusFlags", ())),
        )
    site.settings.disabled_meters |= {
        each["eid"] for each in listed if each.get("state") == "disabled"
    }


def _uses(site: Site, found: Captured) -> None:
    for said in found.objects(captured.CONTACT_USES, "dry_contacts"):
        contact = str(said.get("id"))
        if contact in site.settings.contacts:
            now = site.settings.contacts[contact].model_dump()
            site.settings.contacts[contact] = _fitting(DryContactUse, now, said)


def _tariff(site: Site, found: Captured) -> None:
    said = found.mapping(captured.TARIFF, "tariff")
    site.settings.tariff = _fitting(Tariff, site.settings.tariff.model_dump(), said)


def _generator(site: Site, found: Captured) -> None:
    settings = site.settings
    _set(settings, "gen_config", GenConfig, found.mapping(captured.GEN_CONFIG))
    if found.mapping(captured.GEN_SCHEDULE):
        _set(settings, "gen_schedule", GenSchedule, found.mapping(captured.GEN_SCHEDULE))
    if found.mapping(captured.GEN_MODE):
        _set(settings, "gen_mode", GenMode, found.mapping(captured.GEN_MODE))


def _ports(site: Site, found: Captured) -> None:
    """As the settings have them; else what uses the DER relays, by their states and the batteries."""
    told, relay = found.mapping(captured.DER, "der"), found.relay
    if told.keys() >= {"der1", "der2"}:
        ports = {key: told[key] for key in ("der1", "der2")}
    elif relay:
        behind = {each.der_index for each in site.truth.encharges}
        ports = {
            f"der{index}": "DER_TYPE_NONE"
            if not relay.get(f"der{index}_state")
            else "DER_TYPE_ENCHARGE"
            if index in behind
            else "DER_TYPE_PV_IQ8"
            for index in (1, 2)
        }
    else:
        return
    site.settings.der = DerSettings(der=checked(DerPorts, ports))


def _relay(site: Site, found: Captured, refused: list[str]) -> None:
    relay = found.relay
    oper = str(relay.get("mains_oper_state", "closed"))
    if not site.relay.is_there or not oper.startswith("open"):
        return
    if relay.get("mains_admin_state") == MainsState.OPEN:
        site.relay.command(MainsState.OPEN)
    else:
        site.grid.switch(on=False)
    site.world.advance(site.world.now_s + RELAY_SETTLES_S)
    if not site.relay.is_open:
        refused.append(f"{captured.RELAY}: the simulator's relay did not become {oper!r}")


def _run_generator(site: Site, found: Captured, refused: list[str]) -> None:
    """Have it feed the site: it is warm, for it has been running.

    What keeps it on is the captured mode; where none was captured it is taken to be commanded on,
    since what else keeps it on (periods that are always on) the simulator does not know.
    """
    settings, config, mode = site.settings, site.settings.gen_config, site.settings.gen_mode
    assert config is not None
    settings.gen_config = config.model_copy(update={"warm_up_mins": 0})
    settings.gen_mode = GenMode(gen_cmd="on")
    site.world.advance(site.world.now_s + GENERATOR_STARTS_S)
    settings.gen_config = config
    if found.mapping(captured.GEN_MODE):
        settings.gen_mode = mode
        site.world.settle()
    if not site.energy.generator.is_closed:
        refused.append(f"{captured.GENERATOR}: the simulator's generator does not feed the site")


def _contacts(site: Site, found: Captured) -> None:
    """After the relay: an island moves them by itself."""
    states = site.contacts.states
    for said in found.objects(captured.CONTACTS, "dry_contacts"):
        contact, status = str(said.get("id")), str(said.get("status"))
        if contact in states and status in ("open", "closed") and states[contact] != status:
            site.contacts.command(contact, status)
    site.world.advance(site.world.now_s + CONTACTS_SETTLE_S)
