"""What faces have in common: a thread that serves from `start` until `close`."""

import contextlib
import os
import socket
import socketserver
import threading
from abc import ABC, abstractmethod

POLL_S = 0.05
"""Wall seconds within which a listening face notices that it is to close."""


class TrackedServer(socketserver.ThreadingTCPServer):
    """A TCP server whose open connections can be cut."""

    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(
        self, address: tuple[str, int], handler: type[socketserver.BaseRequestHandler]
    ) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, handler)

    def opened(self, connection: socket.socket) -> None:
        """A handler serves this connection."""
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """A handler has ended with it."""
        with self._lock:
            self._open.discard(connection)

    def cut_connections(self) -> None:
        """Shut down every open connection."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the client was quicker
                    connection.shutdown(socket.SHUT_RDWR)


class ListeningFace:
    """Serves on a TCP port."""

    def __init__(self, server: TrackedServer, *, name: str) -> None:
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, args=(POLL_S,), name=name, daemon=True
        )

    @property
    def port(self) -> int:
        """The TCP port it listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer; connections made since the construction are waiting already."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening and cut every open connection. Fine when it was never started."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.cut_connections()


class PokedFace(ABC):
    """Serves device consoles from one thread, which `poke` wakes."""

    def __init__(self, *, name: str) -> None:
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def poke(self) -> None:
        """There is something in an outbox."""
        os.write(self._wake_write, b"!")

    def close(self) -> None:
        """Stop serving; clients see the line hang up, or the connection end."""
        self._closing = True
        self.poke()
        self._thread.join()
        self._close_consoles()
        os.close(self._wake_read)
        os.close(self._wake_write)

    @abstractmethod
    def _serve(self) -> None: ...

    @abstractmethod
    def _close_consoles(self) -> None: ...
