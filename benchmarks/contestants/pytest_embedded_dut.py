"""pytest-embedded's `dut` with the serial service, put together as its fixtures do."""

import tempfile
from pathlib import Path

import pexpect
from pytest_embedded.app import App
from pytest_embedded.dut_factory import _listener_gn, _pexpect_fr_gn, pexpect_proc_fn
from pytest_embedded.log import MessageQueueManager
from pytest_embedded_serial.dut import SerialDut
from pytest_embedded_serial.serial import Serial

from benchmarks.contestants.contestant import GaveUp, between_echo_and_prompt
from benchmarks.device import PROMPT


class PytestEmbeddedDut:
    """A reader thread, a queue in a manager's process, a log process, pexpect on the log file."""

    def __init__(self, port: str) -> None:
        self._directory = tempfile.TemporaryDirectory()
        log = str(Path(self._directory.name) / "dut.log")
        self._manager = MessageQueueManager()
        self._manager.start()
        queue = self._manager.MessageQueue()
        self._listener = _listener_gn(queue, log, True, 0, 1)
        self._log_file = _pexpect_fr_gn(log, self._listener)
        self._serial = Serial(msg_queue=queue, port=port)
        self._dut = SerialDut(
            serial=self._serial,
            pexpect_proc=pexpect_proc_fn(self._log_file),
            msg_queue=queue,
            app=App(),
            pexpect_logfile=log,
            test_case_name="benchmark",
        )

    def ask(self, command: str) -> bytes:
        self.send(command)
        self._dut.expect_exact(command.encode() + b"\r\n", timeout=600)
        before = self._dut.expect_exact(PROMPT, timeout=600, return_what_before_match=True)
        return between_echo_and_prompt(bytes(before), command)

    def send(self, command: str) -> None:
        self._dut.write(command.encode() + b"\r")

    def wait_for(self, patterns: list[str], within_s: float) -> bytes:
        try:
            match = self._dut.expect([each.encode() for each in patterns], timeout=within_s)
        except pexpect.TIMEOUT as error:
            raise GaveUp from error
        return bytes(match[1])

    def close(self) -> None:
        self._serial.close()
        self._listener.terminate()
        self._manager.shutdown()
        self._log_file.close()
        self._directory.cleanup()
