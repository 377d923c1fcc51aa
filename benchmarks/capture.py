"""Recording consoles at full pace while the test computes, and while its process is stopped."""

import math
import os
import re
import signal
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.device import CHATTER_LINE_BYTES
from benchmarks.device_process import Counts, Device, devices
from benchmarks.figures import Table, Target, percentile
from benchmarks.processes import cpu_s, rss_mb
from benchmarks.worker_process import Entry, JobFailed, Worker, worker

BAUD = 921_600
CONSOLE_COUNTS = (1, 4, 8, 16)
SETTLED_S = 1.0
"""So long nothing was written any more: what there was has been recorded."""

LONGEST_BACKLOG_S = 120.0

OURS = Entry("hil", "hil", "hil_bench:HilBench")
CHEAPEST = Entry("reads and writes, nothing else", "hil", "drain_bench:DrainBench")
RECORDERS = (
    CHEAPEST,
    OURS,
    Entry("a pyserial thread each", "peers", "pyserial_threads:PyserialThreads"),
)

LINE = re.compile(
    rb"^( *\d+\.\d{3} )?(?:\S+Z \| )?\[ *\d+\.\d{3}\] ZB: (\d{8}) (\d+) ([0-9a-f]{8})\.*\r?$"
)


@dataclass
class Recorded:
    """What a recorder made of it."""

    consoles: int
    sent_bytes: int = 0
    lost_bytes: int = 0
    """Not in the logs, whoever lost them."""
    untimed: int = 0
    """Lines without a time."""
    late_ms: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)
    """At the beginning, after the computing, after the stop, at the end."""
    cpu_s: float = 0.0
    backlog_s: float = 0.0
    """How long it went on writing when the devices had fallen silent."""
    device_late_s: float = 0.0
    rounds: int = 0
    """How far the test came with its computing."""
    trouble: str | None = None


def measure(phase_s: float, counts: tuple[int, ...] = CONSOLE_COUNTS) -> list[Table]:
    """Every recorder with every number of consoles, one after the other."""
    taken = [(entry, _recorded(entry, count, phase_s)) for count in counts for entry in RECORDERS]
    return [_table(taken, phase_s)]


def _recorded(entry: Entry, consoles: int, phase_s: float) -> Recorded:
    recorded = Recorded(consoles)
    try:
        with devices(consoles) as device, worker(entry, *device.ports) as test:
            _record(device, test, phase_s, recorded)
    except (JobFailed, OSError, LookupError) as error:
        recorded.trouble = str(error)[-300:]
    return recorded


def _record(device: Device, test: Worker, phase_s: float, recorded: Recorded) -> None:
    reader, logs = int(test.facts["reader"]), Path(test.facts["logs"])
    zero = test.facts["zero"]
    recorded.rss_mb.append(rss_mb(reader))
    began_cpu_s = cpu_s(reader)
    device.set(baud=BAUD, chatters=True, counted_anew=True)
    recorded.rounds = test.do("compute", duration_s=phase_s)["rounds"]
    recorded.rss_mb.append(rss_mb(reader))
    os.kill(test.pid, signal.SIGSTOP)
    try:
        time.sleep(phase_s)
    finally:
        os.kill(test.pid, signal.SIGCONT)
    recorded.rss_mb.append(rss_mb(reader))
    counts = device.set(chatters=False)
    recorded.backlog_s = settle(logs)
    recorded.cpu_s = cpu_s(reader) - began_cpu_s
    recorded.rss_mb.append(rss_mb(reader))
    for path, count in zip(sorted(logs.glob("*.log")), counts, strict=True):
        _judge(path, count, zero, recorded)


def settle(logs: Path) -> float:
    """Until nothing is written any more; seconds until the last was."""
    begun_s = last_s = time.monotonic()
    before = -1
    while time.monotonic() - last_s < SETTLED_S and time.monotonic() - begun_s < LONGEST_BACKLOG_S:
        size = sum(path.stat().st_size for path in logs.glob("*.log"))
        if size != before:
            before, last_s = size, time.monotonic()
        time.sleep(0.05)
    return last_s - begun_s


