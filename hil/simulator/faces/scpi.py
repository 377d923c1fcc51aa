"""A bench's instrument on a TCP port: lines of SCPI (docs/wires/instruments.md)."""

import contextlib
import socketserver
from collections.abc import Callable
from typing import cast

from hil.simulator.faces.serving import ListeningFace, TrackedServer

LINE_LIMIT_BYTES = 4096
"""A client that sends more without an LF is none of ours; its connection is closed."""

Instrument = Callable[[str], str | None]
"""Carries out one line; its answer, where it is a query. Does its own locking."""


class ScpiFace(ListeningFace):
    """Serves `execute` on 127.0.0.1, any free port, from `start` until `close`."""

    def __init__(self, execute: Instrument, *, name: str) -> None:
        super().__init__(_Server(("127.0.0.1", 0), execute), name=name)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"


class _Server(TrackedServer):
    def __init__(self, address: tuple[str, int], execute: Instrument) -> None:
        self.execute = execute
        super().__init__(address, _Connection)


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        server = cast(_Server, self.server)
        server.opened(self.connection)
        try:
            with contextlib.suppress(ConnectionError):  # the client went away
                self._serve(server.execute)
        finally:
            server.closed(self.connection)

    def _serve(self, execute: Instrument) -> None:
        while (line := self.rfile.readline(LINE_LIMIT_BYTES)).endswith(b"\n"):
            said = execute(line.decode("ascii", "replace"))
            if said is not None:
                self.wfile.write(f"{said}\n".encode("ascii"))
