"""Tokens, and the sessions they buy: the way in of firmware 7 and later."""

import secrets
from dataclasses import dataclass, replace
from http.cookies import CookieError, SimpleCookie

from hil.simulator import generations
from hil.simulator.access.refusals import no_token
from hil.simulator.access.roles import Role
from hil.simulator.access.tokens import Claims, claims_of
from hil.simulator.gateway import Gateway
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.site_file import GatewayTruth
from hil.simulator.world import World

CHECK_JWT = "/auth/check_jwt"
COOKIE = "sessionId"

_VALID = b"<!DOCTYPE html><h2>Valid token.</h2>\n"
"""Real clients compare this text, not only the status."""


@dataclass(slots=True)
class Session:
    """What a token has bought. It ends when it is not used, and with the gateway's power."""

    role: Role
    jti: str
    used_s: float
    booted_unix: int | None


class TokenAccess:
    """First the cookie of a session, then the token: the order of the public documentation."""

    def __init__(
        self, world: World, truth: GatewayTruth, *, gateway: Gateway, public_pem: bytes
    ) -> None:
        self._world, self._truth, self._gateway = world, truth, gateway
        self._public_pem = public_pem
        self._sessions: dict[str, Session] = {}

    def check(self, request: Request, needed: Role) -> Answer | None:
        if request.path == CHECK_JWT:
            return self._check_jwt(request)
        if needed is Role.NOBODY:
            return None
        if (session := self._session(request)) is not None and session.role >= needed:
            session.used_s = self._world.now_s
            return None
        claims = self._claims(request)
        any_role = self._world.has_defect("any-role-will-do")
        if claims is not None and (claims.role >= needed or any_role):
            return None
        return no_token(self._gateway.firmware)

    def stamped(self, request: Request, answer: Answer) -> Answer:
        """From 8.3.5289 on with a cookie on every answer to somebody who has shown a token."""
        if not generations.COOKIE_ON_EVERY_REPLY.of(self._gateway.firmware):
            return answer
        claims = self._claims(request)
        return answer if claims is None else self._with_cookie(answer, claims)

    def _check_jwt(self, request: Request) -> Answer:
        claims = self._claims(request)
        if claims is None:
            return no_token(self._gateway.firmware)
        return self._with_cookie(Answer(200, _VALID, "text/html"), claims)

    def _with_cookie(self, answer: Answer, claims: Claims) -> Answer:
        name = self._session_of(claims)
        cookie = f"{COOKIE}={name}; Secure; HttpOnly; path=/"
        return replace(answer, headers=(*answer.headers, ("Set-Cookie", cookie)))

    def _session_of(self, claims: Claims) -> str:
        """One session for each token. Source: public documentation, which ties them to `jti`."""
        self._sessions = {
            name: session for name, session in self._sessions.items() if self._lives(session)
        }
        for name, session in self._sessions.items():
            if session.jti == claims.jti:
                session.used_s = self._world.now_s
                return name
        name = secrets.token_urlsafe(24)
        self._sessions[name] = Session(
            claims.role, claims.jti, self._world.now_s, self._gateway.booted_unix
        )
        return name

    def _session(self, request: Request) -> Session | None:
        try:
            shown = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return None
        session = self._sessions.get(shown.value) if shown is not None else None
        return session if session is not None and self._lives(session) else None

    def _lives(self, session: Session) -> bool:
        idle_s = self._world.now_s - session.used_s
        never_ends = self._world.has_defect("session-never-ends")
        return (
            idle_s < self._world.assumptions.gateway.session_idle_s or never_ends
        ) and session.booted_unix == self._gateway.booted_unix

    def _claims(self, request: Request) -> Claims | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        defective = self._world.has_defect
        return claims_of(
            token.strip(),
            public_pem=self._public_pem,
            serial_number=self._truth.serial_number,
            now_unix=0.0 if defective("ended-token-accepted") else self._world.unix_time,
            looks_at_the_signature=not defective("signature-not-looked-at"),
        )
