"""Sending to one console: at once where the line takes it, else from a thread that waits for it."""

import queue
import threading
from collections.abc import Callable

from hil.errors import LineBlocked, LineLost
from hil.transports.expect import gap_since
from hil.transports.recorder import Recording


class Writer:
    """What is sent to a console, in order. `trouble` is told what could not be sent, and why.

    A line that is full keeps nobody but this console waiting. What waits when the line goes is
    never sent: another device may be on it when it is back.
    """

    def __init__(self, recording: Recording, *, trouble: Callable[[Recording, str], None]) -> None:
        self._recording, self._trouble = recording, trouble
        self._queue: queue.SimpleQueue[tuple[bytes, object] | None] = queue.SimpleQueue()
        self._pending = 0
        self._counting = threading.Lock()
        self._thread = threading.Thread(
            target=self._work, name=f"writer {recording.stream.name}", daemon=True
        )

    def write(self, data: bytes, gap: object) -> None:
        """Send `data`, now or as soon as the line takes it; does not wait.

        `gap` is the newest one of the line when it was written.
        """
        with self._counting:
            waits = self._pending > 0
            if not waits:
                try:
                    self._check(gap)
                    self._recording.write(data, waits=False)
                    return
                except LineBlocked as error:
                    data = data[error.taken :]
                except LineLost as error:
                    self._trouble(self._recording, str(error))
                    return
            self._pending += 1
        if not self._thread.is_alive():
            self._thread.start()
        self._queue.put((data, gap))

    def close(self) -> None:
        """Send no more. The line has to be closed first, for a write that waits to end."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _check(self, gap: object) -> None:
        if (new := gap_since(self._recording.stream, gap)) is not None:
            raise LineLost(f"{self._recording.label} was interrupted: {new.why}")

    def _work(self) -> None:
        while (queued := self._queue.get()) is not None:
            data, gap = queued
            try:
                self._check(gap)
                self._recording.write(data)
            except LineLost as error:
                self._trouble(self._recording, str(error))
            with self._counting:
                self._pending -= 1
