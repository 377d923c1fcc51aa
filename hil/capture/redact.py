"""What of a gateway's answers may lie in a folder that somebody mails to somebody.

Never: tokens, link keys, passwords, names of wireless networks. Serial numbers stay, since a site
is started again from them; `Anonymous` gives every device another one, the same in every file.
"""

import re
from collections.abc import Callable

from hil.evidence.redaction import HIDDEN, NAMES, Redactor

_SECRET_KEYS = f"{NAMES}|link_?key|network_?key|jwt|cookie|authorization|pin"
_BY_NAME = re.compile(rf'("(?:{_SECRET_KEYS})"\s*:\s*)("(?:[^"\\]|\\.)+"|\d+)', re.IGNORECASE)
_BY_TAG = re.compile(rf"<({_SECRET_KEYS})>[^<]+</", re.IGNORECASE)

# As a text, an element, or a part of either: 122000000001EIM1, https://122000000001.local.
_SERIAL_NUMBER = re.compile(r'(?<=["/>])\d{12}(?=(?:EIM\d+)?["/<.])')
_MAC = re.compile(r"(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:])")
_EUI64 = re.compile(r'(?<=")[0-9A-Fa-f]{16}(?=")')
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])(?=[\"/:<])")


def redacted(text: str, redactor: Redactor) -> str:
    """`text` without what opens a device or a network: what the rig knows, what looks like it, and
    what is called so; the JSON stays JSON.
    """
    text = _BY_NAME.sub(lambda found: f'{found[1]}"{HIDDEN}"', text)
    text = _BY_TAG.sub(lambda found: f"<{found[1]}>{HIDDEN}</", text)
    return redactor.scrub(text)


class Anonymous:
    """Other serial numbers, MACs and addresses for those of a site; each always gets the same."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], str] = {}

    def text(self, text: str) -> str:
        """`text` with the others in it."""
        for pattern, kind, form in (
            (_SERIAL_NUMBER, "serial number", "990000{:06}"),
            (_EUI64, "EUI-64", "02000000{:08X}"),
            (_MAC, "MAC", "02:00:00:00:00:{:02x}"),
            (_ADDRESS, "address", "192.0.2.{}"),
        ):
            text = pattern.sub(self._other(kind, form), text)
        return text

    def serial_number(self, serial_number: str) -> str:
        """The other one of this device."""
        return self.text(f'"{serial_number}"').strip('"')

    def _other(self, kind: str, form: str) -> "Callable[[re.Match[str]], str]":
        def replacement(found: re.Match[str]) -> str:
            if found[0] in self._given.values():
                return found[0]
            key = (kind, found[0].upper())
            if key not in self._given:
                number = sum(each == kind for each, _ in self._given) + 1
                self._given[key] = form.format(number)
            return self._given[key]

        return replacement
