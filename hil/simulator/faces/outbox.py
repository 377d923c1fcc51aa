"""What a simulated console has said and nobody has read yet."""

import threading

OUTBOX_BYTES = 256 * 1024
"""What waits for a slow reader at most; beyond it the oldest is dropped, as a UART would."""


class Outbox:
    """The output side of one console; `put` and `waiting` may be used from any thread."""

    def __init__(self) -> None:
        self.overruns = 0
        """Bytes dropped because nobody read."""
        self._outbox = bytearray()
        self._lock = threading.Lock()

    def put(self, data: bytes) -> int:
        """Queue output; how many old bytes had to be dropped for it."""
        with self._lock:
            self._outbox += data
            dropped = max(0, len(self._outbox) - OUTBOX_BYTES)
            del self._outbox[:dropped]
            self.overruns += dropped
            return dropped

    @property
    def waiting(self) -> int:
        """Bytes that are queued and not yet on the wire."""
        return len(self._outbox)
