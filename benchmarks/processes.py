"""What a process costs, as the kernel counts it."""

import os
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Seconds of a processor it has used, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def rss_mb(pid: int) -> float:
    """Memory it holds, in MB."""
    return int(_status(pid, "VmRSS").split()[0]) / 1024


def threads(pid: int) -> int:
    """How many threads it has."""
    return int(_status(pid, "Threads"))


def _status(pid: int, key: str) -> str:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return value.strip()
    raise LookupError(f"{key} of process {pid}")
