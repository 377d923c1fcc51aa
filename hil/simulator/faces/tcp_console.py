"""Device consoles on TCP ports, as a serial server has them: raw, or Telnet with RFC 2217."""

import contextlib
import os
import select
import socket
from collections.abc import Callable

from hil.simulator.faces.outbox import Outbox
from hil.simulator.faces.serving import PokedFace
from hil.simulator.faces.telnet import TelnetServer, escaped

GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR


class TcpConsole(Outbox):
    """One console on a port of 127.0.0.1. One client at a time; it may go and come back.

    A second client is hung up on. What is said while there is no client waits for the next one.
    `put`, `waiting` and `discard` may be used from any thread, the rest is for the face's thread.
    """

    def __init__(self, name: str, *, rfc2217: bool, wake: Callable[[], None]) -> None:
        super().__init__()
        self.name = name
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        scheme = "rfc2217" if rfc2217 else "socket"
        self.path = f"{scheme}://127.0.0.1:{self.listener.getsockname()[1]}"
        self._rfc2217, self._wake = rfc2217, wake
        self.client: socket.socket | None = None
        self._telnet: TelnetServer | None = None
        self._wire = bytearray()

    def discard(self) -> None:
        """Forget everything that was said and not sent; who has connected last is served next.

        Without that, what is said from now on could still go to a client that has hung up.
        """
        with self._lock:
            self._outbox.clear()
            self._welcome()
        self._wake()

    def welcome(self) -> None:
        """Let in who is waiting."""
        with self._lock:
            self._welcome()

    def receive(self) -> bytes:
        """Console bytes that the client has sent."""
        with self._lock:
            if self.client is None:
                return b""
            try:
                data = self.client.recv(65536)
            except BlockingIOError:
                return b""
            except OSError:
                data = b""
            if not data:
                self._leave()
            if self._telnet is None:
                return data
            data = self._telnet.feed(data)
            if self._telnet.purged:
                self._telnet.purged = False
                self._outbox.clear()
            return data

    def flush(self) -> bool:
        """Send what the connection takes; whether something is left for it."""
        with self._lock:
            while self.client is not None:
                if self._telnet is not None:
                    self._wire += self._telnet.replies
                    self._telnet.replies.clear()
                if not self._wire:
                    piece = bytes(self._outbox[:4096])
                    del self._outbox[:4096]
                    self._wire += piece if self._telnet is None else escaped(piece)
                if not self._wire:
                    return False
                try:
                    sent = self.client.send(self._wire)
                except BlockingIOError:
                    return True
                except OSError:
                    self._leave()
                    return False
                del self._wire[:sent]
            return False

    def close(self) -> None:
        """Hang up and stop listening."""
        with self._lock:
            self._leave()
            self.listener.close()

    def _welcome(self) -> None:
        if self.client is not None and _is_gone(self.client):
            self._leave()
        while True:
            try:
                newcomer, _ = self.listener.accept()
            except OSError:  # nobody (any more)
                return
            if self.client is not None and not _is_gone(self.client):
                newcomer.close()
                continue
            self._leave()
            newcomer.setblocking(False)
            newcomer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.client = newcomer
            self._telnet = TelnetServer() if self._rfc2217 else None

    def _leave(self) -> None:
        self._wire.clear()
        if self.client is not None:
            self.client.close()
            self.client = None


class TcpFace(PokedFace):
    """Serves all consoles from one thread. `received(name, data)` is called from it."""

    def __init__(
        self,
        names: tuple[str, ...],
        *,
        rfc2217: bool,
        received: Callable[[str, bytes], None],
    ) -> None:
        super().__init__(name="tcp consoles")
        self._received = received
        self.consoles = {name: TcpConsole(name, rfc2217=rfc2217, wake=self.poke) for name in names}

    def _close_consoles(self) -> None:
        for console in self.consoles.values():
            console.close()

    def _serve(self) -> None:
        while not self._closing:
            poller = select.poll()
            poller.register(self._wake_read, select.POLLIN)
            for console in self.consoles.values():
                left = console.flush()
                poller.register(console.listener, select.POLLIN)
                client = console.client
                if client is not None and client.fileno() >= 0:
                    poller.register(client, select.POLLIN | (select.POLLOUT if left else 0))
            poller.poll()
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake_read, 4096)
            for console in self.consoles.values():
                # First what the former client has left, then the next one.
                if data := console.receive():
                    self._received(console.name, data)
                console.welcome()


def _is_gone(client: socket.socket) -> bool:
    poller = select.poll()
    poller.register(client, GONE)
    return bool(poller.poll(0))
