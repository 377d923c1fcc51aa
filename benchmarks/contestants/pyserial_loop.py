"""pyserial with a loop of one's own: read one byte, then what is there."""

import time

import serial

from benchmarks.contestants.contestant import GaveUp, between_echo_and_prompt, compiled
from benchmarks.contestants.raw import OVERLAP_BYTES
from benchmarks.device import PROMPT


class PyserialLoop:
    """The usual twenty lines."""

    def __init__(self, port: str) -> None:
        self._port = serial.Serial(port, 115200, timeout=1)
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
            heard += self._read()
        self._left = heard[end + len(PROMPT) :]
        return between_echo_and_prompt(heard[:end], command)

    def send(self, command: str) -> None:
        self._port.write(command.encode() + b"\r")

    def wait_for(self, patterns: list[str], within_s: float) -> bytes:
        wanted = compiled(patterns)
        until_s = time.monotonic() + within_s
        heard, self._left = self._left, b""
        while True:
            for pattern in wanted:
                if match := pattern.search(heard):
                    self._left = heard[match.end() :]
                    return match[1]
            if time.monotonic() > until_s:
                raise GaveUp
            heard = heard[-OVERLAP_BYTES:] + self._read()

    def close(self) -> None:
        self._port.close()

    def _read(self) -> bytes:
        first = self._port.read(1)
        return bytes(first + self._port.read(self._port.in_waiting))


class PyserialReadUntil(PyserialLoop):
    """pyserial's own `read_until`; it knows no patterns."""

    def ask(self, command: str) -> bytes:
        self.send(command)
        heard = b""
        while command.encode() + b"\r\n" not in heard:  # a leftover prompt ends it early
            heard += self._port.read_until(PROMPT)
        return between_echo_and_prompt(heard, command)
