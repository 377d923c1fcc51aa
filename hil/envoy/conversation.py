"""How every resource talks to the gateway, and what was learnt on the way."""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel

from hil.envoy import reading
from hil.envoy.info_page import Info, parse_info
from hil.envoy.shape import drift
from hil.envoy.way_in import CHECK_JWT, why_not
from hil.errors import RigError, Silent
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Kind
from hil.transports.http import Http, Reply
from hil.vocabulary.identity import Firmware

M = TypeVar("M", bound=BaseModel)

INFO_PATH = "/info"

PATIENCE_S = 120.0
"""How long a run asks again while the gateway is busy: it hangs for up to 90 s about 23:00 (public
reports), and a process of it that starts answers 503 for a minute."""
ASK_AGAIN_S = 5.0


class Conversation:
    """One gateway, its firmware, and what it said that nobody here knew.

    The firmware decides what a body has to hold; it is asked for once, before the first body is
    read, and learnt anew whenever `/info` is read.
    """

    def __init__(self, http: Http, *, patience_s: float = 0.0) -> None:
        """A read that is answered 502, 503 or 504, or not at all in time, is repeated for so long."""
        self.http, self._patience_s = http, patience_s
        self.drift: dict[str, set[str]] = {}
        """By path of the request: unknown keys and words."""
        self._info: Info | None = None

    @property
    def gateway(self) -> str:
        """What it is called in messages: by its serial number, once that is known."""
        if self._info is not None:
            return f"envoy {self._info.serial_number}"
        return f"envoy at {urlsplit(self.http.base_url).netloc}"

    @property
    def firmware(self) -> Firmware:
        """What it runs, as far as the last look at `/info` tells."""
        return (self._info or self.read_info()).firmware

    @property
    def redactor(self) -> Redactor:
        return self.http.timeline.redactor

    def read_info(self) -> Info:
        """Ask `/info` and remember it."""
        reply = self.http.get(INFO_PATH)
        self._info = parse_info(reply, gateway=self.gateway, redactor=self.redactor)
        return self._info

    def get(self, model: type[M], path: str, *, query: Mapping[str, str | int] | None = None) -> M:
        """Ask for a document.

        Raises:
            HilError: as `understand`; Unavailable or Silent once the patience with it is over.
        """
        return self.understand(model, self._asked(path, query))

    def _asked(self, path: str, query: Mapping[str, str | int] | None) -> Reply:
        clock = self.http.clock
        until_s = clock.now() + self._patience_s
        while True:
            try:
                reply = self.http.get(path, query=query)
                found = f"{reply.status}"
                is_over = reply.status not in reading.BUSY or clock.now() >= until_s
                if is_over:
                    return reply
            except Silent:
                if clock.now() >= until_s:
                    raise
                found = "no answer in time"
            self.http.timeline.note(
                "suite",
                Kind.TROUBLE,
                f"{self.gateway}: GET {path}: {found}; asked again in {ASK_AGAIN_S:g} s, for "
                f"{max(0.0, until_s - clock.now()):.0f} s more",
            )
            clock.sleep(ASK_AGAIN_S)

    def post(self, model: type[M], path: str, body: object = None) -> M:
        """Send `body` (text and bytes as they are, the rest as JSON) and understand the answer."""
        return self.understand(model, self.send(path, body))

    def send(self, path: str, body: object = None) -> Reply:
        """POST `body` and hand the answer back unread, whatever its status."""
        if isinstance(body, str | bytes):
            return self.http.post(path, raw=body)
        return self.http.post(path, json=body)

    def put(self, path: str, body: object = None) -> Reply:
        """As `send`, with PUT."""
        if isinstance(body, str | bytes):
            return self.http.put(path, raw=body)
        return self.http.put(path, json=body)

    def understand(self, model: type[M], reply: Reply) -> M:
        """The document in an answer that is no error.

        Raises:
            HilError: as `hil.envoy.reading.accept` and `read`.
        """
        # First, since nothing that is refused needs the firmware to be asked for.
        self.accept(reply)
        return self.read(model, reply)

    def accept(self, reply: Reply) -> None:
        """Return for a 2xx answer that is the gateway's; what it holds is not looked at.

        Raises:
            HilError: as `hil.envoy.reading.accept`; NotAuthorized says why, as far as that is known.
        """
        reading.accept(
            reply,
            gateway=self.gateway,
            redactor=self.redactor,
            why=lambda: why_not(
                reply,
                self.http.auth,
                serial_number=self._info.serial_number if self._info else None,
                takes_the_token=self._takes_the_token,
            ),
        )

    def _takes_the_token(self) -> bool | None:
        try:
            return self.http.get(CHECK_JWT).status == 200
        except RigError:
            return None

    def read(self, model: type[M], reply: Reply) -> M:
        """The document in an answer of any status; its drift is collected, and told once.

        Raises:
            Unintelligible: not of this shape.
        """
        firmware = self.firmware
        document = reading.read(
            model, reply, firmware=firmware, gateway=self.gateway, redactor=self.redactor
        )
        found = drift(model, reading.as_json(reply.text))
        self._collect_drift(reply, [str(each) for each in found])
        return document

    def _collect_drift(self, reply: Reply, found: list[str]) -> None:
        if not found:
            return
        path = urlsplit(reply.url).path
        known = self.drift.setdefault(path, set())
        if new := [key for key in found if key not in known]:
            known.update(new)
            self.http.timeline.note(
                "suite",
                Kind.TROUBLE,
                f"{self.gateway}: drift in {reply.method} {path}: {', '.join(new)}",
            )