def _judge(path: Path, count: Counts, zero: float | None, recorded: Recorded) -> None:
    """Hold a log against what the device has sent."""
    whole = set()
    with path.open("rb") as log:
        for line in log:
            found = LINE.match(line.rstrip(b"\n"))
            if found is None or int(found[4], 16) != zlib.crc32(found[2] + b" " + found[3]):
                continue
            whole.add(int(found[2]))
            if found[1] is None:
                recorded.untimed += 1
            elif zero is not None:
                recorded.late_ms.append((zero + float(found[1]) - int(found[3]) / 1e9) * 1000)
    recorded.sent_bytes += count.lines * CHATTER_LINE_BYTES
    recorded.lost_bytes += (count.lines - len(whole)) * CHATTER_LINE_BYTES
    recorded.device_late_s = max(recorded.device_late_s, count.late_s)


def _table(taken: list[tuple[Entry, Recorded]], phase_s: float) -> Table:
    table = Table(
        f"Recording at 921,600 baud: {phase_s:g} s with the test computing, {phase_s:g} s with its process stopped",
        [
            "consoles",
            "",
            "bytes lost",
            "lines without a time",
            "late, ms: p50 / p99 / most",
            "memory, MB: begin, computed, stopped, end",
            "processor, s",
            "× cheapest",
            "went on for, s",
        ],
        notes=[
            "A line is timed when "
            "its end has been read, up to 3 ms after its beginning was written. A thread in the test's process costs "
            "the test's own time as well, so its processor time is not comparable.",
            "Seconds in which the devices themselves did not get the processor (they then send less, not later): "
            + ", ".join(f"{each.consoles}: {each.device_late_s:.1f}" for _, each in taken)
            + ".",
        ],
    )
    ours = [each for entry, each in taken if entry is OURS]
    failed = math.inf if any(each.trouble is not None for each in ours) else 0.0
    dearest = max(_times_cheapest(each, taken) or 0.0 for each in ours)
    table.targets += [
        Target("bytes lost of full lines", 0, failed + sum(each.lost_bytes for each in ours), ""),
        Target("lines without a time", 0, failed + sum(each.untimed for each in ours), ""),
        Target("processor time of recording", 1.5, failed + dearest, " × the cheapest"),
    ]
    for entry, each in taken:
        if each.trouble is not None:
            table.rows.append(
                [str(each.consoles), entry.called, f"not taken: {each.trouble}"] + ["–"] * 6
            )
            continue
        lost = each.lost_bytes / each.sent_bytes if each.sent_bytes else 0.0
        ratio = _times_cheapest(each, taken)
        in_the_test = entry not in (OURS, CHEAPEST)
        late = "–"
        if each.late_ms:
            late = (
                f"{percentile(each.late_ms, 0.5):.0f} / {percentile(each.late_ms, 0.99):.0f} / "
                f"{max(each.late_ms):.0f}"
            )
        table.rows.append(
            [
                str(each.consoles),
                entry.called,
                f"{each.lost_bytes:,} of {each.sent_bytes:,} ({lost:.2%})",
                "all" if entry is CHEAPEST else f"{each.untimed:,}",
                late,
                ", ".join(f"{mb:.0f}" for mb in each.rss_mb),
                "–" if in_the_test else f"{each.cpu_s:.2f}",
                "–" if in_the_test or ratio is None else f"{ratio:.1f}",
                f"{each.backlog_s:.1f}",
            ]
        )
    return table


def _times_cheapest(each: Recorded, taken: list[tuple[Entry, Recorded]]) -> float | None:
    """Its processor time by that of the cheapest loop with as many consoles."""
    for entry, other in taken:
        if entry is CHEAPEST and other.consoles == each.consoles and other.cpu_s:
            return each.cpu_s / other.cpu_s
    return None
