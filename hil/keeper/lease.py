"""Whether a run that gives no sign of life still has its rig."""

from pathlib import Path


def beyond_the_lease(pid: int, silent_s: float, *, lease_s: float) -> bool:
    """Whether a run that was silent for `silent_s` wall seconds has lost the rig.

    A debugger that holds the process extends the lease for as long as it does.
    """
    return silent_s > lease_s and not _is_traced(pid)


def _is_traced(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return fields.get("TracerPid", "0") != "0"
