"""A request to the simulated Envoy and its answer, before and after the wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic_core import to_json


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked. `query` keeps the last of repeated keys."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Names in lower case. They hold credentials."""
    target: str = ""
    """The request line's, as it was sent: a digest is made over it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. Native `/ivp` answers carry no Content-Type at all (captured)."""

    status: int
    body: bytes
    content_type: str | None = None
    location: str | None = None
    """Where a redirect leads."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Those of this answer alone."""
    closes: bool = False
    """The connection is closed after it."""
    is_bare: bool = False
    """Without the security headers that every other answer of its firmware has."""
    is_chunked: bool = False
    """Its length is not told beforehand."""


def document(body: object, status: int = 200) -> Answer:
    """A JSON answer as the native processes print it: 4 spaces, no newline at the end."""
    # Not json: to indent, it leaves its C encoder, which cost half of what an answer did.
    return Answer(status, to_json(body, indent=4))


NOT_ROUTED = Answer(
    404, b'{ "error" : "404 - Not Found" }\n', "application/json; charset=ISO-8859-4"
)
"""Firmware before 7, where no process answers (captured)."""

NOTHING_THERE = Answer(404, b' { "err": "404 - Not Found" }\n')
"""Firmware before 7, where a process answers and has nothing (captured)."""


def refusal(status: int, msg: str = "") -> Answer:
    """An error of the native processes of firmware 7 and later (captured for 404 and 405)."""
    reason = {
        400: "Bad Request",
        404: "Not Found",
        405: "Method Not Allowed",
        500: "Internal Server Error",
        504: "Gateway Timeout",
    }[status]
    text = {"err": f"{status} - {reason}"} | ({"msg": msg} if msg else {})
    return Answer(status, json.dumps(text).encode())
