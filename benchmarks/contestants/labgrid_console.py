"""labgrid's serial driver, which is its console driver."""

import pexpect
from labgrid import Target
from labgrid.driver import SerialDriver
from labgrid.resource import RawSerialPort

from benchmarks.contestants.contestant import GaveUp, between_echo_and_prompt
from benchmarks.device import PROMPT


class LabgridConsole:
    """`SerialDriver`. Its shell driver needs a POSIX shell on the device, which this one is not."""

    def __init__(self, port: str) -> None:
        self._target = Target("benchmark")
        RawSerialPort(self._target, name=None, port=port, speed=115200)
        self._console = SerialDriver(self._target, name=None)
        self._target.activate(self._console)

    def ask(self, command: str) -> bytes:
        self.send(command)
        self._console.expect(command + "\r\n", timeout=600)
        _, before, _, _ = self._console.expect(PROMPT.decode(), timeout=600)
        return between_echo_and_prompt(before, command)

    def send(self, command: str) -> None:
        self._console.write(command.encode() + b"\r")

    def wait_for(self, patterns: list[str], within_s: float) -> bytes:
        try:
            _, _, match, _ = self._console.expect(patterns, timeout=within_s)
        except pexpect.TIMEOUT as error:
            raise GaveUp from error
        return bytes(match[1])

    def close(self) -> None:
        self._target.deactivate(self._console)
