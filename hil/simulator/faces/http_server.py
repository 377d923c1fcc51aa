"""The simulated Envoy on a TCP port: its web server's manners, by firmware, over HTTP or HTTPS."""

import contextlib
import socket
import ssl
import sys
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import cast
from urllib.parse import parse_qsl, unquote, urlsplit

from hil.simulator import generations
from hil.simulator.faces.serving import ListeningFace, TrackedServer
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.rest.pages import SERVER, page
from hil.vocabulary.identity import Firmware

HANDSHAKE_LIMIT_S = 10.0
"""Wall seconds that a client may take to agree on TLS."""

LINGER_S = 5.0
LINGER_BYTES = 64 << 20
"""How long (wall seconds without a byte) and how much is still taken in after a refusal."""

BODY_LIMIT_BYTES = 1 << 20
"""The stock limit of the web server that the gateway uses."""

_LATEST = Firmware((8, 3))


class HttpFace(ListeningFace):
    """Serves `handle` on `host`:`port` (0: any free one) from `start` until `close`.

    `handle` is called on a thread per connection and does its own locking; where it gives None,
    the connection is closed without an answer: the gateway is not up. `date` gives the site's
    UNIX time for the Date header. With `tls` only HTTPS is spoken.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        handle: Callable[[Request], Answer | None],
        date: Callable[[], float],
        firmware: Firmware = _LATEST,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        server = _Server((host, port), handle=handle, date=date, firmware=firmware, tls=tls)
        super().__init__(server, name="http face")


class _Server(TrackedServer):
    request_queue_size = 64

    def __init__(
        self,
        address: tuple[str, int],
        *,
        handle: Callable[[Request], Answer | None],
        date: Callable[[], float],
        firmware: Firmware,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.handle, self.date, self._tls = handle, date, tls
        self.is_modern = generations.WEB_TOKENS.of(firmware)
        super().__init__(address, _Handler)

    def finish_request(self, request: object, client_address: object) -> None:
        """Agree on TLS first, on the connection's own thread: a slow client keeps nobody waiting."""
        assert isinstance(request, socket.socket)
        if self._tls is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(HANDSHAKE_LIMIT_S)
        with self._tls.wrap_socket(request, server_side=True) as secured:
            secured.settimeout(None)
            super().finish_request(secured, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away, or will not have our certificate, is no news; anything else is
        a bug of ours, and is shown."""
        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # else what is no HTTP gets a page without headers
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self._face.opened(self.connection)

    def finish(self) -> None:
        self._face.closed(self.connection)
        super().finish()

    def do_GET(self) -> None:
        refused, body = self._read_body()
        if refused is not None:
            self.close_connection = True  # what is left of the body cannot be told from a request
            self._send(page(refused))
            self._take_in_the_rest()
            return
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, unquote(url.path), query, body, headers, self.path)
        answer = self._face.handle(request)
        if answer is None:
            self.close_connection = True
        else:
            self._send(answer)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = do_GET  # noqa: N815

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library itself refuses: a malformed request, an unknown method."""
        self.close_connection = True
        # The stock web server knows no 501 for methods; it answers 405.
        self._send(page(405 if code == 501 else code))

    def send_header(self, keyword: str, value: str) -> None:
        if keyword != "Server" or self._face.is_modern:  # older firmware names no server (captured)
            super().send_header(keyword, value)

    def version_string(self) -> str:
        return SERVER

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(self._face.date() if timestamp is None else timestamp, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Nothing: who asked what is on the client's timeline."""

    @property
    def _face(self) -> _Server:
        return cast(_Server, self.server)

    def _read_body(self) -> tuple[int | None, bytes]:
        """The body, or the status of the page that refuses it."""
        if "Transfer-Encoding" in self.headers:
            return 411, b""
        length = self.headers.get("Content-Length", "0").strip()
        if not (length.isascii() and length.isdigit()):
            return 400, b""
        if len(length) > 18 or int(length) > BODY_LIMIT_BYTES:
            return 413, b""
        return None, self.rfile.read(int(length))

    def _take_in_the_rest(self) -> None:
        """Let the client finish, as the stock web server does: one that is cut off in the middle of
        its body never reads the answer, over TLS least of all."""
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(LINGER_S)
            left = LINGER_BYTES
            while left > 0 and (piece := self.connection.recv(1 << 16)):
                left -= len(piece)

    def _send(self, answer: Answer) -> None:
        self.close_connection |= answer.closes or not self._face.is_modern
        self.send_response(answer.status)
        if answer.content_type is not None:
            self.send_header("Content-Type", answer.content_type)
        if answer.location is not None:
            self.send_header("Location", answer.location)
        in_chunks = answer.is_chunked and self.request_version != "HTTP/1.0"
        if in_chunks:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close" if self.close_connection else "keep-alive")
        if self._face.is_modern and not answer.is_bare:
            self.send_header("Strict-Transport-Security", "max-age=63072000; includeSubdomains")
            self.send_header("X-Frame-Options", "DENY")
            self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(_one_chunk(answer.body) if in_chunks else answer.body)


def _one_chunk(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
