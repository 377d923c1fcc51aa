"""What every contestant can do, however it does it; and the reply that all of them have to give."""

import re
from typing import Protocol

from benchmarks.device import LOG_TAG, PROMPT, REPLY

PATTERNS_IN_VAIN = 29
"""How many patterns that never match stand beside the one that does, where there are 30."""

WHOLE_REPLY = b"".join(line + b"\r\n" for line in REPLY) + b"OK\r\n"

SHORTEST_WAIT_S = 30.0
"""What a contestant waits for at least before it gives up."""


class GaveUp(Exception):
    """A contestant did not find what it waited for in time."""


class Contestant(Protocol):
    """Something that talks to a device on a serial console."""

    def ask(self, command: str) -> bytes:
        """Send a command, wait for its reply and return what it takes for that."""

    def send(self, command: str) -> None:
        """Send a command and wait for nothing."""

    def wait_for(self, patterns: list[str], within_s: float) -> bytes:
        """Wait for one of these; its first group.

        Raises:
            GaveUp: it did not come.
        """

    def close(self) -> None:
        """Let go of the console."""


def patterns(wanted: str, count: int) -> list[str]:
    """`wanted` as the last of so many patterns; the others never match."""
    return [*(rf"alarm {n:02d} raised: (\d+)\r\n" for n in range(count - 1)), wanted]


def compiled(patterns: list[str]) -> list[re.Pattern[bytes]]:
    """Patterns over bytes."""
    return [re.compile(each.encode()) for each in patterns]


def between_echo_and_prompt(heard: bytes, command: str) -> bytes:
    """What a console without a notion of log lines takes for the reply."""
    return heard.rpartition(command.encode() + b"\r\n")[2].removesuffix(PROMPT)


def is_foreign(reply: bytes) -> bool:
    """Whether lines stand in a reply that do not belong to it."""
    return LOG_TAG in reply
