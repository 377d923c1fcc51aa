"""Requests to a gateway, and nothing else."""

import io
import json as json_text
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from hil.clock import Clock
from hil.errors import RigError, Silent, SuiteError, Unreachable, WrongCertificate
from hil.evidence.redaction import hide_named
from hil.evidence.timeline import Kind, Timeline
from hil.transports.curl import Curl, CurlTrouble
from hil.transports.http_auth import Auth, NoAuth
from hil.transports.http_credentials import for_requests
from hil.transports.http_pin import fingerprint_of_rig_file
from hil.transports.http_records import body_text, shown_headers, size
from hil.transports.http_trouble import shows_another_certificate, trouble, was_dropped
from hil.transports.shell import Shell
from hil.vocabulary.secret import Secret

CONNECT_LIMIT_S = 10.0
"""How long a connection may take, in wall seconds: networks do not know rig time."""

READ_LIMIT_S = 60.0
"""How long a gateway may stay silent, in rig seconds. Real clients wait 45 s and more."""

WALL_FLOOR_S = 10.0
"""However fast rig time runs, so much wall time is always given to an answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Its text may hold keys, so printing a reply does not show it."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case; session cookies hidden."""
    text: str = field(repr=False)
    took_s: float
    """Rig seconds."""
    cookies: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    """That it has set, by name."""


class Http:
    """One gateway's HTTP interface. Any status is an answer; only a missing answer is an error.

    Each exchange is on the timeline, both halves of a digest exchange too. The clock settles
    before each request and after each answer. A GET is sent once more when the connection that
    was kept alive for it turns out to be dead; nothing else is ever sent twice.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clock: Clock,
        timeline: Timeline,
        auth: Auth = NoAuth(),  # noqa: B008  frozen and empty
        certificate_sha256: str | None = None,
        wire: str = "envoy http",
        read_limit_s: float = READ_LIMIT_S,
        connect_limit_s: float = CONNECT_LIMIT_S,
        wall_floor_s: float = WALL_FLOOR_S,
        through: Shell | None = None,
    ) -> None:
        """Nothing is sent yet. `read_limit_s` is rig time, the two others are wall time.

        `through` a shell of the gateway curl asks there; `base_url` is that of its loopback then.

        `certificate_sha256` is the fingerprint of the only certificate that is accepted; the
        gateway's host name and the expiry of its self-signed certificate are not looked at.

        Raises:
            SuiteError: the URL is no gateway's address, or https lacks its fingerprint.
        """
        self.base_url = _checked(base_url)
        self.clock, self.timeline, self.auth = clock, timeline, auth
        self._connect_limit_s = connect_limit_s
        self.read_limit_wall_s = max(wall_floor_s, read_limit_s / clock.speed)
        self._of_somebody_else: Callable[..., Http] = partial(
            Http,
            base_url,
            clock=clock,
            timeline=timeline,
            certificate_sha256=certificate_sha256,
            wire=wire,
            read_limit_s=read_limit_s,
            connect_limit_s=connect_limit_s,
            wall_floor_s=wall_floor_s,
            through=through,
        )
        pin = fingerprint_of_rig_file(self.base_url, certificate_sha256)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = "hil"
        # Every request proves itself. A session cookie of an earlier answer would decide instead,
        # and expire in the middle of a test.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.auth = for_requests(auth, timeline)
        self._session.verify = False  # the fingerprint is checked instead, and more strictly
        curl = None if through is None else _CurlInPlace(through, limit_s=read_limit_s)
        adapter = _RecordingAdapter(clock, timeline, wire=wire, pin=pin, curl=curl)
        self._session.mount(f"{self.base_url}/", adapter)
        self._adapter, self._wire, self.certificate_sha256 = adapter, wire, pin

    def let_in_by(self, auth: Auth) -> "Http":
        """The same gateway for somebody else, on a connection of its own; the caller closes it."""
        return self._of_somebody_else(auth=auth)

    def divert(self, address: str | None) -> None:
        """From here on connect to `address` (host and port, plain HTTP) instead; None: directly again.

        For a fault of the wire, that stands in between. Requests name the gateway all the same.

        Raises:
            SuiteError: there is no such wire, the gateway is asked through its own shell.
        """
        if self._adapter.is_asked_from_within:
            raise SuiteError(
                f"{self.base_url}: the gateway is asked through its own shell; there is no wire to make bad"
            )
        self._adapter.divert(address)

    def get(self, path: str, *, query: Mapping[str, str | int] | None = None) -> Reply:
        """Ask.

        Raises:
            Unreachable: no answer came.
            WrongCertificate: it is not the gateway of the rig file; nothing was sent.
        """
        return self._ask("GET", path, query)

    def post(
        self,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        json: object = None,
        raw: str | bytes | None = None,
    ) -> Reply:
        """Send `json` (a `Secret` in it is revealed), or `raw` as it is, or nothing.

        Raises:
            Unreachable: no answer came; it may or may not have been carried out.
            WrongCertificate: as `get`.
        """
        return self._ask("POST", path, query, json=json, raw=raw)

    def put(
        self,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        json: object = None,
        raw: str | bytes | None = None,
    ) -> Reply:
        """As `post`."""
        return self._ask("PUT", path, query, json=json, raw=raw)

    def delete(self, path: str, *, query: Mapping[str, str | int] | None = None) -> Reply:
        """Delete. Raises `Unreachable` when no answer came: it may have been carried out."""
        return self._ask("DELETE", path, query)

    def send(self, method: str, path: str, body: bytes) -> Reply:
        """Any method with any bytes. Raises `Unreachable` as `post`."""
        return self._ask(method, path, None, raw=body)

    def close(self) -> None:
        """Let go of the connection. Closing twice is fine."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        *,
        json: object = None,
        raw: str | bytes | None = None,
    ) -> Reply:
        # The gateway separates serial numbers by a plain comma, as its interface page has it.
        url = self.base_url + path + (f"?{urlencode(query, safe=',:')}" if query else "")
        headers: dict[str, str] = {}
        body = raw.encode() if isinstance(raw, str) else raw
        if json is not None:
            body = json_text.dumps(json, default=self._revealed).encode()
            headers["Content-Type"] = "application/json"
        limits_s = (self._connect_limit_s, self.read_limit_wall_s)
        started_s = self.clock.now()
        try:
            response = self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=limits_s,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            message = trouble(method, url, error, limits_s=limits_s)
            self.timeline.note(self._wire, Kind.TROUBLE, message)
            kind = _kind(error)
            raise kind(self.timeline.redactor.scrub(message)) from error
        return Reply(
            method=method,
            url=url,
            status=response.status_code,
            headers={
                name.lower(): value for name, value in shown_headers(response.headers).items()
            },
            text=body_text(response.content, response.headers.get("content-type", "")),
            took_s=self.clock.now() - started_s,
            cookies={each.name: Secret(each.value) for each in response.cookies if each.value},
        )

    def _revealed(self, value: object) -> str:
        if not isinstance(value, Secret):
            raise SuiteError(f"a request body must be JSON; {type(value).__name__} is not")
        self.timeline.redactor.learn(value)
        return value.reveal()


