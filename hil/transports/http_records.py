"""How an exchange is written down: sizes, bodies as text, headers without what opens a device."""

import re
from collections.abc import Mapping

_CHARSET = re.compile(r"charset=\"?([\w.-]+)")
_HIDDEN = "‹hidden›"
_DIGEST_RESPONSE = re.compile(r'response="[^"]*"')
_COOKIE_VALUE = re.compile(r"=[^;,]*", re.ASCII)


def size(content: bytes) -> str:
    """`29 B`, `1.8 kB`, `2.4 MB`."""
    if len(content) < 1000:
        return f"{len(content)} B"
    if len(content) < 1_000_000:
        return f"{len(content) / 1000:.1f} kB"
    return f"{len(content) / 1_000_000:.1f} MB"


def body_text(content: bytes | str, content_type: str = "") -> str:
    """A body as text: in the declared character set, else UTF-8; what fits neither shows as �."""
    if isinstance(content, str):
        return content
    declared = _CHARSET.search(content_type)
    try:
        return content.decode(declared[1] if declared else "utf-8", errors="replace")
    except LookupError:  # a character set that nobody here knows
        return content.decode("utf-8", errors="replace")


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as they may be written: credentials and session cookies hidden, the rest as is."""
    return {name: _shown(name.lower(), value) for name, value in headers.items()}


def _shown(name: str, value: str) -> str:
    if name == "authorization":
        if value.startswith("Digest "):
            return _DIGEST_RESPONSE.sub(f'response="{_HIDDEN}"', value)
        return f"{value.partition(' ')[0]} {_HIDDEN}"
    if name in ("cookie", "set-cookie"):
        return _COOKIE_VALUE.sub(f"={_HIDDEN}", value, count=1)
    return value
