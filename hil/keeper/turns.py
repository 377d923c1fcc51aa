"""Who may type on a console now: never two commands interleaved."""

from collections import deque
from collections.abc import Callable

from hil.keeper.clients import Client
from hil.transports.frames import TURN_BEGINS, TURN_ENDS

Send = Callable[[Client, int, int, bytes], None]
"""Client, console, flags, bytes: puts them on the wire."""


class Turns:
    """For each console, whose turn it is and what waits for it to end."""

    def __init__(self, consoles: int) -> None:
        self._turn: list[Client | None] = [None] * consoles
        self._waiting: list[deque[tuple[Client, int, bytes]]] = [deque() for _ in range(consoles)]

    def write(self, client: Client, console: int, flags: int, data: bytes, send: Send) -> None:
        """`client` wants to send `data`: now, or when the turn of whoever has it ends."""
        if data:
            if self._turn[console] not in (None, client):
                self._waiting[console].append((client, flags, data))
                return
            if flags & TURN_BEGINS:
                self._turn[console] = client
            send(client, console, flags, data)
        if flags & TURN_ENDS:
            if self._turn[console] is client:
                self._end(console, send)
            else:
                self._end_at_once(client, console)

    def end_all(self, client: Client, send: Send) -> None:
        """`client` is gone: its turns end, and what it still wanted to send is forgotten."""
        for console, turn in enumerate(self._turn):
            waiting = self._waiting[console]
            self._waiting[console] = deque(each for each in waiting if each[0] is not client)
            if turn is client:
                self._end(console, send)

    def _end_at_once(self, client: Client, console: int) -> None:
        """`client` no longer waits for the reply to what it could not send yet."""
        waiting = self._waiting[console]
        for place, (whose, flags, data) in enumerate(waiting):
            if whose is client:
                waiting[place] = (whose, flags | TURN_ENDS, data)

    def _end(self, console: int, send: Send) -> None:
        self._turn[console] = None
        while self._waiting[console] and self._turn[console] is None:
            client, flags, data = self._waiting[console].popleft()
            self.write(client, console, flags, data, send)