class _RecordingAdapter(HTTPAdapter):
    """Puts each exchange on the timeline, and revives a GET whose connection had died."""

    def __init__(
        self,
        clock: Clock,
        timeline: Timeline,
        *,
        wire: str,
        pin: str | None,
        curl: "_CurlInPlace | None",
    ) -> None:
        self._clock, self._timeline, self._wire, self._pin = clock, timeline, wire, pin
        self._curl = curl
        self._kept_alive = False
        self._diverted_to: str | None = None
        super().__init__(max_retries=0)

    @property
    def is_asked_from_within(self) -> bool:
        """Whether requests go by the gateway's own curl."""
        return self._curl is not None

    def divert(self, address: str | None) -> None:
        """As `Http.divert`; connections of before are let go of."""
        self._diverted_to, self._kept_alive = address, False
        self.close()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        keep_alive = (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        kwargs["socket_options"] = [*HTTPConnection.default_socket_options, keep_alive]
        if self._pin:
            kwargs |= {"assert_fingerprint": self._pin, "assert_hostname": False}
        super().init_poolmanager(*args, **kwargs)

    def close(self) -> None:
        # urllib3 leaves open connections to the garbage collector, which may keep them for long.
        for key in self.poolmanager.pools.keys():  # noqa: SIM118  no mapping, it cannot be iterated
            if (pool := self.poolmanager.pools.get(key)) is not None:
                pool.close()
        super().close()

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        was_kept_alive, self._kept_alive = self._kept_alive, False
        try:
            response = self._exchange(request, *args, **kwargs)
        except requests.ConnectionError as error:
            if not (was_kept_alive and request.method == "GET" and was_dropped(error)):
                raise
            self._timeline.note(
                self._wire,
                Kind.TROUBLE,
                f"GET {request.path_url}: the kept-alive connection was dropped before an answer "
                "came; asked once more",
            )
            response = self._exchange(request, *args, **kwargs)
        self._kept_alive = response.headers.get("connection", "").lower() != "close"
        return response

    def _exchange(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        self._clock.settle()
        self._timeline.note(
            self._wire,
            Kind.SENT,
            f"{request.method} {request.path_url}",
            headers=shown_headers(request.headers),
            body=hide_named(body_text(request.body or b"")),
        )
        started_s = self._clock.now()
        if self._curl is None:
            response = super().send(self._addressed(request), *args, **kwargs)
        else:
            response = self._curl.send(request)
        content = response.content
        self._clock.settle()
        self._timeline.note(
            self._wire,
            Kind.HEARD,
            f"{response.status_code}, {size(content)} in {self._clock.now() - started_s:.2f} s",
            headers=shown_headers(response.headers),
            body=hide_named(body_text(content, response.headers.get("content-type", ""))),
        )
        return response

    def _addressed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._diverted_to is None:
            return request
        diverted = request.copy()
        diverted.headers["Host"] = urlsplit(request.url or "").netloc
        diverted.url = f"http://{self._diverted_to}{request.path_url}"
        return diverted


class _CurlInPlace:
    """The gateway's own curl in place of a connection from here."""

    def __init__(self, shell: Shell, *, limit_s: float) -> None:
        self._curl, self._limit_s = Curl(shell), limit_s

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        body = request.body or b""
        assert isinstance(body, bytes)
        try:
            answer = self._curl.ask(
                str(request.method),
                request.path_url,
                headers={
                    name: value
                    for name, value in request.headers.items()
                    if name.lower() in ("content-type", "user-agent")
                },
                body=body,
                limit_s=self._limit_s,
            )
        except CurlTrouble as error:
            raise requests.ConnectionError(error) from error
        response = requests.Response()
        response.status_code, response.url = answer.status, str(request.url)
        response.headers.update(answer.headers)
        response.request, response.raw = request, io.BytesIO(answer.content)
        return response


def _kind(error: requests.RequestException) -> type[RigError]:
    if shows_another_certificate(error):
        return WrongCertificate
    return Silent if isinstance(error, requests.ReadTimeout) else Unreachable


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url)
    url = base_url.rstrip("/")
    if parts.scheme not in ("http", "https") or not parts.hostname or url.count("/") != 2:
        raise SuiteError(
            f"{base_url!r} is no gateway's address; write http://host:port or https://host"
        )
    return url
