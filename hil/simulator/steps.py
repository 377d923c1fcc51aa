"""Things that go in steps: which one it is at a moment, and when the next begins.

Sums of times that should be the same differ by nanoseconds, and other things happen whole microseconds
beside each other. So a step counts from half of one before it, and is waited for until then: who looks
before has not missed it, who looks after finds that it was decided for.
"""

COUNTS_FROM_S, WAITED_UNTIL_S = 0.5e-6, 0.49e-6


def has_come(in_s: float) -> bool:
    """Whether what is so far ahead counts as reached."""
    return in_s <= COUNTS_FROM_S


def wait_for(in_s: float) -> float:
    """How long to wait for it; above 0 where it has not come."""
    return in_s - WAITED_UNTIL_S


def begun(since_s: float, step_s: float) -> int:
    """How many steps have, the first of them at 0."""
    return int((since_s + COUNTS_FROM_S) / step_s) + 1


def next_in_s(since_s: float, step_s: float) -> float:
    """How long to wait for the next."""
    return wait_for(begun(since_s, step_s) * step_s - since_s)
