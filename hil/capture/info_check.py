"""What `/info` says, and what of it nobody here knows: XML, so its places are those of XPath."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree

from hil.envoy.info_page import parse_info
from hil.envoy.shape import Difference, Kind
from hil.errors import Unintelligible
from hil.evidence.redaction import Redactor
from hil.transports.http import Reply

FIRMWARE_IN = re.compile(r"\d+(?:\.\d+)+")
"""A version in whatever stands around it."""

_ROOT = "envoy_info"
_CHILDREN: Mapping[str, frozenset[str] | None] = {
    "time": frozenset(),
    "device": frozenset(["sn", "pn", "software", "euaid", "seqnum", "apiver", "imeter"]),
    "web-tokens": frozenset(),
    "package": frozenset(["pn", "version", "build"]),
    "build_info": None,  # each kind of build has written something else
}


def info_differences(text: str) -> list[Difference]:
    """How it differs from every `/info` seen.

    Raises:
        ValueError: no XML, or not of a gateway; says which.
    """
    try:
        root = ElementTree.fromstring(text.strip().encode())
    except ElementTree.ParseError as error:
        raise ValueError(f"no XML: {error}") from None
    if root.tag != _ROOT:
        raise ValueError(f"XML, but of {root.tag!r} and not of {_ROOT!r}")
    found: dict[Difference, None] = {}
    for child in root:
        if child.tag not in _CHILDREN:
            found[Difference(Kind.UNKNOWN, f"/{_ROOT}/{child.tag}")] = None
            continue
        known = _CHILDREN[child.tag]
        for inner in child if known is not None else ():
            if inner.tag not in (known or ()):
                found[Difference(Kind.UNKNOWN, f"/{_ROOT}/{child.tag}/{inner.tag}")] = None
    reply = Reply("GET", "/info", 200, {}, text, 0.0)
    try:
        parse_info(reply, gateway="", redactor=Redactor())
    except Unintelligible as error:
        for problem in error.problems:
            place, _, why = problem.partition(": ")
            kind = Kind.CHANGED if why else Kind.MISSING
            element, _, bound = place.partition(" missing")
            found[Difference(kind, f"/{_ROOT}/{element}", why or bound.strip(" ()"))] = None
    return list(found)
