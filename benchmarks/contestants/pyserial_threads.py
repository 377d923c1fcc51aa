"""The usual way to record many consoles: a pyserial thread for each, in the test's process."""

import os
import tempfile
import threading
import time
from pathlib import Path

import serial


class PyserialThreads:
    """Each line is written with the time at which it was read."""

    def __init__(self, *ports: str) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self._ports = [serial.Serial(port, 921_600, timeout=0.2) for port in ports]
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._record, args=(number, port), daemon=True)
            for number, port in enumerate(self._ports)
        ]
        for thread in self._threads:
            thread.start()
        self.facts = {
            "reader": os.getpid(),
            "logs": self._directory.name,
            "folder": self._directory.name,
            "zero": 0.0,
        }

    def _record(self, number: int, port: serial.Serial) -> None:
        rest = b""
        with (Path(self._directory.name) / f"{number:03d}.log").open("wb", buffering=0) as log:
            while not self._ending.is_set():
                first = port.read(1)
                *lines, rest = (rest + first + port.read(port.in_waiting)).split(b"\r\n")
                now_s = time.monotonic()
                if lines:
                    log.write(b"".join(b"%12.3f %s\n" % (now_s, line) for line in lines))

    def close(self) -> None:
        """End the threads."""
        self._ending.set()
        for thread in self._threads:
            thread.join()
        for port in self._ports:
            port.close()
        self._directory.cleanup()
