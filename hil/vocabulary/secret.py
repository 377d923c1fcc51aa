"""Values that must never be read in a log, a report or a traceback."""

import hashlib
import os
from typing import final

SALT_VARIABLE = "HIL_FINGERPRINT_SALT"
"""Where a process that belongs to a run is told the run's salt."""

# One per run: two prints of one key look the same within it, and nowhere else.
_SALT = bytes.fromhex(os.environ.get(SALT_VARIABLE, "")) or os.urandom(16)


def salted_environment() -> dict[str, str]:
    """The environment for a process of the same run, so that its fingerprints are the same."""
    return {**os.environ, SALT_VARIABLE: _SALT.hex()}


def fingerprint(value: str) -> str:
    """Six salted hexadecimal digits that tell two secrets apart without giving either away."""
    return hashlib.blake2s(value.encode(), key=_SALT, digest_size=3).hexdigest()


@final
class Secret:
    """A link key, token or password. Prints as `‹secret 3fa9c1›` everywhere.

    Compares by value, so two keys can be tested for equality and a failing comparison still
    shows fingerprints only.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself; for the wire, never for a message."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"‹secret {fingerprint(self._value.upper())}›"

    __str__ = __repr__

    def __reduce__(self) -> tuple[type["Secret"], tuple[str]]:
        raise TypeError("a Secret is not pickled: it would reach a disk in the clear")
