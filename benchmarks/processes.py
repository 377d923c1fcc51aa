"""What a process costs, as the kernel counts it."""

from pathlib import Path


def cpu_s(pid: int) -> float:
    """Seconds of a processor it has used, all the threads it has.

    To the nanosecond: by its ticks a process that wakes for a moment, often, looks cheap or dear.
    """
    spent = (
        (task / "schedstat").read_text(encoding="utf-8").split()[0]
        for task in Path(f"/proc/{pid}/task").iterdir()
    )
    return sum(map(int, spent)) / 1e9


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
