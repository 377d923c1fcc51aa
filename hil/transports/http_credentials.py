"""How `requests` shows who asks."""

from typing import Any

import requests
from requests.auth import AuthBase, HTTPDigestAuth

from hil.evidence.timeline import Timeline
from hil.transports.http_auth import Auth, Bearer, Digest, NoAuth, Session
from hil.vocabulary.secret import Secret


class _TolerantDigest(HTTPDigestAuth):
    """Digest to whoever asks for it; firmware 3.9.36 sends challenges that nobody can read."""

    def handle_401(self, r: requests.Response, **kwargs: Any) -> requests.Response:
        challenge = r.headers.get("www-authenticate", "")
        if "realm=" not in challenge or "nonce=" not in challenge:
            return r
        answer = super().handle_401(r, **kwargs)  # type: ignore[no-untyped-call]
        assert isinstance(answer, requests.Response)
        return answer


class _BearerAuth(AuthBase):
    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return r


class _CookieAuth(AuthBase):
    def __init__(self, session: Session) -> None:
        self._session = session

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Cookie"] = f"{self._session.name}={self._session.value.reveal()}"
        return r


def for_requests(auth: Auth, timeline: Timeline) -> AuthBase | None:
    """For a session of it; what it shows is masked on the timeline from now on."""
    match auth:
        case Digest(user, password):
            timeline.redactor.learn(password)
            return _TolerantDigest(user, password.reveal())
        case Bearer(token):
            timeline.redactor.learn(token)
            return _BearerAuth(token)
        case Session(value=value):
            timeline.redactor.learn(value)
            return _CookieAuth(auth)
        case NoAuth():
            return None
