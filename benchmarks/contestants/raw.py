"""The smallest loop on the descriptor itself: what everybody else is compared with."""

import os
import select
import time
import tty

from benchmarks.contestants.contestant import GaveUp, between_echo_and_prompt, compiled
from benchmarks.device import PROMPT

READ_BYTES = 1 << 16
OVERLAP_BYTES = 200
"""Longer than any match: so much of what was searched is searched again with what came."""


class Raw:
    """`os.read` and `bytes.find`."""

    def __init__(self, port: str) -> None:
        line = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(line)
        self._begin(line)

    def _begin(self, line: int) -> None:
        self._port = line
        self._poll = select.poll()
        self._poll.register(self._port, select.POLLIN)
        self._left = b""

    def ask(self, command: str) -> bytes:
        echo = command.encode() + b"\r\n"
        self.send(command)
        heard = self._left
        while True:
            begun = heard.find(echo)
            end = heard.find(PROMPT, begun) if begun >= 0 else -1
            if end >= 0:
                break
            heard += os.read(self._port, READ_BYTES)
        self._left = heard[end + len(PROMPT) :]
        return between_echo_and_prompt(heard[:end], command)

    def send(self, command: str) -> None:
        os.write(self._port, command.encode() + b"\r")

    def wait_for(self, patterns: list[str], within_s: float) -> bytes:
        wanted = compiled(patterns)
        until_s = time.monotonic() + within_s
        heard, self._left = self._left, b""
        while True:
            for pattern in wanted:
                if match := pattern.search(heard):
                    self._left = heard[match.end() :]
                    return match[1]
            if not self._poll.poll(max(0.0, until_s - time.monotonic()) * 1000):
                raise GaveUp
            heard = heard[-OVERLAP_BYTES:] + os.read(self._port, READ_BYTES)

    def close(self) -> None:
        os.close(self._port)
