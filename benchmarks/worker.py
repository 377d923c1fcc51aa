"""`python -m benchmarks.worker CONTESTANT PORT…`: one contestant in a process of its own.

It runs in whichever environment the contestant needs, and knows nothing but the standard library
besides. For every JSON line on standard input it does one job and answers with one JSON line.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from benchmarks.contestants.contestant import (
    WHOLE_REPLY,
    Contestant,
    GaveUp,
    is_foreign,
    patterns,
)


class Floodable(Protocol):
    """Has several consoles and hears what all of them say."""

    def flood_all(self, count: int, within_s: float) -> None:
        """Have each device write so many bytes, and look on until they have come."""


EVENT = r"EVT (\d+)\r\n"
FLOOD_DONE = r"FLOOD DONE (\d+)\r\n"


def round_trips(contestant: Contestant, count: int) -> dict[str, Any]:
    """So many commands, each when the reply to the one before is there."""
    took_us, foreign, wrong = [], 0, 0
    for number in range(count):
        begun_ns = time.perf_counter_ns()
        reply = contestant.ask(f"status {number % 100}")
        took_us.append((time.perf_counter_ns() - begun_ns) / 1000)
        if is_foreign(reply):
            foreign += 1
        elif reply != WHOLE_REPLY:
            wrong += 1
    return {"took_us": took_us, "foreign": foreign, "wrong": wrong}


def events(contestant: Contestant, count: int, pattern_count: int, seed: int) -> dict[str, Any]:
    """How long after the device wrote a line the call that waits for it returns."""
    wanted, late_us = patterns(EVENT, pattern_count), []
    chance = random.Random(seed)
    for _ in range(count):
        contestant.send(f"event {chance.uniform(2, 10):.3f}")
        written_ns = int(contestant.wait_for(wanted, 60))
        late_us.append((time.monotonic_ns() - written_ns) / 1000)
    return {"late_us": late_us}


def flood(
    contestant: Contestant, count: int, pattern_count: int, within_s: float
) -> dict[str, Any]:
    """Seconds until a match is found behind so many bytes; None where it took too long."""
    wanted = patterns(FLOOD_DONE, pattern_count)
    begun_s = time.perf_counter()
    contestant.send(f"flood {count}")
    try:
        contestant.wait_for(wanted, within_s)
    except GaveUp:
        return {"took_s": None}
    return {"took_s": time.perf_counter() - begun_s}


def compute(contestant: Contestant, duration_s: float) -> dict[str, Any]:
    """Pure Python, and nothing but that."""
    until_s, total, rounds = time.monotonic() + duration_s, 0, 0
    while time.monotonic() < until_s:
        total += sum(n * n for n in range(1000))
        rounds += 1
    return {"rounds": rounds, "total": total}


def flood_all(contestant: Floodable, count: int, within_s: float) -> dict[str, Any]:
    """So many bytes from every console at once; all of it is heard."""
    contestant.flood_all(count, within_s)
    return {}


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "round_trips": round_trips,
    "events": events,
    "flood": flood,
    "compute": compute,
    "flood_all": flood_all,
}


def main() -> None:
    named, *ports = sys.argv[1:]
    # Some contestants print; what is said here goes where they cannot reach it.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    module, _, name = named.partition(":")
    contestant = getattr(import_module(f"benchmarks.contestants.{module}"), name)(*ports)
    answers.write(json.dumps(getattr(contestant, "facts", {})) + "\n")
    for line in sys.stdin:
        said = json.loads(line)
        try:
            answer = JOBS[said.pop("job")](contestant, **said)
        except Exception as error:  # noqa: BLE001 - it is part of the result
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
    contestant.close()


if __name__ == "__main__":
    main()
