"""The bench's power switch on a TCP port: pdudaemon's HTTP listener (docs/wires/instruments.md)."""

from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import cast
from urllib.parse import parse_qs, urlsplit

from hil.simulator.faces.serving import ListeningFace, TrackedServer

ACTIONS = {f"/power/control/{action}": action for action in ("on", "off", "reboot")}

_TEXTS = {
    200: "OK - accepted request\n",
    404: "404: Not Found",
    405: "405: Method Not Allowed",
    500: "Invalid request\n",
}
_STUMBLED = "500 Internal Server Error\n\nServer got itself in trouble"
"""What its HTTP library says when the daemon did not expect what it was given."""

Switch = Callable[[str, Mapping[str, str]], bool]
"""Takes an action and the query of a request; whether it was done. Does its own locking.

Raises ValueError where the daemon would stumble.
"""


class PdudaemonFace(ListeningFace):
    """Serves `switch` on 127.0.0.1, any free port, from `start` until `close`."""

    def __init__(self, switch: Switch) -> None:
        super().__init__(_Server(("127.0.0.1", 0), switch), name="power switch")

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"


class _Server(TrackedServer):
    def __init__(self, address: tuple[str, int], switch: Switch) -> None:
        self.switch = switch
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path not in ACTIONS:
            self._send(404)
            return
        # Of a key that stands twice the daemon takes the first, and one without a value is none.
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        try:
            done = cast(_Server, self.server).switch(ACTIONS[url.path], query)
        except ValueError:
            self._send(500, _STUMBLED)
        else:
            self._send(200 if done else 500)

    def do_POST(self) -> None:
        self._send(405 if urlsplit(self.path).path in ACTIONS else 404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Nothing: who asked what is on the client's timeline."""

    def _send(self, status: int, text: str | None = None) -> None:
        body = (_TEXTS[status] if text is None else text).encode()
        # Without a Date: it would be the wall's, and two runs alike would differ.
        self.send_response_only(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if status == 405:
            self.send_header("Allow", "GET,HEAD")
        self.end_headers()
        self.wfile.write(body)
