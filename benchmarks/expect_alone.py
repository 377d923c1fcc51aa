"""What `expect` costs: a pattern behind much output, against the smallest loop there is.

    python benchmarks/expect_alone.py --megabytes 50 --patterns 30 --rounds 3

A process writes log lines to a PTY as fast as it is read, then the line that is waited for. *raw*
reads the descriptor and searches each new piece, with what stood before it, for every pattern;
*expect* is ours: a reader thread, a `Stream`, `expect`. Ratios within one run count, not figures.
"""

import argparse
import os
import re
import statistics
import threading
import time
import tty
from collections.abc import Callable
from multiprocessing import get_context

from rich.console import Console

from hil.clock import WallClock
from hil.transports.expect import expect
from hil.transports.stream import Stream

READ_BYTES = 65536
OVERLAP_BYTES = 128
"""What *raw* keeps of what it has searched: enough for these patterns."""
LINE = b"[12.345] ZB: Beacon Response: 1A2B 14 08 FF rssi -61\r\n"
WANTED = b"STATE -> WAITING TO JOIN 7\r\n"

SETS: dict[str, Callable[[int], list[str]]] = {
    "words": lambda number: [rf"never {each} (\w+)" for each in range(number - 1)],
    "log lines": lambda number: [rf"\[ *\d+\.\d+\] ZB: Never {each}" for each in range(number - 1)],
}
"""Patterns that begin with a word, and such that nearly match on every line."""


def _write(descriptor: int, size: int) -> None:
    piece = memoryview(LINE * (READ_BYTES // len(LINE)))
    left = size
    while left > 0:
        left -= os.write(descriptor, piece[: min(len(piece), left)])
    rest = memoryview(WANTED)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def raw(descriptor: int, patterns: list[str]) -> None:
    compiled = [re.compile(pattern.encode(), re.DOTALL) for pattern in patterns]
    buffer = b""
    while True:
        buffer = buffer[-OVERLAP_BYTES:] + os.read(descriptor, READ_BYTES)
        for pattern in compiled:
            if pattern.search(buffer):
                return


def ours(descriptor: int, patterns: list[str]) -> None:
    stream = Stream("1", wire="bench")

    def read() -> None:
        while WANTED not in stream.read(max(0, stream.received - len(WANTED))):
            stream.append(os.read(descriptor, READ_BYTES))

    thread = threading.Thread(target=read)
    thread.start()
    match = expect(stream, patterns, since=0, within_s=600, clock=WallClock())
    assert match.text == b"WAITING TO JOIN 7", match
    thread.join()


def _seconds(run: Callable[[int, list[str]], None], size: int, patterns: list[str]) -> float:
    master, slave = os.openpty()
    tty.setraw(slave)
    writer = get_context("fork").Process(target=_write, args=(slave, size))
    writer.start()
    began = time.perf_counter()
    run(master, patterns)
    took = time.perf_counter() - began
    writer.join()
    os.close(master)
    os.close(slave)
    return took


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=float, default=50)
    options.add_argument("--patterns", type=int, default=30)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    size = int(given.megabytes * 2**20)
    console = Console()
    for name, make in SETS.items():
        patterns = [*make(given.patterns), r"WAITING TO JOIN (\d)"]
        took = {
            run.__name__: statistics.median(
                _seconds(run, size, patterns) for _ in range(given.rounds)
            )
            for run in (raw, ours)
        }
        told = ", ".join(
            f"{who} {seconds:.2f} s ({given.megabytes / seconds:.1f} MB/s)"
            for who, seconds in took.items()
        )
        console.print(
            f"{name}: {given.megabytes:g} MB, {given.patterns} patterns: {told}, "
            f"ratio {took['ours'] / took['raw']:.2f}"
        )


if __name__ == "__main__":
    main()
