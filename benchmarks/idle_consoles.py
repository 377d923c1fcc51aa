"""What a hundred consoles cost that say nothing."""

import time

from benchmarks.capture import OURS
from benchmarks.device_process import devices
from benchmarks.figures import Table, Target
from benchmarks.processes import cpu_s, rss_mb, threads
from benchmarks.worker_process import JobFailed, worker

CONSOLES = 100
CALM_S = 2.0
"""The rig has just been opened; that is not what is measured."""


def measure(duration_s: float) -> list[Table]:
    """One console and a hundred."""
    table = Table(
        "Consoles that say nothing",
        ["consoles", "keeper: share of a processor", "memory, MB", "threads", "open after, s"],
        notes=[],
    )
    memory_mb = {}
    for count in (1, CONSOLES):
        begun_s = time.monotonic()
        try:
            with devices(count) as device, worker(OURS, *device.ports) as test:
                opened_s = time.monotonic() - begun_s
                keeper = int(test.facts["reader"])
                time.sleep(CALM_S)
                before_s = cpu_s(keeper)
                time.sleep(duration_s)
                used = (cpu_s(keeper) - before_s) / duration_s
                memory_mb[count] = rss_mb(keeper)
                if count == CONSOLES:
                    said = f"{CONSOLES} silent consoles"
                    table.targets.append(Target(said, 1, 100 * used, " % of a processor"))
                cells = [f"{used:.1%}", f"{memory_mb[count]:.1f}", str(threads(keeper))]
                table.rows.append([str(count), *cells, f"{opened_s:.1f}"])
        except JobFailed as error:
            table.rows.append([str(count), f"not taken: {str(error)[-300:]}", "–", "–", "–"])
    if len(memory_mb) == 2:
        each_kb = (memory_mb[CONSOLES] - memory_mb[1]) * 1024 / (CONSOLES - 1)
        table.notes.append(f"A console costs {each_kb:.0f} KB.")
        table.targets.append(Target("memory of a silent console", 1, each_kb / 1024, " MB"))
    return [table]
