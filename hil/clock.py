"""Time is handed in. Nothing in hil waits but through a clock.

Rig time is the time the devices live in, in seconds. On a bench it is the wall's; on a paced
simulator it runs `speed` times as fast; on a virtual one it moves only when it is told to
(`hil/rig/simulator_clock.py`).
"""

import time
from collections.abc import Callable, Collection
from typing import Protocol

from hil.errors import OutOfTime

GRAIN_WALL_S = 0.05
"""How finely a test can tell times apart where time passes by itself, in wall seconds."""


class Signal(Protocol):
    """Something that can wake a waiter: bytes arriving on one or more console lines."""

    @property
    def lines(self) -> Collection[str]:
        """The console lines that wake it, by name (a simulator stops at their next print)."""

    def wait(self, wall_s: float) -> bool:
        """Block up to `wall_s` wall seconds for the next wake-up; whether one came."""


class Clock(Protocol):
    """Rig time: read it, pass it, wait in it."""

    @property
    def grain_s(self) -> float:
        """Rig seconds to add to every upper bound: what the measuring itself may cost."""

    @property
    def speed(self) -> float:
        """Rig seconds per wall second; infinite where time is virtual."""

    def now(self) -> float:
        """Rig seconds since the clock's own zero. Never goes back."""

    def sleep(self, duration_s: float) -> None:
        """Let `duration_s` rig seconds pass."""

    def wait(self, signal: Signal, until_s: float) -> bool:
        """Wait for `signal` until rig time `until_s`; whether it came (or may have)."""

    def settle(self) -> None:
        """Return when everything the devices have said so far has been read.

        In virtual time exact; where time passes by itself there is no such moment, and this
        does nothing.
        """


class WallClock:
    """The wall's time, or a multiple of it for a paced simulator."""

    def __init__(self, *, speed: float = 1.0, zero: float | None = None) -> None:
        """`zero` is the monotonic second at which rig time began; now, where it is not given."""
        if speed <= 0:
            raise ValueError(f"speed must be positive, not {speed:g}")
        self._speed = speed
        self._zero = time.monotonic() if zero is None else zero

    @property
    def grain_s(self) -> float:
        return self._speed * GRAIN_WALL_S

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> float:
        return (time.monotonic() - self._zero) * self._speed

    def sleep(self, duration_s: float) -> None:
        if duration_s > 0:
            time.sleep(duration_s / self._speed)

    def wait(self, signal: Signal, until_s: float) -> bool:
        left_s = until_s - self.now()
        return left_s > 0 and signal.wait(left_s / self._speed)

    def settle(self) -> None:
        pass


class JumpingClock:
    """Sleeping costs nothing: the clock jumps. For selftests of code that only sleeps."""

    grain_s = 0.0
    speed = float("inf")

    def __init__(self) -> None:
        self._now_s = 0.0

    def now(self) -> float:
        return self._now_s

    def sleep(self, duration_s: float) -> None:
        self._now_s += max(0.0, duration_s)

    def wait(self, signal: Signal, until_s: float) -> bool:
        if signal.wait(0):
            return True
        self._now_s = max(self._now_s, until_s)
        return False

    def settle(self) -> None:
        pass


LOOK_WALL_S = 0.5
"""A long wait is cut into pieces of so many wall seconds, for whoever wants to end it."""


def _nobody() -> None:
    pass


class LimitedClock:
    """A clock that ends what takes too long: the limit of a test, in rig time.

    Reading it never raises; letting time pass beyond the limit does. `on_look` is called before
    time passes and may raise, to end a test at a place where it can be ended.
    """

    def __init__(self, clock: Clock, *, on_look: Callable[[], None] = _nobody) -> None:
        self._clock = clock
        self._on_look = on_look
        self._until_s: float | None = None
        self._what = ""

    @property
    def unlimited(self) -> Clock:
        """The clock itself: for what lets time pass without being the test, as a slow gateway does."""
        return self._clock

    @property
    def grain_s(self) -> float:
        return self._clock.grain_s

    @property
    def speed(self) -> float:
        return self._clock.speed

    def limit(self, duration_s: float | None, *, what: str = "") -> None:
        """Let `what` use `duration_s` rig seconds from now; None lifts the limit."""
        self._until_s = None if duration_s is None else self.now() + duration_s
        self._what = f"{what} used up its {duration_s:g} s of rig time" if duration_s else ""

    def now(self) -> float:
        return self._clock.now()

    def sleep(self, duration_s: float) -> None:
        """As `Clock.sleep`.

        Raises:
            OutOfTime: the limit came first.
        """
        until_s = self.now() + duration_s
        if self._until_s is None or until_s <= self._until_s:
            self._sleep_until(until_s)
            return
        self._sleep_until(self._until_s)
        raise OutOfTime(self._what)

    def _sleep_until(self, until_s: float) -> None:
        while (left_s := until_s - self.now()) > 0:
            self._on_look()
            self._clock.sleep(min(left_s, self._piece_s))
            if left_s <= self._piece_s:
                return

    def wait(self, signal: Signal, until_s: float) -> bool:
        """As `Clock.wait`.

        Raises:
            OutOfTime: the limit came first.
        """
        self._on_look()
        if self._until_s is None or until_s <= self._until_s:
            return self._wait_until(signal, until_s)
        if self._wait_until(signal, self._until_s):
            return True
        if self.now() < self._until_s:
            return False
        raise OutOfTime(self._what)

    def _wait_until(self, signal: Signal, until_s: float) -> bool:
        while until_s - self.now() > self._piece_s:
            if self._clock.wait(signal, self.now() + self._piece_s):
                return True
            self._on_look()
        return self._clock.wait(signal, until_s)

    def settle(self) -> None:
        self._on_look()
        self._clock.settle()

    @property
    def _piece_s(self) -> float:
        return self._clock.speed * LOOK_WALL_S
