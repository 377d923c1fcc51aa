"""Reads every line with a file descriptor as soon as there is something to read.

In a thread of its own; or, in a keeper, in the one thread that does everything: two that share one
interpreter would wait for each other with every command.
"""

import os
import select
import threading
import time
from collections.abc import Callable

BREATH_S = 0.02
"""Wall seconds between two rounds while nobody waits: many small reads cost more than few. USB
adapters gather for about as long by themselves (FTDI's latency timer: 16 ms)."""

TICK_S = 1.0
"""Wall seconds after which a round ends, though nothing came."""

BURST_BYTES = 3000
"""Somebody who says so much in one breath is read on at once: a terminal holds 4096 bytes."""


class Pump:
    """`after_round` is called when a round of reading is over, and once a second.

    With `own_thread` a thread begins with the first line. Without, whoever owns this calls `turn`
    again and again, and may have it `attend` to other descriptors as well.
    """

    def __init__(
        self,
        *,
        is_waited_for: Callable[[], bool],
        after_round: Callable[[], None],
        own_thread: bool = True,
    ) -> None:
        self._is_waited_for, self._after_round = is_waited_for, after_round
        self._all, self._others = select.epoll(), select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK)
        self._readers: dict[int, Callable[[], int]] = {}
        self._attended: dict[int, Callable[[int], None]] = {self._wake: self._woken}
        for epoll in (self._all, self._others):
            epoll.register(self._wake, select.EPOLLIN)
        self._breathing = False
        self._breath_ends_s = 0.0
        self._ticked_s = time.monotonic()
        self._closing = False
        self._own_thread = own_thread
        self._thread = threading.Thread(target=self._run, name="line pump", daemon=True)

    def add(self, descriptor: int, read: Callable[[], int]) -> None:
        """Call `read` whenever `descriptor` has something; it says how many bytes it took."""
        self._readers[descriptor] = read
        self._all.register(descriptor, select.EPOLLIN)
        if self._own_thread and not self._thread.is_alive():
            self._thread.start()

    def remove(self, descriptor: int) -> None:
        """Forget a line's `descriptor`; before it is closed. Twice is fine."""
        if self._readers.pop(descriptor, None) is not None:
            self._all.unregister(descriptor)

    def attend(self, descriptor: int, serve: Callable[[int], None]) -> None:
        """Call `serve` with what epoll says of `descriptor`, which is no line: at once, always."""
        self._attended[descriptor] = serve
        for epoll in (self._all, self._others):
            epoll.register(descriptor, select.EPOLLIN)

    def watch_for_room(self, descriptor: int, wanted: bool) -> None:
        """Whether `serve` is also called when something can be written."""
        mask = select.EPOLLIN | (select.EPOLLOUT if wanted else 0)
        for epoll in (self._all, self._others):
            epoll.modify(descriptor, mask)

    def leave(self, descriptor: int) -> None:
        """No longer attend to `descriptor`; before it is closed."""
        del self._attended[descriptor]
        for epoll in (self._all, self._others):
            epoll.unregister(descriptor)

    def hurry(self) -> None:
        """Somebody waits: end the breath."""
        if self._breathing:
            self.wake()

    def wake(self) -> None:
        """Have `turn` return. From any thread."""
        if not self._closing:
            os.eventfd_write(self._wake, 1)

    def turn(self, wall_s: float = TICK_S) -> None:
        """See to what there is; where there is nothing, wait for it for `wall_s` at most."""
        ready = self._rested(wall_s) if self._breath_ends_s else self._all.poll(wall_s)
        most = -1
        for descriptor, events in ready:
            if (read := self._readers.get(descriptor)) is not None:
                most = max(most, read())
            elif (serve := self._attended.get(descriptor)) is not None:
                serve(events)
        if most >= 0 or time.monotonic() - self._ticked_s >= TICK_S:
            self._ticked_s = time.monotonic()
            self._after_round()
        if 0 < most < BURST_BYTES:
            self._breath_ends_s = time.monotonic() + BREATH_S

    def close(self) -> None:
        """Stop reading. Closing twice is fine."""
        if self._closing:
            return
        self._closing = True
        os.eventfd_write(self._wake, 1)
        if self._thread.is_alive():
            self._thread.join()
        for epoll in (self._all, self._others):
            epoll.close()
        os.close(self._wake)

    def _run(self) -> None:
        while not self._closing:
            self.turn()

    def _rested(self, wall_s: float) -> list[tuple[int, int]]:
        """What is ready of all but the lines until the breath ends, or then of all."""
        # In this order: who begins to wait now either is seen here or sees that we breathe.
        self._breathing = True
        left_s = 0.0 if self._is_waited_for() else self._breath_ends_s - time.monotonic()
        ready = self._others.poll(min(left_s, wall_s)) if left_s > 0 else []
        self._breathing = False
        if ready:
            return ready
        self._breath_ends_s = 0.0
        return self._all.poll(0)

    def _woken(self, _: int) -> None:
        os.eventfd_read(self._wake)
