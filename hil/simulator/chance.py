"""Chance that does not depend on who looks first.

Each device has its own stream, and each kind of event its own count within it: the n-th poll of a
device is lost or not whatever else has happened in between.
"""

import hashlib

_SCALE = float(1 << 64)


def draw(seed: int, device: str, what: str, number: int) -> float:
    """A number in [0, 1) for the `number`-th event of this kind on this device."""
    name = f"{seed}\x00{device}\x00{what}\x00{number}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest()) / _SCALE
