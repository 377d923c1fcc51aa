"""What a line sounds like when it is listened to at another baud rate than the device speaks at."""

import re

RATES = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
"""What serial consoles are usually set to."""

ENOUGH_BYTES = 4
"""Fewer may be a glitch, as when a device is switched on."""

ENOUGH_ERRORS = 16

NO_TEXT_SHARE = 0.3
"""A console in order says text; a reset gives a few odd bytes, a wrong rate mostly such."""

_TEXT = frozenset(range(0x20, 0x7F)) | frozenset(b"\a\b\t\n\r\x1b")
# One run of 0 and one of 1 from the start bit on: a bit of the sender lasts several of ours.
_STRETCHED = frozenset((0xFF << zeros) & 0xFF for zeros in range(9)) | frozenset(
    0xFF >> ones for ones in range(9)
)


def another_rate(heard: bytes, *, baud: int | None, framing_errors: int = 0) -> str | None:
    """Why the last bytes that were heard look like another baud rate, and what to try; or None.

    `framing_errors` is how many of them the driver has counted, where it counts.
    """
    odd = bytes(byte for byte in _without_utf8(heard) if byte not in _TEXT)
    enough = len(heard) >= ENOUGH_BYTES
    no_text = len(odd) / len(heard) if heard else 0.0
    if not (enough and no_text >= NO_TEXT_SHARE) and framing_errors < ENOUGH_ERRORS:
        return None
    signs = [f"{no_text:.0%} of the last {len(heard)} bytes are no text"] if heard else []
    if framing_errors:
        signs.append(f"the driver counts {framing_errors} framing errors")
    return f"{' and '.join(signs)}: looks like another baud rate (try {_to_try(heard, baud)})"


def rate_in(label: str) -> int | None:
    """The rate in a line's label: `/dev/ttyUSB3 at 115200 baud`."""
    found = re.search(r" at (\d+) baud", label)
    return int(found[1]) if found else None


def _without_utf8(heard: bytes) -> bytes:
    """What is left when whole characters beyond ASCII are taken out: those are text."""
    text = heard.decode("utf-8", errors="surrogateescape")
    kept = "".join(each for each in text if each < "\x80" or "\udc80" <= each <= "\udcff")
    return kept.encode("utf-8", errors="surrogateescape")


def _to_try(heard: bytes, baud: int | None) -> str:
    lower = [rate for rate in RATES if baud is None or rate < baud]
    higher = [rate for rate in RATES if baud is not None and rate > baud]
    stretched = sum(byte in _STRETCHED for byte in heard)
    is_slower = heard and stretched / len(heard) > 0.8
    first, then = (lower[::-1], higher) if is_slower else (higher, lower[::-1])
    return ", ".join(map(str, [*first, *then][:4]))
