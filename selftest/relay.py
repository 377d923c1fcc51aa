"""A TCP relay between the suite and a device, whose cable can be pulled."""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Self


class Relay:
    """Carries connections to `target` (host and port) while the block lasts.

    With `pulled_at` the cable is pulled when the suite sends these bytes: they still arrive, their
    answer does not, and nobody listens any more. `first` is done just before that.
    """

    def __init__(
        self,
        target: str,
        *,
        pulled_at: bytes | None = None,
        first: Callable[[], None] = lambda: None,
    ) -> None:
        self._target, self._pulled_at, self._first = target, pulled_at, first
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.carried = 0
        """Bytes, both ways."""
        self.is_pulled = False
        self._lock = threading.Lock()
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._pull()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:  # pulled, or the block ended
                return
            host, _, port = self._target.rpartition(":")
            far = socket.create_connection((host, int(port)))
            with self._lock:
                self._ends += [near, far]
            for source, target, watched in ((near, far, True), (far, near, False)):
                thread = threading.Thread(target=self._carry, args=(source, target, watched))
                self._threads.append(thread)
                thread.start()

    def _carry(self, source: socket.socket, target: socket.socket, watched: bool) -> None:
        try:
            while data := source.recv(65536):
                self.carried += len(data)
                target.sendall(data)
                if watched and self._pulled_at is not None and self._pulled_at in data:
                    self.is_pulled = True
                    self._first()
                    self._pull()
                    return
            target.shutdown(socket.SHUT_WR)
        except OSError:  # pulled
            return

    def _pull(self) -> None:
        with self._lock:
            for end in (self._listener, *self._ends):
                with contextlib.suppress(OSError):  # it is already down
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
            self._ends.clear()
