"""Which role opens which path. Each role may what those below it may.

Source: public documentation of the token check, and reports of what an owner's token opens. Where
neither says anything (`/ivp/zb/`, firmware manager, grid profile, most writes) the gateway's own pages
use an installer's session: `access.undocumented_needs` of the assumptions.
"""

from enum import IntEnum

from hil.simulator import generations
from hil.simulator.rest.messages import Request
from hil.vocabulary.identity import Firmware


class Role(IntEnum):
    """As the claim `enphaseUser` of a token spells them, in lower case."""

    NOBODY = 0
    """Nobody is asked who they are."""
    ANYBODY = 1
    OWNER = 2
    PROV = 3
    SUPPORT = 4
    SYSADMIN = 5
    INSTALLER = 6
    FACTORY = 7

    @classmethod
    def named(cls, word: object) -> "Role":
        """The role of a claim; that of nobody where the word is none."""
        return next((role for role in cls if role.name.lower() == word), cls.NOBODY)


_OPEN = {"/info", "/info.xml", "/auth/check_jwt", "/ivp/adc/relaxedparams/add"}

_OPEN_BEFORE_TOKENS = {"/api/v1/production"}

_PREFIXES = {
    "/ivp/ens_rest/inverters_status": Role.PROV,
    "/installer/agf/inverters_status": Role.PROV,
    "/ivp/peb/newscan": Role.PROV,
    "/ivp/adc/relaxedparams/": Role.PROV,
    "/ivp/peb/reportsettings": Role.SUPPORT,
    "/ivp/peb/": Role.INSTALLER,
    "/ivp/mod/": Role.INSTALLER,
    "/ivp/tpm/": Role.INSTALLER,
    "/ivp/meters/cts": Role.INSTALLER,
    "/installer/": Role.INSTALLER,
}
"""The first that fits."""

_UNDOCUMENTED = ("/ivp/zb/", "/ivp/adc/", "/ivp/grest/", "/ivp/firmware_manager/")

_OWNERS_WRITE = {
    "/ivp/ensemble/relay",
    "/ivp/ensemble/dry_contacts",
    "/ivp/ss/dry_contact_settings",
    "/ivp/ss/gen_config",
    "/ivp/ss/gen_mode",
    "/ivp/ss/gen_schedule",
    "/ivp/livedata/stream",
    "/admin/lib/tariff",
    "/admin/lib/tariff.json",
}

_NOT_FOR_OWNERS_AT_FIRST = (
    "/ivp/ensemble/power",
    "/ivp/ensemble/secctrl",
    "/ivp/ensemble/status",
    "/ivp/ensemble/generator",
    "/ivp/ensemble/dry_contacts",
    "/ivp/ss/",
    "/ivp/sc/pvlimit",
)


def role_for(request: Request, firmware: Firmware, *, undocumented: Role) -> Role:
    """The lowest role that may ask this."""
    path, reads = request.path, request.method in ("GET", "HEAD")
    if path in _OPEN and (reads or path == "/auth/check_jwt"):
        return Role.NOBODY
    if path in _OPEN_BEFORE_TOKENS and reads and not generations.WEB_TOKENS.of(firmware):
        return Role.NOBODY
    if path == "/production" and not generations.WEB_TOKENS.of(firmware):
        return Role.FACTORY  # 401 to everybody in the captures of 4.10 and 5.0
    for start, role in _PREFIXES.items():
        if path.startswith(start):
            return role
    if path.startswith(_UNDOCUMENTED) or not (reads or path in _OWNERS_WRITE):
        return undocumented
    if path.startswith(_NOT_FOR_OWNERS_AT_FIRST) and generations.OWNERS_SHUT_OUT.of(firmware):
        return undocumented
    return Role.OWNER
