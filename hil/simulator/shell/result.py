"""How a command on the simulated shell ended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """Exit status and both outputs."""

    status: int = 0
    out: bytes = b""
    err: str = ""
