"""The bench's power switch on a TCP port: pdudaemon's HTTP listener (docs/wires/instruments.md)."""

import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qsl, urlsplit

POLL_S = 0.05
"""Wall seconds within which the face notices that it is to close."""

_CONTROL = "/power/control/"

Switch = Callable[[str, Mapping[str, str]], bool]
"""Takes an action and the query of a request; whether it was accepted. Does its own locking."""


class PdudaemonFace:
    """Serves `switch` on 127.0.0.1, any free port, from `start` until `close`."""

    def __init__(self, switch: Switch) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.switch = switch
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_S,), name="power switch", daemon=True
        )

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening. Fine when it was never started."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    switch: Switch


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        action = url.path.removeprefix(_CONTROL) if url.path.startswith(_CONTROL) else ""
        if cast(_Server, self.server).switch(action, dict(parse_qsl(url.query))):
            self._send(200, "OK - accepted request")
        else:
            self._send(500, "Invalid request")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Nothing: who asked what is on the client's timeline."""

    def _send(self, status: int, text: str) -> None:
        body = text.encode()
        # Without a Date: it would be the wall's, and two runs alike would differ.
        self.send_response_only(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
