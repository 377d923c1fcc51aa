"""`/ivp/ensemble/dry_contacts` and `/ivp/ss/dry_contact_settings`."""

from collections.abc import Callable, Mapping

from hil.simulator import generations
from hil.simulator.generations import trimmed
from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site import Site


def contacts_get(site: Site, request: Request) -> Answer:
    """Always four, in this order (public captures)."""
    told = site.contacts.told
    return document({"dry_contacts": [{"id": name, "status": told[name]} for name in told]})


def contacts_post(site: Site, request: Request) -> Answer:
    """Command one contact; an object, no list (public captures)."""
    try:
        command = _one_contact(request)
        if set(command) != {"id", "status"}:
            raise ValueError("dry_contacts has an id and a status")
        name, status = command["id"], command["status"]
        if name not in tuple(site.settings.contacts):
            raise ValueError("id: no such contact")
        if status not in ("open", "closed"):
            raise ValueError("status is open or closed")
    except ValueError as error:
        return refusal(400, str(error))
    if site.world.has_defect("contact-command-moves-another"):
        names = tuple(site.settings.contacts)
        name = names[(names.index(str(name)) + 1) % len(names)]
    site.contacts.command(str(name), str(status))
    return contacts_get(site, request)


def settings_get(site: Site, request: Request) -> Answer:
    """What the contacts are for."""
    uses = [use.model_dump() for use in site.settings.contacts.values()]
    shown = trimmed(uses, generations.DRY_CONTACT_SETTINGS, site.gateway.firmware)
    return document({"dry_contacts": shown})


def settings_post(site: Site, request: Request) -> Answer:
    """Replace the settings of one contact."""
    try:
        contact = _one_contact(request)
        if _stumbles_over(contact):
            return refusal(500)
        site.settings.change_contact(_whole(site, contact))
    except ValueError as error:
        return refusal(400, str(error))
    site.contacts.settings_written()
    return settings_get(site, request)


def _stumbles_over(contact: dict[str, object]) -> bool:
    """Its truth values are lower-case texts; others end in an error of its own (public report)."""
    flags = [contact.get(name) for name in ("override", "manual_override")]
    return any(
        isinstance(flag, str) and flag != flag.lower() and flag.lower() in ("true", "false")
        for flag in flags
    )


def _whole(site: Site, contact: dict[str, object]) -> dict[str, object]:
    """With what this firmware does not show, and what clients of older ones do not know of (8.3)."""
    stored = next(
        (use for use in site.settings.contacts.values() if use.id == contact.get("id")), None
    )
    if stored is None:
        return contact
    firmware = site.gateway.firmware
    unseen = {
        name: getattr(stored, name)
        for name, feature in generations.DRY_CONTACT_SETTINGS.items()
        if not feature.of(firmware) or name in stored.LATE
    }
    return unseen | contact


def _one_contact(request: Request) -> dict[str, object]:
    contact = object_in(request).get("dry_contacts")
    if not isinstance(contact, dict):
        raise ValueError("dry_contacts is no object")
    return contact


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/ensemble/dry_contacts"): contacts_get,
    ("POST", "/ivp/ensemble/dry_contacts"): contacts_post,
    ("GET", "/ivp/ss/dry_contact_settings"): settings_get,
    ("POST", "/ivp/ss/dry_contact_settings"): settings_post,
}
