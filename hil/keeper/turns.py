"""Who may type on a console now: never two commands interleaved."""

import math
import time
from collections import deque
from collections.abc import Callable

from hil.keeper.clients import Client
from hil.transports.frames import TURN_BEGINS, TURN_ENDS, TURN_GIVEN_UP

Send = Callable[[Client, int, int, bytes, object], None]
"""Client, console, flags, bytes, the line's newest gap when they were written: puts them on the wire."""


class Turns:
    """For each console, whose turn it is and what waits for it to end."""

    def __init__(self, consoles: int) -> None:
        self._turn: list[Client | None] = [None] * consoles
        self._since_s = [0.0] * consoles
        self._waiting: list[deque[tuple[Client, int, bytes, object]]] = [
            deque() for _ in range(consoles)
        ]

    def write(
        self, client: Client, console: int, flags: int, data: bytes, gap: object, send: Send
    ) -> None:
        """`client` wants to send `data`: now, or when the turn of whoever has it ends.

        `gap` is the line's newest one: what was written before it is for who was there then.
        """
        if data:
            if self._turn[console] not in (None, client):
                self._waiting[console].append((client, flags, data, gap))
                return
            if flags & TURN_BEGINS:
                self._turn[console], self._since_s[console] = client, time.monotonic()
            send(client, console, flags, data, gap)
        if flags & TURN_ENDS:
            if self._turn[console] is client:
                self._end(console, send)
            elif flags & TURN_GIVEN_UP:
                self._forget(client, console)
            else:
                self._end_at_once(client, console)

    def end_all(self, client: Client, send: Send) -> None:
        """`client` is gone: its turns end, and what it still wanted to send is forgotten."""
        for console, turn in enumerate(self._turn):
            self._forget(client, console)
            if turn is client:
                self._end(console, send)

    @property
    def due_s(self) -> float:
        """The monotonic second at which somebody will have held up others for too long."""
        if not any(self._waiting):
            return math.inf
        return min((due_s for due_s, _, _ in self._held_up()), default=math.inf)

    def end_overdue(self, now_s: float, send: Send) -> list[tuple[Client, int]]:
        """End the turns of those who hold up others for longer than they said; who, on which console.

        A terminal that is stopped, or asleep with its laptop, must not take a night along.
        """
        overdue = [(turn, console) for due_s, turn, console in self._held_up() if due_s <= now_s]
        for _, console in overdue:
            self._end(console, send)
        return overdue

    def _held_up(self) -> list[tuple[float, Client, int]]:
        """Until when, by whom, on which console somebody waits; a run takes the time it takes."""
        return [
            (self._since_s[console] + turn.turn_s, turn, console)
            for console, turn in enumerate(self._turn)
            if turn is not None and turn.role != "run" and self._waiting[console]
        ]

    def _forget(self, client: Client, console: int) -> None:
        """`client` no longer wants sent what it could not send yet."""
        waiting = self._waiting[console]
        self._waiting[console] = deque(each for each in waiting if each[0] is not client)

    def _end_at_once(self, client: Client, console: int) -> None:
        """`client` no longer waits for the reply to what it could not send yet."""
        waiting = self._waiting[console]
        for place, (whose, flags, data, gap) in enumerate(waiting):
            if whose is client:
                waiting[place] = (whose, flags | TURN_ENDS, data, gap)

    def _end(self, console: int, send: Send) -> None:
        self._turn[console] = None
        while self._waiting[console] and self._turn[console] is None:
            client, flags, data, gap = self._waiting[console].popleft()
            self.write(client, console, flags, data, gap, send)
