"""What one firmware of the gateway says or does and another does not, in one table.

Source, unless said otherwise: the public captures of 5.0.62 to 8.3.5433. Captures on both sides of a
bound differ; what lies between two captures is taken for the older one.
"""

from hil.vocabulary.identity import Firmware


class Feature:
    """Something that only some firmware has: from `since` on, and before `until`."""

    def __init__(self, *, since: str | None = None, until: str | None = None) -> None:
        self._since = Firmware.parse(since) if since else None
        self._until = Firmware.parse(until) if until else None

    def of(self, firmware: Firmware) -> bool:
        """Whether `firmware` has it."""
        return (self._since is None or firmware >= self._since) and (
            self._until is None or firmware < self._until
        )


# The web server in front.

WEB_TOKENS = Feature(since="7.0")
"""HTTPS and tokens, and a web server that names itself, keeps connections and adds headers."""

SECURITY_HEADERS_ON_REFUSALS = Feature(since="7.3.466")

LOGIN_PAGE = Feature(since="8.0")
"""Where the 401 page leads; before it was `/home`."""

COOKIE_ON_EVERY_REPLY = Feature(since="8.3.5289")

OWNERS_SHUT_OUT = Feature(since="7.0", until="7.3.466")
"""An owner's token opens neither Ensemble's power, status, … nor the site settings (7.3.130)."""
