"""Faults of the wire to a gateway: what stands between it and a client, on any rig."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus

from hil.clock import Clock
from hil.errors import SuiteError
from hil.evidence.timeline import Timeline
from hil.faults.fault import Fault, FaultsOn
from hil.faults.relay import Relay
from hil.transports.http import READ_LIMIT_S, Http

WHERE = "wire to the gateway"

FRONT_END = "openresty/1.17.8.1"
"""What serves a gateway's pages and says so where they fail: public reports."""

FRONT_END_FAILS = (500, 502, 503, 504)

LOGIN_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n"
    "<body><form action='/login' method='post'><input name='user'></form></body></html>\n"
)
"""A page for people where a document was asked for."""


@dataclass
class _Exchanges:
    """A fault of some exchanges: whose request line begins with `matching`, so many `times`."""

    matching: str
    times: int | None
    page: bytes | None = None
    """Answered in place of the gateway."""
    resets: bool = False
    hold_s: float = 0.0
    clock_off_s: float = 0.0
    pass_time: Callable[[float], None] = field(default=lambda _: None, repr=False)
    met: int = 0
    """Exchanges that it has disturbed."""

    def takes(self, request: str) -> bool:
        """Whether this request meets it; counts it then."""
        if not request.startswith(self.matching) or self.met == self.times:
            return False
        self.met += 1
        return True

    def instead(self) -> bytes | None:
        return self.page

    def head(self, head: bytes) -> bytes:
        if self.hold_s:
            self.pass_time(self.hold_s)
        return _shifted(head, self.clock_off_s) if self.clock_off_s else head

    def body_bytes(self, length: int | None) -> int | None:
        if not self.resets:
            return None
        return 1 if length is None else length // 2


class GatewayWire:
    """Makes the wire of `http` bad. `clock` passes rig time without any limit of a test.

    Each fault holds for requests whose first line begins with `matching` (`"POST /ivp/zb/"`; empty:
    all), for the first `times` of them or until it is ended. Of several that fit the oldest acts.
    """

    def __init__(self, http: Http, *, clock: Clock, timeline: Timeline, on: FaultsOn) -> None:
        self._http, self._clock, self._timeline, self._on = http, clock, timeline, on
        self._exchanges: list[_Exchanges] = []
        self._lock = threading.Lock()
        self._relay: Relay | None = None

    def fails(self, status: int, *, times: int | None = None, matching: str = "") -> Fault:
        """The front end answers `status` with its own page; the request reaches nobody behind it."""
        if status not in FRONT_END_FAILS:
            known = ", ".join(map(str, FRONT_END_FAILS))
            raise SuiteError(f"a front end that fails answers one of {known}, not {status}")
        reason = HTTPStatus(status).phrase
        title = f"{status} {_NGINX_SAYS.get(status, reason)}"
        body = (
            f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1>"
            f"</center>\r\n<hr><center>{FRONT_END}</center>\r\n</body>\r\n</html>\r\n"
        )
        page = _page(f"{status} {reason}", body)
        return self._begin(f"answers {status}", _Exchanges(matching, times, page=page))

    def says_html(self, *, times: int | None = None, matching: str = "") -> Fault:
        """A page for people comes with status 200; the request reaches nobody behind it."""
        page = _page("200 OK", LOGIN_PAGE)
        return self._begin("says HTML", _Exchanges(matching, times, page=page))

    def resets(self, *, times: int | None = None, matching: str = "") -> Fault:
        """The connection is reset in the middle of the answer's body; the gateway has done its part."""
        return self._begin("resets in mid-body", _Exchanges(matching, times, resets=True))

    def is_slow(self, by_s: float, *, times: int | None = None, matching: str = "") -> Fault:
        """Each answer stands still for so many rig seconds before it comes.

        Raises:
            SuiteError: longer than an answer is waited for: that would be no slow page but none.
        """
        if not 0 < by_s < READ_LIMIT_S:
            raise SuiteError(
                f"an answer that comes {by_s:g} s late: above 0 s and below {READ_LIMIT_S:g} s are "
                "wanted, which is how long one is waited for"
            )
        late = _Exchanges(matching, times, hold_s=by_s, pass_time=self._clock.sleep)
        return self._begin(f"answers {by_s:g} s late", late)

    def clock_is_off(self, by_s: float) -> Fault:
        """The `Date` of each answer is so many seconds ahead (behind, where negative)."""
        ahead = "ahead" if by_s > 0 else "behind"
        skewed = _Exchanges("", None, clock_off_s=by_s)
        return self._begin(f"its clock is {abs(by_s):g} s {ahead}", skewed)

    def _begin(self, what: str, exchanges: _Exchanges) -> Fault:
        self._stand_between()
        with self._lock:
            self._exchanges.append(exchanges)
        some = f" to {exchanges.matching}" if exchanges.matching else ""
        often = "" if exchanges.times is None else f", {exchanges.times} times"
        return self._on.begin(WHERE, what + some + often, lift=lambda: self._lift(exchanges))

    def _lift(self, exchanges: _Exchanges) -> None:
        with self._lock:
            self._exchanges = [each for each in self._exchanges if each is not exchanges]
            is_last = not self._exchanges
        if is_last and self._relay is not None:
            self._http.divert(None)
            self._relay.close()
            self._relay = None

    def _stand_between(self) -> None:
        if self._relay is None:
            self._relay = Relay(
                self._http.base_url,
                certificate_sha256=self._http.certificate_sha256,
                timeline=self._timeline,
                next_disturbance=self._next,
            )
            self._http.divert(self._relay.address)

    def _next(self, request: str) -> _Exchanges | None:
        with self._lock:
            return next((each for each in self._exchanges if each.takes(request)), None)


_NGINX_SAYS = {503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}
"""Where its words are other than the standard's."""


def _page(status: str, body: str) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nServer: {FRONT_END}\r\nContent-Type: text/html\r\n"
        f"Content-Length: {len(body.encode())}\r\nConnection: keep-alive\r\n\r\n"
    )
    return (head + body).encode()


def _shifted(head: bytes, by_s: float) -> bytes:
    lines = head.split(b"\r\n")
    for number, line in enumerate(lines):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"date":
            date = parsedate_to_datetime(value.strip().decode("ascii")) + timedelta(seconds=by_s)
            lines[number] = name + b": " + format_datetime(date, usegmt=True).encode("ascii")
    return b"\r\n".join(lines)
