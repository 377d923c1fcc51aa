"""How a rig file writes names, addresses and fingerprints, and what to write instead."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

_RIG_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MAC = re.compile(r"[0-9A-F]{14}(?:[0-9A-F]{2})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HOST_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")

THROUGH_SHELL = "shell"
"""In place of a gateway's url: its interface is asked from its own shell."""


def _rig_name(text: str) -> str:
    if not _RIG_NAME.fullmatch(text):
        raise ValueError(
            f"{text!r} cannot name folders and locks; use letters, digits, '.', '_' and '-'"
        )
    return text


def _gateway_url(text: str) -> str:
    if text == THROUGH_SHELL:
        return text
    try:
        url = urlsplit(text)
        usable = url.scheme in ("http", "https") and url.hostname and url.port != 0
    except ValueError:  # a port beyond 65535, a bracket that does not close
        usable = False
    if not usable:
        raise ValueError(
            "this is no address of a gateway; write https://HOST or http://HOST, "
            "with :PORT behind it where it is not the usual one"
        )
    if url.username or url.password:
        raise ValueError("user and password do not belong in the url; write them under auth")
    if url.path or url.query or url.fragment:
        raise ValueError(
            f"only the gateway's address is wanted, without a path: {url.scheme}://{url.netloc}"
        )
    return text


def _fingerprint(text: str) -> str:
    digits = text.replace(":", "").lower()
    if not _SHA256.fullmatch(digits):
        raise ValueError(
            f"64 hexadecimal digits are wanted (colons may stand between), "
            f"there are {len(digits)} characters"
        )
    return digits


def _host_key(text: str) -> str:
    if not _HOST_KEY.fullmatch(text.rstrip("=")):
        raise ValueError(
            "the fingerprint of a host key is wanted, SHA256: and 43 characters; get it on a line you "
            "trust with: ssh-keyscan -t ed25519 HOST | ssh-keygen -lf -"
        )
    return text.rstrip("=")


def _host(text: str) -> str:
    try:
        url = urlsplit(f"ssh://{text}")
        usable = bool(url.hostname) and url.port != 0 and url.netloc == text and "@" not in text
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{text!r} is no address; write HOST or HOST:PORT")
    return text


def host_and_port(address: str, usual: int) -> tuple[str, int]:
    """Both parts of a `HostAddress`."""
    url = urlsplit(f"ssh://{address}")
    return url.hostname or address, url.port or usual


def _mac(text: str) -> str:
    # 14 digits stand in the interface page's own example, and are accepted as they come.
    if not _MAC.fullmatch(text.upper()):
        raise ValueError(
            f"{text!r} is no Zigbee MAC; 16 hexadecimal digits without separators are wanted"
        )
    return text.upper()


def _port(text: str) -> str:
    if text.startswith(("rfc2217://", "socket://")):
        try:
            reachable = bool(urlsplit(text).hostname and urlsplit(text).port)
        except ValueError:
            reachable = False
    else:
        reachable = text.startswith("/") and len(text) > 1
    if not reachable:
        raise ValueError(
            f"{text!r} is no serial port; write /dev/serial/by-id/NAME, /dev/NAME, "
            "rfc2217://HOST:PORT or socket://HOST:PORT"
        )
    return text


def _control(text: str) -> str:
    if not text.startswith("unix:/"):
        raise ValueError("the simulator's control socket is wanted: unix:/PATH")
    return text


RigName = Annotated[str, AfterValidator(_rig_name)]
"""What `--rig` and the folders of its runs are named after."""

GatewayUrl = Annotated[str, AfterValidator(_gateway_url)]
"""`https://HOST[:PORT]`, `http://HOST[:PORT]`, or `shell`."""

Fingerprint = Annotated[str, AfterValidator(_fingerprint)]
"""SHA-256 of a certificate; read as 64 lower-case digits without colons."""

HostKey = Annotated[str, AfterValidator(_host_key)]
"""SHA-256 of an SSH host key: `SHA256:` and base64."""

HostAddress = Annotated[str, AfterValidator(_host)]
"""`HOST` or `HOST:PORT`."""

ZigbeeMac = Annotated[str, AfterValidator(_mac)]
"""EUI-64; read as upper case."""

SerialPort = Annotated[str, AfterValidator(_port)]
"""A device file, or a serial port over TCP."""

ControlSocket = Annotated[str, AfterValidator(_control)]
"""`unix:/PATH`."""
