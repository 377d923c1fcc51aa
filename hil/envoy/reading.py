"""From an answer to its meaning, or to the error that says whose turn it is."""

import json
import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from hil.envoy.shape import missing, wrong
from hil.errors import (
    NotAnEnvoy,
    NotAuthorized,
    NotOffered,
    Refused,
    Unavailable,
    Unintelligible,
)
from hil.evidence.redaction import HIDDEN, Redactor, hide_named
from hil.transports.http import Reply
from hil.vocabulary.identity import Firmware

M = TypeVar("M", bound=BaseModel)

BUSY = (502, 503, 504)
"""It is starting or overloaded: the same question may be answered later."""

SHOWN_IN_MESSAGE = 2000
"""Characters of a document that a message quotes; the error itself carries all of it."""
_PROBLEMS_SHOWN = 5

# Also one that is cut off in the middle, which has no form left to recognise it by.
_LINK_KEY = re.compile(r'("link_key"\s*:\s*")[^"]*')


def read(
    model: type[M], reply: Reply, *, firmware: Firmware, gateway: str, redactor: Redactor
) -> M:
    """The document in `reply`, whatever its status, with all that `firmware` has to say.

    Raises:
        Unintelligible: no JSON, or not of this shape; names each field, quotes the document.
    """
    try:
        document = model.model_validate_json(reply.text, context={"text": reply.text})
    except ValidationError as error:
        found = [str(each) for each in wrong(error, as_json(reply.text))]
        # Without the cause: pydantic's own message would be longer and say less.
        raise unintelligible(reply, found, gateway=gateway, redactor=redactor) from None
    if absent := [str(each) for each in missing(model, as_json(reply.text), firmware)]:
        raise unintelligible(reply, absent, gateway=gateway, redactor=redactor)
    return document


def as_json(text: str) -> object:
    """What `text` says; None where it is no JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def accept(
    reply: Reply,
    *,
    gateway: str,
    redactor: Redactor,
    why: Callable[[], str] = lambda: "Suspect the token or the password, or its role",
) -> None:
    """Return for a 2xx answer that is the gateway's.

    Raises:
        NotAuthorized: 401; `why` then says what to suspect.
        Unavailable: 502, 503, 504.
        NotOffered: 404, 405, or a redirect to some page.
        Refused: any other 4xx or 5xx, with status and body.
        NotAnEnvoy: a page for people, or only a redirect to https.
    """
    status, tried = reply.status, _tried(reply, gateway)
    if 200 <= status < 300 and not _is_page(reply):
        return
    shown = scrubbed(reply.text, redactor)
    if status == 401:
        raise NotAuthorized(f"{tried}: 401, not let in. {why()}")
    if status in BUSY:
        raise Unavailable(
            f"{tried}: {status}, the gateway is starting or overloaded, or the process behind "
            f"{_prefix(reply)} is down; ask again later, and look whether other paths answer"
        )
    if 300 <= status < 400:
        raise _redirect_error(reply, tried, shown)
    if status in (404, 405):
        raise NotOffered(
            f"{tried}: {status}{_explanation(shown)}; this firmware does not know "
            f"{'that' if status == 404 else 'the method'}, or there is nothing there now",
            status=status,
            body=shown,
        )
    if not 200 <= status < 300:
        raise Refused(f"{tried}: {status}{_explanation(shown)}", status=status, body=shown)
    raise NotAnEnvoy(
        f"{tried}: {status}, but a page for people came; suspect the address, a login page or a "
        f"proxy in between. It begins {shown.strip()[:200]!r}"
    )


def unintelligible(
    reply: Reply, found: list[str], *, gateway: str, redactor: Redactor
) -> Unintelligible:
    """The error for an answer with these problems; the first line names request and problem."""
    document = scrubbed(reply.text, redactor)
    more = len(found) - _PROBLEMS_SHOWN
    lines = [
        f"{_tried(reply, gateway)}: the answer ({reply.status}) cannot be understood: "
        f"{redactor.scrub(found[0])}",
        *(f"  also: {redactor.scrub(problem)}" for problem in found[1:_PROBLEMS_SHOWN]),
        *([f"  and {more} more"] if more > 0 else []),
        "the document:",
        document[:SHOWN_IN_MESSAGE] or "(empty)",
        *(["…"] if len(document) > SHOWN_IN_MESSAGE else []),
    ]
    return Unintelligible("\n".join(lines), document=document, problems=tuple(found))


def scrubbed(text: str, redactor: Redactor) -> str:
    """`text` without secrets, known to the rig or recognisable as such."""
    return redactor.scrub(_LINK_KEY.sub(rf"\1{HIDDEN}", hide_named(text)))


def _tried(reply: Reply, gateway: str) -> str:
    return f"{gateway}: {reply.method} {reply.url}"


def _explanation(shown: str) -> str:
    """What an error body says, in one line: `, "400 - Bad Request: no room"`."""
    try:
        body = json.loads(shown)
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    said = [str(body[key]) for key in ("err", "error", "msg") if body.get(key)]
    return f', "{": ".join(said)}"' if said else ""


def _redirect_error(reply: Reply, tried: str, shown: str) -> NotAnEnvoy | NotOffered:
    to = reply.headers.get("location", "")
    if to.startswith("https:") and urlsplit(reply.url).scheme == "http":
        return NotAnEnvoy(
            f"{tried}: {reply.status}, only a redirect to {to}. From firmware 7 on the interface "
            "is at https://; write so in the rig file, with certificate_sha256"
        )
    return NotOffered(
        f"{tried}: {reply.status}, a redirect to {to or 'nowhere'}, which is not followed: some "
        "firmware answers so where it knows nothing",
        status=reply.status,
        body=shown,
    )


def _is_page(reply: Reply) -> bool:
    start = reply.text.lstrip()[:15].lower()
    return "text/html" in reply.headers.get("content-type", "") or start.startswith(
        ("<!doctype html", "<html")
    )


def _prefix(reply: Reply) -> str:
    """`/ivp/zb/`: the gateway routes by it, so one process down fails one prefix."""
    steps = urlsplit(reply.url).path.split("/")
    return "/".join(steps[:3]) + "/" if len(steps) > 3 else urlsplit(reply.url).path
