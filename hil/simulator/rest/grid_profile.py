"""`/ivp/arf`, `/ivp/grest`, `/ivp/adc`: the grid profile and what each inverter carries of it."""

from collections.abc import Callable, Mapping
from urllib.parse import quote

from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site import Site
from hil.simulator.site_file import ProfileTruth


def arf_profile(site: Site, request: Request) -> Answer:
    """Name and version of the active profile."""
    active = site.profile.active
    return document(
        {
            "name": active.name,
            "id": active.id,
            "version": active.version,
            "item_count": active.item_count,
        }
    )


def active_profile(site: Site, request: Request) -> Answer:
    """The active profile with its records; the shape is assumed (docs/wires/envoy-rest.md)."""
    active = site.profile.active
    if site.world.has_defect("active-profile-shows-the-old-one"):
        active = site.truth.previous_profile
    head = {"name": active.name, "meid": active.id, "version": active.version}
    return document(
        {
            "pf-status": "pf-status-closed",
            "is-activated": True,
            "profile": head | _records(active),
        }
    )


def record(site: Site, request: Request) -> Answer:
    """What one inverter carries; the shape is assumed (docs/wires/envoy-rest.md)."""
    eid = request.query.get("eid", "")
    inverter = next((each for each in site.truth.inverters if str(each.eid) == eid), None)
    if inverter is None:
        return refusal(404)
    kind = "tpm" if request.query.get("tpm") == "true" else request.query.get("agf")
    if kind not in (None, "fpf", "vrt", "frt", "tpm") or request.query.get("agf") == "tpm":
        return refusal(400, "agf is fpf, vrt or frt")
    carries = site.profile.targets[inverter.serial_number].carries
    records = _records(carries)
    return document(
        {
            "eid": inverter.eid,
            "serial_num": inverter.serial_number,
            "profile": {"id": carries.id, "version": carries.version},
        }
        | ({"record": "all"} | records if kind is None else {"record": kind, kind: records[kind]})
    )


def select(site: Site, request: Request) -> Answer:
    """Make another profile the active one: accepted at once, in the devices later.

    The gateway has two: the site's, and the one before. An unknown one is answered with a
    sentence (public interface description), its status and words are assumed.
    """
    try:
        wanted = object_in(request).get("selected_profile")
    except ValueError as error:
        return refusal(400, str(error))
    name, _, version = str(wanted).rpartition(":")
    for profile in (site.truth.profile, site.truth.previous_profile):
        if (profile.name, profile.version) == (name, version):
            site.profile.activate(profile)
            path = f"/ivp/grest/profile/{quote(name, safe='')}/{version}"
            return document({"message": f"Profile {path} accepted."})
    return document({"error": f"There is no profile {wanted}."})


def _records(profile: ProfileTruth) -> dict[str, object]:
    return {"fpf": profile.fpf, "vrt": profile.vrt, "frt": profile.frt, "tpm": profile.tpm}


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/arf/profile"): arf_profile,
    ("GET", "/ivp/grest/profile/active"): active_profile,
    ("GET", "/ivp/adc/record"): record,
    ("PUT", "/installer/agf/set_profile.json"): select,
}
