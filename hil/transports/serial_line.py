"""Serial lines: device files, by-id links, PTYs, network ports. The only import of pyserial."""

import warnings
from typing import Protocol

import serial

from hil.errors import LineLost, Unreachable

READ_S = 0.2
"""Wall seconds a read blocks at most: how long closing may take."""

WRITE_LIMIT_S = 10.0
"""Wall seconds a write may block before the line counts as lost."""


class Line(Protocol):
    """A byte pipe to one console."""

    @property
    def label(self) -> str:
        """Where it is, for messages: `/dev/ttyUSB3 at 115200 baud`."""

    def read(self) -> bytes:
        """What came, at least one byte; `b""` when nothing did for 0.2 wall seconds.

        Raises:
            LineLost: the line is gone.
        """

    def write(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            LineLost: the line is gone, or took nothing for 10 s (RFC 2217: 5 s, pyserial's own).
        """

    def cancel(self) -> None:
        """End a read that is blocked in another thread, where the line can."""

    def close(self) -> None:
        """Let go of the line. Closing twice is fine."""


class SerialLine:
    """A line that pyserial opens; a device file for this process alone.

    Raises:
        Unreachable: it cannot be opened; says what to suspect.
    """

    def __init__(self, port: str, *, baud: int = 115200) -> None:
        self._label = f"{port} at {baud} baud"
        scheme = port.lower().partition("://")[0] if "://" in port else None
        try:
            with warnings.catch_warnings():
                # pyserial 3.5's rfc2217 names its thread the old way.
                warnings.filterwarnings("ignore", r"set(Daemon|Name)\(\)", DeprecationWarning)
                # The read timeout is never changed: an RFC 2217 port negotiates anew each time.
                self._port = serial.serial_for_url(
                    port,
                    baud,
                    timeout=READ_S,
                    write_timeout=None if scheme == "rfc2217" else WRITE_LIMIT_S,
                    exclusive=True if scheme is None else None,
                )
        except (serial.SerialException, ValueError, OSError, NotImplementedError) as error:
            raise Unreachable(f"cannot open {self._label}: {_suspect(port, error)}") from error

    @property
    def label(self) -> str:
        return self._label

    def read(self) -> bytes:
        try:
            first = bytes(self._port.read(1))
            return first + bytes(self._port.read(self._port.in_waiting)) if first else first
        # pyserial lets a TypeError out when the port is closed under a blocked read.
        except (serial.SerialException, OSError, TypeError) as error:
            raise LineLost(f"{self._label}: lost while reading: {error}") from error

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise LineLost(
                f"{self._label}: lost while writing {len(data)} bytes: {error}; suspect the cable, or "
                "flow control"
            ) from error

    def cancel(self) -> None:
        # Network ports have nothing of the kind; their reads end by themselves.
        if hasattr(self._port, "cancel_read"):
            self._port.cancel_read()

    def close(self) -> None:
        # pyserial 3.5 forgets to close its socket where the other end went first.
        held = getattr(self._port, "_socket", None)
        self._port.close()
        if held is not None:
            held.close()


def _suspect(port: str, error: Exception) -> str:
    text = str(error)
    if "No such file" in text:
        return "no such file; suspect the adapter is unplugged or the rig file names another one"
    if "Permission denied" in text:
        return "permission denied; add the user to the group that owns it (often dialout)"
    if "refused" in text:
        return f"nothing listens there ({text}); suspect the serial server, or its TCP port"
    if "exclusively lock" in text or "busy" in text:
        return f"another program has it open; `fuser {port}` says which"
    return text
