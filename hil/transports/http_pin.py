"""The one certificate that a gateway may show."""

import re
from urllib.parse import urlsplit

from hil.errors import SuiteError

_SHA256 = re.compile(r"[0-9a-f]{64}")


def fingerprint_of_rig_file(url: str, certificate_sha256: str | None) -> str | None:
    """The fingerprint to hold `url` to as 64 hexadecimal digits; None for plain http.

    Gateways sign their certificate themselves, so there is nobody to ask whether it is theirs:
    without a fingerprint https would prove nothing, and is refused.

    Raises:
        SuiteError: https without a fingerprint, http with one, or a text that is none.
    """
    parts = urlsplit(url)
    if parts.scheme == "http":
        if certificate_sha256 is not None:
            raise SuiteError(
                f"{url}: certificate_sha256 is given, but plain http shows no certificate; write "
                "https:// or take it out"
            )
        return None
    if certificate_sha256 is None:
        raise SuiteError(
            f"{url}: https needs certificate_sha256, the fingerprint of the gateway's own "
            f"certificate. Get it on a network you trust: {how_to_get_it(url)}"
        )
    pin = certificate_sha256.replace(":", "").replace(" ", "").lower()
    if not _SHA256.fullmatch(pin):
        raise SuiteError(
            f"{url}: certificate_sha256 {certificate_sha256!r} is no SHA-256 fingerprint (64 "
            f"hexadecimal digits, colons allowed). Get it by: {how_to_get_it(url)}"
        )
    return pin


def how_to_get_it(url: str) -> str:
    """The command that prints the fingerprint of the certificate shown at `url`."""
    parts = urlsplit(url)
    return (
        f"openssl s_client -connect {parts.hostname}:{parts.port or 443} </dev/null 2>/dev/null"
        " | openssl x509 -noout -fingerprint -sha256"
    )
