"""Why the gateway did not let us in. It says the same 401 to everything; what can be known besides is
what the token says of itself, and whether the gateway takes it at all.
"""

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from hil.transports.http import Reply
from hil.transports.http_auth import Auth, Bearer, Digest, NoAuth, Session
from hil.vocabulary.secret import Secret

CHECK_JWT = "/auth/check_jwt"
"""Answers 200 to any token that is good, whatever its role."""

# Source: public reports of what an owner's token opens. That the gateway's own pages use an
# installer session for the rest is known, the lowest role that would do is not.
_BEYOND_AN_OWNER = (
    "/ivp/peb/",
    "/ivp/zb/",
    "/ivp/adc/",
    "/ivp/grest/",
    "/ivp/firmware_manager/",
    "/ivp/ens_rest/",
    "/installer/",
)

_LAST_TIME = 250_000_000_000
"""UNIX seconds. What is later has no date."""

_BY_TOKEN = "write envoy.auth: {bearer: …} with a token"
_BY_USER = "write envoy.auth: {digest: …} with a user and a password"


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a token says of itself, unproven; None: nothing."""

    audience: str | None
    """The serial number of its gateway."""
    until: float | None
    """UNIX seconds."""
    user: str | None
    """`owner` or `installer`."""


def claims_of(token: Secret) -> TokenClaims | None:
    """What a token says of itself; None where it is none."""
    with suppress(ValueError, IndexError):
        payload = token.reveal().split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if isinstance(said, dict):
            whose, until, user = said.get("aud"), said.get("exp"), said.get("enphaseUser")
            return TokenClaims(
                audience=whose if isinstance(whose, str) else None,
                until=_time(until),
                user=user if isinstance(user, str) else None,
            )
    return None


def _time(said: object) -> float | None:
    if not isinstance(said, int | float) or isinstance(said, bool) or not 0 <= said < _LAST_TIME:
        return None
    return float(said)


def made_for_another(claims: TokenClaims, serial_number: str | None) -> bool:
    """Whether it names another gateway; that of one not commissioned yet has a word there."""
    whose = claims.audience
    return bool(whose and whose.isdecimal() and serial_number and whose != serial_number)


def why_not(
    reply: Reply,
    auth: Auth,
    *,
    serial_number: str | None,
    takes_the_token: Callable[[], bool | None],
) -> str:
    """What to suspect of a 401. `takes_the_token` asks the gateway, where nothing else tells."""
    wants_a_user = reply.headers.get("www-authenticate", "").lower().startswith("digest")
    match auth:
        case NoAuth():
            wanted = _BY_USER if wants_a_user else f"{_BY_TOKEN} (firmware 7 and later)"
            return f"The rig file has no way in (envoy.auth: none), and this gateway wants one: {wanted}"
        case Digest(user) if wants_a_user:
            return (
                f"It does not take user {user!r} with the rig file's password: suspect the password (that of "
                "envoy ends the serial number), or a path that takes user installer"
            )
        case Digest():
            return f"It does not ask for a user and a password; from firmware 7 on {_BY_TOKEN}"
        case Session():
            return (
                "The session has ended, or its role is too weak: one that is not used for ten minutes ends; "
                f"a token buys another at {CHECK_JWT}"
            )
        case Bearer() if wants_a_user:
            return f"It asks for a user and takes no tokens; before firmware 7 {_BY_USER}"
        case Bearer(token):
            return _why_no_token(reply, claims_of(token), serial_number, takes_the_token)


def _why_no_token(
    reply: Reply,
    claims: TokenClaims | None,
    serial_number: str | None,
    takes_the_token: Callable[[], bool | None],
) -> str:
    if claims is None:
        return "What envoy.auth.bearer of the rig file points to is no token: a JWT has three parts"
    if made_for_another(claims, serial_number):
        return f"The token was made for gateway {claims.audience}, and this is {serial_number}"
    now = _clock(reply)
    if claims.until is not None and now is not None and claims.until <= now:
        return f"The token ended on {_when(claims.until)} (it is {_when(now)} for the gateway): get a new one"
    is_taken = takes_the_token()
    if is_taken:
        return f"It takes the token elsewhere ({CHECK_JWT}), so the role is too weak: {_role(reply, claims)}"
    if is_taken is None:
        return f"Suspect the token, or its role: {_role(reply, claims)}"
    lasts = f" until {_when(claims.until)}" if claims.until is not None else ""
    return (
        f"It takes this token nowhere ({CHECK_JWT} refuses it too), although it says that it is good for this "
        f"gateway{lasts}: suspect one that is cut off or was signed by somebody else, or a gateway that was reset"
    )


def _role(reply: Reply, claims: TokenClaims) -> str:
    whose = f"the token is that of user {claims.user!r}" if claims.user else "the token names none"
    path = urlsplit(reply.url).path
    if path.startswith(_BEYOND_AN_OWNER):
        return f"{whose}, and {path} is not for every owner; try an installer's"
    return f"{whose}; an owner's opens this, except on early firmware 7 (7.3.130), and most reads"


def _clock(reply: Reply) -> float | None:
    """The gateway's, when it answered: the Date header."""
    with suppress(ValueError, TypeError):
        return parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
    return None


def _when(unix_s: float) -> str:
    return f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m-%d %H:%M} UTC"
