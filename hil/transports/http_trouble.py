"""Why no answer came, in words for the person at the bench."""

import errno
import http.client
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    ProtocolError,
    ReadTimeoutError,
)

from hil.transports.curl import CurlTrouble
from hil.transports.http_pin import how_to_get_it

_DROPPED = (
    http.client.RemoteDisconnected,
    ConnectionResetError,
    ConnectionAbortedError,
    BrokenPipeError,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
)
_SAFE = ("GET", "HEAD")
_NO_ROUTE = (errno.EHOSTUNREACH, errno.ENETUNREACH)


def was_dropped(error: Exception) -> bool:
    """Whether the other side closed a connection on which it had been asked something."""
    return any(isinstance(cause, _DROPPED) for cause in _causes(error))


def shows_another_certificate(error: Exception) -> bool:
    """Whether who answers there has not the certificate that it must have."""
    return any("Fingerprints did not match" in str(cause) for cause in _causes(error))


def trouble(method: str, url: str, error: Exception, *, limits_s: tuple[float, float]) -> str:
    """What was tried, what happened, what to suspect. `limits_s`: connect, read, in wall time."""
    what, may_have_arrived = _finding(url, error, limits_s)
    if may_have_arrived and method not in _SAFE:
        what += f". The {method} may or may not have been carried out; it was not sent again"
    return f"{method} {url}: {what}"


def _finding(url: str, error: Exception, limits_s: tuple[float, float]) -> tuple[str, bool]:
    """The finding, and whether the request may have reached the other side."""
    causes = list(_causes(error))
    parts = urlsplit(url)
    connect_s, read_s = limits_s

    def caused_by(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    for cause in causes:
        if isinstance(cause, CurlTrouble):
            return str(cause), cause.may_have_arrived
    if shows_another_certificate(error):
        return (
            "the certificate shown there is not the one of the rig file (certificate_sha256), so "
            "nothing was sent. Suspect another device at this address, or a gateway that made a "
            "new certificate (factory reset, firmware update). If you trust the network, look: "
            + how_to_get_it(url),
            False,
        )
    if caused_by(NameResolutionError):
        return f"nobody knows a host {parts.hostname!r}; suspect a typo, or the name server", False
    if caused_by(ConnectionRefusedError):
        return (
            "connection refused; suspect the port, or a gateway that is starting (its pages come "
            "up minutes after the network)",
            False,
        )
    if any(isinstance(cause, OSError) and cause.errno in _NO_ROUTE for cause in causes):
        return "no route to it; suspect the address, the cable, or this PC's network", False
    if caused_by(ConnectTimeoutError):
        return (
            f"no connection in {connect_s:g} s; suspect the address, the cable, or a gateway "
            "without power",
            False,
        )
    if caused_by(ReadTimeoutError, TimeoutError):
        return (
            f"connected, but no answer in {read_s:g} s; suspect a gateway under load (its slow "
            "pages, the minutes after 23:00) or one process of it that hangs",
            True,
        )
    if any(isinstance(cause, ProtocolError) and _broke_off(cause) for cause in causes):
        return (
            "the answer broke off in the middle; suspect a gateway that restarts, or the network",
            True,
        )
    if was_dropped(error):
        return (
            "the connection was dropped before an answer came; suspect a gateway that restarts, "
            "or a process of it that crashed",
            True,
        )
    if caused_by(http.client.BadStatusLine, http.client.UnknownProtocol):
        return "what came back is not HTTP; suspect the port, or https spoken there", True
    if caused_by(ssl.SSLError):
        return (
            f"no TLS there ({error}); suspect that this port speaks plain http, as firmware before 7 does: "
            "the rig file's url then begins with http://",
            False,
        )
    if caused_by(ProtocolError, http.client.HTTPException):
        return (
            "the answer broke off in the middle; suspect a gateway that restarts, or the network",
            True,
        )
    return f"{type(error).__name__}: {error}", True


def _broke_off(error: ProtocolError) -> bool:
    """Whether it happened to a body; urllib3 tells it from other broken connections by words only."""
    return str(error.args[0] if error.args else "").startswith(
        ("Connection broken", "IncompleteRead")
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it was made from, wherever requests and urllib3 keep it."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
