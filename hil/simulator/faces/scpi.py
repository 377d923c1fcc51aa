"""The bench's AC source on a TCP port: lines of SCPI (docs/wires/instruments.md)."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable
from typing import cast

POLL_S = 0.05
"""Wall seconds within which the face notices that it is to close."""

LINE_LIMIT_BYTES = 4096
"""A client that sends more without an LF is none of ours; its connection is closed."""

Instrument = Callable[[str], str | None]
"""Carries out one line; its answer, where it is a query. Does its own locking."""


class ScpiFace:
    """Serves `execute` on 127.0.0.1, any free port, from `start` until `close`."""

    def __init__(self, execute: Instrument) -> None:
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.execute = execute
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_S,), name="ac source", daemon=True
        )

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening and cut every open connection. Fine when it was never started."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        with self._server.lock:
            for connection in self._server.open:
                with contextlib.suppress(OSError):  # the client was quicker
                    connection.shutdown(socket.SHUT_RDWR)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False
    execute: Instrument

    def __init__(
        self, address: tuple[str, int], handler: type[socketserver.StreamRequestHandler]
    ) -> None:
        self.open: set[socket.socket] = set()
        self.lock = threading.Lock()
        super().__init__(address, handler)


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        server = cast(_Server, self.server)
        with server.lock:
            server.open.add(self.connection)
        try:
            with contextlib.suppress(ConnectionError):  # the client went away
                self._serve(server.execute)
        finally:
            with server.lock:
                server.open.discard(self.connection)

    def _serve(self, execute: Instrument) -> None:
        while (line := self.rfile.readline(LINE_LIMIT_BYTES)).endswith(b"\n"):
            said = execute(line.decode("ascii", "replace"))
            if said is not None:
                self.wfile.write(f"{said}\n".encode("ascii"))
