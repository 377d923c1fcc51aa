"""One thread that reads every line with a file descriptor, as soon as there is something to read."""

import os
import select
import threading
from collections.abc import Callable

BREATH_S = 0.01
"""Wall seconds between two rounds while nobody waits: many small reads cost more than few."""

TICK_S = 1.0
"""Wall seconds after which a round ends, though nothing came."""

BURST_BYTES = 3000
"""Somebody who says so much in one breath is read on at once: a terminal holds 4096 bytes."""


class Pump:
    """`after_round` is called in the pump's thread when a round of reading is over."""

    def __init__(
        self, *, is_waited_for: Callable[[], bool], after_round: Callable[[], None]
    ) -> None:
        self._is_waited_for, self._after_round = is_waited_for, after_round
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._readers: dict[int, Callable[[], int]] = {}
        self._breathing = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="line pump", daemon=True)

    def add(self, descriptor: int, read: Callable[[], int]) -> None:
        """Call `read` whenever `descriptor` has something; it says how many bytes it took."""
        self._readers[descriptor] = read
        self._epoll.register(descriptor, select.EPOLLIN)
        if not self._thread.is_alive():
            self._thread.start()

    def remove(self, descriptor: int) -> None:
        """Forget `descriptor`; before it is closed. Twice is fine."""
        if self._readers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def hurry(self) -> None:
        """Somebody waits: end the breath."""
        if self._breathing:
            os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Stop reading. Closing twice is fine."""
        if self._closing:
            return
        self._closing = True
        os.eventfd_write(self._wake, 1)
        if self._thread.is_alive():
            self._thread.join()
        self._epoll.close()
        os.close(self._wake)

    def _run(self) -> None:
        while not self._closing:
            most = 0
            for descriptor, _ in self._epoll.poll(TICK_S):
                if descriptor == self._wake:
                    os.eventfd_read(self._wake)
                elif (read := self._readers.get(descriptor)) is not None:
                    most = max(most, read())
            self._after_round()
            if 0 < most < BURST_BYTES:
                self._breathe()

    def _breathe(self) -> None:
        # In this order: who begins to wait now either is seen here or sees that we breathe.
        self._breathing = True
        if not self._is_waited_for():
            select.select([self._wake], [], [], BREATH_S)
        self._breathing = False
