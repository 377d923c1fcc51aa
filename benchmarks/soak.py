"""`python -m benchmarks.soak --megabytes 2000`: much output, recorded with flat memory.

Four consoles at 115,200 baud say 2 GB in twelve hours; here the devices write as fast as they are
read. Ends with 1 when something is missing in the logs or memory has grown.
"""

import argparse
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.capture import OURS, SETTLED_S, settle
from benchmarks.device import LOG_TAG
from benchmarks.device_process import devices
from benchmarks.figures import Table, Target
from benchmarks.processes import cpu_s, rss_mb
from benchmarks.worker_process import Worker, worker

CONSOLES = 4
GROWN_MB = 16.0
"""What allocation may come to between a quarter of the way and the end."""

SLOWEST_MB_PER_S = 0.1


@dataclass
class Soaked:
    """How it went."""

    megabytes: int
    took_s: float = 0.0
    keeper_cpu_s: float = 0.0
    keeper_mb: list[float] = field(default_factory=list)
    test_mb: list[float] = field(default_factory=list)
    sent_lines: int = 0
    logged_lines: int = 0
    disk_mb: float = 0.0

    @property
    def grown_mb(self) -> float:
        """The most that either process has grown by since a quarter of the way."""
        return max(_grown_mb(each) for each in (self.keeper_mb, self.test_mb))

    @property
    def is_well(self) -> bool:
        """Nothing is missing, and memory was flat."""
        return self.sent_lines == self.logged_lines and self.grown_mb <= GROWN_MB


def _grown_mb(samples: list[float]) -> float:
    return max(samples) - samples[len(samples) // 4]


def soak(megabytes: int) -> Soaked:
    """Have the devices write so much together, and record it."""
    soaked = Soaked(megabytes)
    with devices(CONSOLES) as device, worker(OURS, *device.ports) as test:
        keeper = int(test.facts["reader"])
        ended = threading.Event()
        sampler = threading.Thread(target=_sample, args=(soaked, keeper, test, ended))
        before_s, begun_s = cpu_s(keeper), time.monotonic()
        sampler.start()
        try:
            test.do(
                "flood_all",
                count=megabytes * 1_000_000 // CONSOLES,
                within_s=60 + megabytes / SLOWEST_MB_PER_S,
            )
        finally:
            ended.set()
            sampler.join()
        logs = Path(test.facts["logs"])
        settle(logs)
        soaked.took_s = time.monotonic() - begun_s - SETTLED_S
        soaked.keeper_cpu_s = cpu_s(keeper) - before_s
        soaked.sent_lines = sum(each.flooded for each in device.counts())
        soaked.logged_lines = sum(_lines(path) for path in logs.glob("*.log"))
        folder = Path(test.facts["folder"])
        soaked.disk_mb = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
    return soaked


def _sample(soaked: Soaked, keeper: int, test: Worker, ended: threading.Event) -> None:
    while not ended.is_set():
        soaked.keeper_mb.append(rss_mb(keeper))
        soaked.test_mb.append(rss_mb(test.pid))
        ended.wait(0.25)


def _lines(path: Path) -> int:
    """The log lines of a device in one console's log."""
    with path.open("rb") as log:
        return sum(1 for line in log if LOG_TAG in line)


def measure(megabytes: int) -> list[Table]:
    """As a table."""
    return [_table(soak(megabytes))]


def _table(each: Soaked) -> Table:
    megabytes = each.megabytes
    return Table(
        f"{megabytes} MB from {CONSOLES} consoles, as fast as they are read",
        ["", ""],
        rows=[
            [
                "lines missing in the logs",
                f"{each.sent_lines - each.logged_lines:,} of {each.sent_lines:,}",
            ],
            ["took, s (MB/s)", f"{each.took_s:.0f} ({megabytes / each.took_s:.1f})"],
            ["keeper's processor time, s", f"{each.keeper_cpu_s:.1f}"],
            ["keeper's memory, MB: begin, a quarter, most", _course(each.keeper_mb)],
            ["test's memory, MB: begin, a quarter, most", _course(each.test_mb)],
            ["on disk, MB", f"{each.disk_mb:.0f}"],
            ["well", "yes" if each.is_well else "no"],
        ],
        notes=[
            f"Memory is flat when neither grows by more than {GROWN_MB:g} MB after a quarter of the way. "
            "`make long` holds 4,000 MB to the same."
        ],
        targets=[
            Target("lines missing in the logs", 0, each.sent_lines - each.logged_lines, ""),
            Target("growth after a quarter of the way", GROWN_MB, each.grown_mb, " MB"),
        ],
    )


def _course(samples: list[float]) -> str:
    return f"{samples[0]:.0f}, {samples[len(samples) // 4]:.0f}, {max(samples):.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=64, help="of output (64)")
    soaked = soak(parser.parse_args().megabytes)
    sys.stdout.write(_table(soaked).markdown())
    sys.exit(0 if soaked.is_well else 1)


if __name__ == "__main__":
    main()
