"""A small HTTP(S) server on 127.0.0.1 that answers as a test tells it to."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Heard:
    """What a client sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Say:
    """An answer; Content-Length is added, and nothing else."""

    body: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    shorter_by: int = 0
    """Bytes of the announced body that are kept back before the connection is closed."""


class Misbehave(Enum):
    """Instead of an answer."""

    DROP = "closes the connection without a word"
    HANG = "stays silent until the server closes"
    BABBLE = "says something that is not HTTP"


Script = Callable[[Heard], Say | Misbehave]


class ScriptedServer(ThreadingHTTPServer):
    """Answers each request by the script; `heard` is all that came, in order."""

    daemon_threads = False  # closing waits for every connection's thread: nothing outlives a test
    request_queue_size = 16

    def __init__(self, script: Script, tls: ssl.SSLContext | None) -> None:
        self.script, self.heard, self.closing = script, list[Heard](), threading.Event()
        self.opened: list[socket.socket] = []
        self.ended = threading.Semaphore(0)
        """Released once per connection that has ended."""
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server_address[1]}"

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = super().get_request()
        self.opened.append(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        super().shutdown_request(request)
        self.ended.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedServer

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        heard = Heard(self.command, self.path, dict(self.headers), self.rfile.read(length))
        self.server.heard.append(heard)
        said = self.server.script(heard)
        match said:
            case Misbehave.DROP:
                self.close_connection = True
            case Misbehave.HANG:
                self.server.closing.wait()
                self.close_connection = True
            case Misbehave.BABBLE:
                self.wfile.write(b"login: \r\n\r\n")
                self.close_connection = True
            case Say():
                content = said.body.encode()
                self.send_response_only(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) - said.shorter_by])
                if said.shorter_by:
                    self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815  the standard library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing goes to stderr."""


@contextlib.contextmanager
def serving(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    """Run a server for the block."""
    server = ScriptedServer(script, tls)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        for connection in server.opened:  # a client that was left open must not hang the test
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        server.server_close()
        thread.join()


def in_turn(*sayings: Say | Misbehave) -> Script:
    """A script that says one thing after the other."""
    left = list(sayings)
    return lambda heard: left.pop(0)
