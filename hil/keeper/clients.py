"""Those attached to a keeper: what each is sent, and what each has said."""

import json
import math
import socket
import threading
from collections import deque

from hil.transports.frames import (
    DATA_HEAD,
    WRITE_HEAD,
    Frame,
    FrameReader,
    Json,
    framed,
    framed_json,
)
from hil.transports.recorder import Recording

OUTBOX_BYTES = 8 << 20
"""What waits for a client that does not read; beyond it the rest is skipped, and it is told so."""

READ_BYTES = 1 << 16

PERSONS_TURN_S = 10.0
"""Wall seconds that a turn of somebody beside the run may last, where he does not say less."""


class Client:
    """One connection. Nothing here blocks; what sends may be called from any thread."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        connection.setblocking(False)
        self.role, self.who, self.pid = "", "somebody", 0
        self.turn_s = PERSONS_TURN_S
        """Wall seconds that a command of a person's may keep others from typing."""
        self.alive_s = 0.0
        """Monotonic seconds of its last sign of life."""
        self.is_watched_for_room = False
        """Whether the serving thread is told when something can be sent again."""
        self.gone = False
        """The connection has ended, from whichever side."""
        self.leaving = False
        """It has said goodbye."""
        self._frames = FrameReader()
        self._outbox: deque[bytes] = deque()
        self._outbox_bytes = 0
        self._skipping: set[int] = set()
        self._sending = threading.RLock()

    @property
    def waits_for_room(self) -> bool:
        """Whether something could not be sent yet."""
        return bool(self._outbox)

    def receive(self) -> list[tuple[int, bytes]]:
        """The frames that have come. `gone` is set at the end of the connection."""
        try:
            data = self.connection.recv(READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            self.gone = True
            return []
        self.gone = not data
        return self._frames.feed(data)

    def data(self, console: int, offset: int, frame: bytes) -> None:
        """A console said something, from `offset` on, as a frame (`data_frame`)."""
        with self._sending:
            if self._outbox_bytes > OUTBOX_BYTES:
                self._skipping.add(console)
                return
            if console in self._skipping:
                self._skipping.discard(console)
                self.tell(Frame.LINE, {"console": console, "skipped_to": offset})
            self.send(frame)

    def written(self, console: int, flags: int, data: bytes) -> None:
        """Somebody else sent something to a console."""
        self.send(framed(Frame.WRITE, WRITE_HEAD.pack(console, flags) + data))

    def event(self, frame: bytes) -> None:
        """An entry of the timeline; one that does not fit any more is left out."""
        if self._outbox_bytes <= OUTBOX_BYTES:
            self.send(frame)

    def tell(self, kind: Frame, document: Json) -> None:
        """Send JSON."""
        self.send(framed_json(kind, document))

    def answer(self, number: object, **fields: object) -> None:
        """Answer the request of that number."""
        self.tell(Frame.ANSWER, {"id": number, "ok": "error" not in fields, **fields})

    def send(self, frame: bytes) -> None:
        """Send a frame now, or as soon as there is room."""
        with self._sending:
            if self.gone:
                return
            if not self._outbox:
                frame = frame[self._sent(frame) :]
            if frame and not self.gone:
                self._outbox.append(frame)
                self._outbox_bytes += len(frame)

    def flush(self) -> None:
        """Send what waits, as far as there is room."""
        with self._sending:
            while self._outbox and not self.gone:
                frame = self._outbox[0]
                sent = self._sent(frame)
                self._outbox_bytes -= sent
                if sent < len(frame):
                    self._outbox[0] = frame[sent:]
                    return
                self._outbox.popleft()

    def _sent(self, frame: bytes) -> int:
        try:
            return self.connection.send(frame)
        except BlockingIOError:
            return 0
        except OSError:
            self.gone = True
            return 0

    def close(self) -> None:
        """Let go, with what can still be sent."""
        self.flush()
        self.gone = True
        self.connection.close()


def data_frame(console: int, offset: int, at_s: float | None, wall: float, data: bytes) -> bytes:
    """What a console said from `offset` on, as a frame."""
    head = DATA_HEAD.pack(console, offset, math.nan if at_s is None else at_s, wall)
    return framed(Frame.DATA, head + data)


def document(content: bytes) -> Json:
    """The JSON of a frame."""
    said = json.loads(content)
    if not isinstance(said, dict):
        raise TypeError("an object is wanted")
    return said


def described(recording: Recording) -> Json:
    """A console, as a client is told about it when it says hello."""
    return {
        "name": recording.stream.name,
        "wire": recording.stream.wire,
        "label": recording.line.label,
        "received": recording.stream.received,
        "written": recording.written,
        "trouble": recording.stream.trouble,
    }
