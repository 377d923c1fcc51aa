"""Serial lines: device files, by-id links, PTYs, network ports; opened, and opened again."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import serial

from hil.errors import LineBlocked, LineLost, NotOnThisLine, Unreachable
from hil.transports.port_holders import holders_of, who_holds
from hil.transports.port_identity import DEV, SYS, Port
from hil.transports.wires import (
    DriverCounts,
    ModemLines,
    Rfc2217Wire,
    SocketWire,
    Taken,
    TtyWire,
    Wire,
)

T = TypeVar("T")

READ_S = 0.2
"""Wall seconds a read blocks at most: how long closing may take."""

WRITE_LIMIT_S = 10.0
"""Wall seconds a write may take, however many bytes it has."""


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
            LineBlocked: it took no more bytes within 10 s; says how many it took.
            LineLost: the line is gone.
        """

    def close(self) -> None:
        """Let go of the line. Closing twice is fine."""


class SerialLine:
    """A line to a device file or a network port; a device file for this process alone.

    `sys` and `dev` are where the kernel tells of adapters and where their files are.

    Raises:
        Unreachable: it cannot be opened; says what to suspect.
    """

    def __init__(
        self,
        port: str,
        *,
        baud: int = 115200,
        write_limit_s: float = WRITE_LIMIT_S,
        sys: Path = SYS,
        dev: Path = DEV,
    ) -> None:
        self.baud = baud
        self.warning: str | None = None
        """What was odd when it was opened, for the timeline."""
        self._port = Port(port, sys=sys, dev=dev)
        self._write_limit_s = write_limit_s
        self._writing = threading.Lock()
        self._scheme = port.lower().partition("://")[0] if "://" in port else None
        self._wire: Wire | None = self._open(port, is_back=False)

    @property
    def label(self) -> str:
        moved = f" (now {self._port.opened})" if self._port.opened != self._port.name else ""
        return f"{self._port.name}{moved} at {self.baud} baud"

    @property
    def can_return(self) -> bool:
        """Whether `reopen` can find it again once it was lost."""
        return self._port.can_return

    def fileno(self) -> int | None:
        """What to poll for input; None where only `read` tells of it."""
        return None if self._wire is None else self._wire.fileno()

    def reopen(self) -> None:
        """Open it once more, wherever it is by now; nothing that waits unread is dropped.

        Raises:
            Unreachable: not yet.
        """
        self.close()
        self._wire = self._open(self._port.find(), is_back=True)

    def read(self) -> bytes:
        return self._take(READ_S)

    def take(self) -> bytes:
        """What is there right now, `b""` when nothing is.

        Raises:
            LineLost: the line is gone.
        """
        return self._take(0.0)

    def _take(self, wait_s: float) -> bytes:
        try:
            return self._opened.take(wait_s)
        # pyserial lets a TypeError out when the port is closed under a blocked read.
        except (serial.SerialException, OSError, ValueError, TypeError) as error:
            raise LineLost(
                f"{self.label}: lost while reading: {error}; suspect the cable, the adapter, or the "
                "serial server"
            ) from error

    def write(self, data: bytes, *, waits: bool = True) -> None:
        """As `Line.write`; one that does not wait sends what the line takes at once."""
        try:
            with self._writing:
                self._opened.put(data, limit_s=self._write_limit_s if waits else 0.0)
        except LineBlocked as error:
            raise LineBlocked(
                f"{self.label}: {error}; suspect flow control, or a device that does not read",
                taken=error.taken,
            ) from error
        except (serial.SerialException, OSError, ValueError) as error:
            taken = error.taken if isinstance(error, Taken) else 0
            raise LineLost(
                f"{self.label}: lost while writing, {taken} of {len(data)} bytes were taken: {error}; "
                "suspect the cable, the adapter, or the serial server",
                taken=taken,
            ) from error

    @property
    def is_hung_up(self) -> bool:
        """Whether the other end is known to be gone, though nobody has read that far yet."""
        return self._wire is not None and self._wire.is_hung_up

    def send_break(self, duration_s: float) -> None:
        """Hold the line in break for so many wall seconds.

        Raises:
            NotOnThisLine, LineLost: it cannot.
        """
        wire = self._opened
        self._on_modem(lambda: wire.set_break(True), "a break")
        threading.Event().wait(duration_s)
        self._on_modem(lambda: wire.set_break(False), "a break")

    def set_dtr(self, on: bool) -> None:
        """Raise or drop Data Terminal Ready. Raises as `send_break`."""
        wire = self._opened
        self._on_modem(lambda: wire.set_dtr(on), "DTR")

    def set_rts(self, on: bool) -> None:
        """Raise or drop Request To Send. Raises as `send_break`."""
        wire = self._opened
        self._on_modem(lambda: wire.set_rts(on), "RTS")

    def modem(self) -> ModemLines:
        """How CTS, DSR, RI and CD stand. Raises as `send_break`."""
        wire = self._opened
        return self._on_modem(wire.modem, "modem lines")

    def driver_counts(self) -> DriverCounts | None:
        """Framing errors and lost characters as the driver counts them, where it does."""
        return None if self._wire is None else self._wire.driver_counts()

    def close(self) -> None:
        """Let go of the line. Closing twice is fine."""
        # Not under a write that goes on: its descriptor could be another line's by then.
        with self._writing:
            wire, self._wire = self._wire, None
            if wire is not None:
                wire.close()

    @property
    def _opened(self) -> Wire:
        if self._wire is None:
            raise LineLost(f"{self.label}: is closed")
        return self._wire

    def _open(self, path: str, *, is_back: bool) -> Wire:
        self._port.opened = path
        try:
            if self._scheme == "rfc2217":
                wire: Wire = Rfc2217Wire(path, self.baud, keeps_unread=is_back, wait_s=READ_S)
            elif self._scheme == "socket":
                wire = SocketWire(path)
            else:
                wire = self._open_device(path, is_back=is_back)
        except (serial.SerialException, ValueError, OSError, NotImplementedError) as error:
            raise Unreachable(f"cannot open {self.label}: {_suspect(path, error)}") from error
        self._port.remember()
        return wire

    def _open_device(self, path: str, *, is_back: bool) -> Wire:
        held = holders_of(path)
        # TIOCEXCL would outlive us, even a `kill -9`, where somebody else keeps the terminal open:
        # a simulator both of its sides, for one.
        wire = TtyWire(path, self.baud, keeps_unread=is_back, excludes=not held.is_kept_open)
        names = " and ".join(map(str, held.others))
        self.warning = names and (
            f"{path} is also open in {names}: two readers steal each other's bytes; end that program"
        )
        return wire

    def _on_modem(self, do: Callable[[], T], what: str) -> T:
        try:
            return do()
        except NotOnThisLine as error:
            raise NotOnThisLine(
                f"{self.label}: asked for {what}, but it {error}; it takes a real UART or a serial "
                "server that passes them on"
            ) from error
        except (serial.SerialException, OSError, ValueError) as error:
            raise LineLost(f"{self.label}: lost while asking for {what}: {error}") from error


def _suspect(port: str, error: Exception) -> str:
    text = str(error)
    if "No such file" in text:
        return "no such file; suspect the adapter is unplugged or the rig file names another one"
    if "Permission denied" in text:
        return "permission denied; add the user to the group that owns it (often dialout)"
    if "refused" in text:
        return f"nothing listens there ({text}); suspect the serial server, or its TCP port"
    if "exclusively lock" in text or "busy" in text:
        return f"another program has it open: {who_holds(port)}"
    return text
