"""A TCP relay that can be cut and restored, as a serial server that is restarted."""

import contextlib
import select
import socket
import threading

from selftest.held_port import hold, number_of


class Relay:
    """Listens on 127.0.0.1 and carries everything to and from `port`.

    Cut, it hangs up on everybody, and refuses whoever comes until it is restored.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._held = hold()
        self.port = number_of(self._held)
        self.carried = 0
        self._changed = threading.Condition()
        self._listener: socket.socket | None = None
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._wake_read, self._wake_write = socket.socketpair()
        self._closing = False
        self.restore()
        self._thread = threading.Thread(target=self._serve, name="relay")
        self._thread.start()

    def cut(self, *, refuse: bool = True) -> None:
        """Hang up on everybody; with `refuse`, on whoever comes next, too."""
        with self._changed:
            # First, or who is hung up on is let in once more by a listener that nobody serves.
            if refuse and self._listener is not None:
                self._listener.close()
                self._listener = None
            for pair in self._pairs:
                _hang_up(*pair)
            self._pairs.clear()
        self._wake_write.send(b"!")

    def restore(self) -> None:
        """Let them in again."""
        with self._changed:
            self._listener = socket.create_server(("127.0.0.1", self.port))
        self._wake_write.send(b"!")

    def close(self) -> None:
        self._closing = True
        self.cut()
        self._thread.join()
        self._wake_read.close()
        self._wake_write.close()
        self._held.close()

    def _serve(self) -> None:
        while not self._closing:
            with self._changed:
                listener = self._listener
                ends = [end for pair in self._pairs for end in pair]
            watched = [*ends, self._wake_read, *([listener] if listener else [])]
            try:
                ready, _, _ = select.select(watched, [], [], 10.0)
            except (OSError, ValueError):  # cut meanwhile
                continue
            with self._changed:
                for end in ready:
                    if end is self._wake_read:
                        end.recv(4096)
                    elif end is listener:
                        with contextlib.suppress(OSError):
                            self._welcome(listener.accept()[0])
                    else:
                        self._carry(end)

    def _welcome(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._to))
        except OSError:
            near.close()
            return
        self._pairs.append((near, far))

    def _carry(self, end: socket.socket) -> None:
        pair = next((pair for pair in self._pairs if end in pair), None)
        if pair is None:
            return
        other = pair[1] if end is pair[0] else pair[0]
        try:
            data = end.recv(65536)
            other.sendall(data)
        except OSError:
            data = b""
        self.carried += len(data)
        if not data:
            self._pairs.remove(pair)
            _hang_up(*pair)


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
