"""What a line is made of: a terminal, a TCP connection, or RFC 2217. Bytes and modem lines, no more.

pyserial opens terminals and speaks RFC 2217; what has a file descriptor is read and written here,
so that a blocked write says how much it took and a hang-up is no silence.
"""

import array
import contextlib
import fcntl
import os
import select
import socket
import termios
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import serial
from serial import rfc2217

from hil.errors import LineBlocked, NotOnThisLine

CHUNK_BYTES = 65536
FULL_BYTES, MOST_PIECES = 3500, 8
"""Who has so much at once has more, and that is read with it, up to so many pieces."""
CONNECT_LIMIT_S = 5.0
"""Wall seconds a TCP connection may take; also pyserial's own."""

GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR | select.POLLNVAL
TIOCGICOUNT = 0x545D
IAC = b"\xff"
_NO_LINES = "has no modem lines and no break"


@dataclass(frozen=True, slots=True)
class ModemLines:
    """The inputs of a serial port, as they stand."""

    cts: bool
    dsr: bool
    ri: bool
    cd: bool


@dataclass(frozen=True, slots=True)
class DriverCounts:
    """What the kernel's driver has counted since it was loaded."""

    framing: int
    overrun: int
    """Characters lost in the hardware, because nobody fetched them in time."""
    parity: int
    breaks: int
    buffer_overrun: int
    """Characters lost in the kernel."""

    @classmethod
    def of(cls, fields: Sequence[int]) -> "DriverCounts":
        """From `struct serial_icounter_struct`."""
        return cls(*(fields[index] for index in (6, 7, 8, 9, 10)))


class Wire(Protocol):
    """One open connection. Its methods raise OSError (or pyserial's, which is one) when it is gone."""

    def fileno(self) -> int | None: ...
    def take(self, wait_s: float = 0.0) -> bytes: ...
    def put(self, data: bytes, *, limit_s: float) -> None: ...
    @property
    def is_hung_up(self) -> bool: ...
    def close(self) -> None: ...
    def set_break(self, on: bool) -> None: ...
    def set_dtr(self, on: bool) -> None: ...
    def set_rts(self, on: bool) -> None: ...
    def modem(self) -> ModemLines: ...
    def driver_counts(self) -> DriverCounts | None: ...


class _Descriptor:
    """Reads and writes a file descriptor that does not block."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int | None:
        return self._descriptor

    def take(self, wait_s: float = 0.0) -> bytes:
        if wait_s:
            select.select([self._descriptor], [], [], wait_s)
        try:
            data = os.read(self._descriptor, CHUNK_BYTES)
        except BlockingIOError:
            return b""
        if not data:
            raise ConnectionResetError("the other end hung up")
        if len(data) < FULL_BYTES:
            return data
        # A terminal gives no more at once, whatever it holds.
        pieces = [data]
        with contextlib.suppress(OSError):  # that it is gone is said by the next read
            while len(data) >= FULL_BYTES and len(pieces) < MOST_PIECES:
                data = os.read(self._descriptor, CHUNK_BYTES)
                pieces.append(data)
        return b"".join(pieces)

    def put(self, data: bytes, *, limit_s: float) -> None:
        taken, until_s = 0, time.monotonic() + limit_s
        while taken < len(data):
            try:
                taken += os.write(self._descriptor, data[taken : taken + CHUNK_BYTES])
            except BlockingIOError:
                left_s = until_s - time.monotonic()
                if left_s <= 0 or not select.select([], [self._descriptor], [], left_s)[1]:
                    raise LineBlocked(_no_more(taken, data, limit_s), taken=taken) from None
            except OSError as error:
                raise Taken(error, taken) from error

    @property
    def is_hung_up(self) -> bool:
        return _is_gone(self._descriptor)


class Taken(OSError):
    """The connection broke in mid-write, after `taken` bytes."""

    def __init__(self, error: Exception, taken: int) -> None:
        super().__init__(str(error))
        self.taken = taken


def _no_more(taken: int, data: bytes, limit_s: float) -> str:
    return f"took {taken} of {len(data)} bytes and no more for {limit_s:g} s"


class _NoModemLines:
    """A connection that carries bytes only."""

    def set_break(self, on: bool) -> None:
        raise NotOnThisLine(_NO_LINES)

    def set_dtr(self, on: bool) -> None:
        raise NotOnThisLine(_NO_LINES)

    def set_rts(self, on: bool) -> None:
        raise NotOnThisLine(_NO_LINES)

    def modem(self) -> ModemLines:
        raise NotOnThisLine(_NO_LINES)

    def driver_counts(self) -> DriverCounts | None:
        return None


class SocketWire(_NoModemLines, _Descriptor):
    """`socket://HOST:PORT`. Keep-alive finds out about a server whose power was cut."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection(
            (parts.hostname or "", parts.port or 0), CONNECT_LIMIT_S
        )
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        keep_alive(self._socket)
        super().__init__(self._socket.fileno())

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class _Modem:
    """Modem lines and break as pyserial has them."""

    _port: Any  # half of what a port has is in no stub

    def set_break(self, on: bool) -> None:
        self._port.break_condition = on

    def set_dtr(self, on: bool) -> None:
        self._port.dtr = on

    def set_rts(self, on: bool) -> None:
        self._port.rts = on

    def modem(self) -> ModemLines:
        port = self._port
        return ModemLines(cts=port.cts, dsr=port.dsr, ri=port.ri, cd=port.cd)


class _Terminal(serial.Serial):
    """pyserial's port, which drops what waits unread only when told to."""

    keeps_unread = False

    def _reset_input_buffer(self) -> None:
        if not self.keeps_unread:
            super()._reset_input_buffer()  # type: ignore[misc]


class TtyWire(_Modem, _Descriptor):
    """A device file, for this process alone: flock, and TIOCEXCL where `excludes`."""

    def __init__(self, path: str, baud: int, *, keeps_unread: bool, excludes: bool) -> None:
        port = _Terminal(None, baud, timeout=0, exclusive=True)
        port.port, port.keeps_unread = path, keeps_unread
        port.open()
        self._port, self._path = port, path
        super().__init__(port.fileno())
        settings = termios.tcgetattr(self._descriptor)
        settings[6][termios.VMIN] = 1  # else an empty read means both silence and a hang-up
        termios.tcsetattr(self._descriptor, termios.TCSANOW, settings)
        if excludes:
            fcntl.ioctl(self._descriptor, termios.TIOCEXCL)

    def close(self) -> None:
        # Whoever may open it in spite of that (root) must not inherit it.
        with contextlib.suppress(OSError, termios.error):
            fcntl.ioctl(self._descriptor, termios.TIOCNXCL)
        self._port.close()

    def set_break(self, on: bool) -> None:
        self._need_lines()  # a terminal without a break takes it and does nothing
        super().set_break(on)

    def set_dtr(self, on: bool) -> None:
        self._need_lines()
        super().set_dtr(on)

    def set_rts(self, on: bool) -> None:
        self._need_lines()
        super().set_rts(on)

    def modem(self) -> ModemLines:
        self._need_lines()
        return super().modem()

    def driver_counts(self) -> DriverCounts | None:
        fields = array.array("i", [0] * 20)
        try:
            fcntl.ioctl(self._descriptor, TIOCGICOUNT, fields)
        except OSError:  # this driver does not count
            return None
        return DriverCounts.of(fields)

    def _need_lines(self) -> None:
        try:
            fcntl.ioctl(self._descriptor, termios.TIOCMGET, b"\0" * 4)
        except OSError as error:
            raise NotOnThisLine(f"{_NO_LINES} ({error.strerror})") from error


class _Rfc2217(rfc2217.Serial):
    """pyserial's client, which has the server drop what waits unread only when told to."""

    keeps_unread = False

    def reset_input_buffer(self) -> None:
        if not self.keeps_unread:
            super().reset_input_buffer()


class Rfc2217Wire(_Modem):
    """A serial server by RFC 2217. pyserial reads it in a thread, so there is no descriptor."""

    def __init__(self, url: str, baud: int, *, keeps_unread: bool, wait_s: float) -> None:
        self._wait_s = wait_s
        # The read timeout is never changed: the port would be negotiated anew each time.
        port = _Rfc2217(None, baud, timeout=wait_s)
        port.port, port.keeps_unread = url, keeps_unread
        with warnings.catch_warnings():
            # pyserial 3.5 names its thread the old way.
            warnings.filterwarnings("ignore", r"set(Daemon|Name)\(\)", DeprecationWarning)
            port.open()
        self._port = port
        self._socket: socket.socket = self._port._socket  # noqa: SLF001  nothing public leads to it
        keep_alive(self._socket)

    def fileno(self) -> int | None:
        return None

    def take(self, wait_s: float = 0.0) -> bytes:
        first = bytes(self._port.read(1)) if wait_s or self._port.in_waiting else b""
        return first + bytes(self._port.read(self._port.in_waiting)) if first else first

    def put(self, data: bytes, *, limit_s: float) -> None:
        """Not by pyserial's write: that does not say what was taken, and its limit is its own."""
        escaped, sent = data.replace(IAC, IAC + IAC), 0
        until_s = time.monotonic() + limit_s
        with self._port._write_lock:  # noqa: SLF001  it negotiates on the same connection
            while sent < len(escaped):
                left_s = until_s - time.monotonic()
                try:
                    if left_s <= 0 or not select.select([], [self._socket], [], left_s)[1]:
                        taken = len(escaped[:sent].replace(IAC + IAC, IAC))
                        raise LineBlocked(_no_more(taken, data, limit_s), taken=taken)
                    sent += self._socket.send(escaped[sent:], socket.MSG_DONTWAIT)
                except BlockingIOError:
                    continue
                except (OSError, ValueError) as error:  # ValueError: closed meanwhile
                    taken = len(escaped[:sent].replace(IAC + IAC, IAC))
                    raise Taken(error, taken) from error

    @property
    def is_hung_up(self) -> bool:
        return self._socket.fileno() < 0 or _is_gone(self._socket.fileno())

    def close(self) -> None:
        self._port.close()
        # pyserial 3.5 forgets to close its socket where the other end went first.
        self._socket.close()

    def set_break(self, on: bool) -> None:
        self._told(lambda: super(Rfc2217Wire, self).set_break(on))

    def set_dtr(self, on: bool) -> None:
        self._told(lambda: super(Rfc2217Wire, self).set_dtr(on))

    def set_rts(self, on: bool) -> None:
        self._told(lambda: super(Rfc2217Wire, self).set_rts(on))

    def modem(self) -> ModemLines:
        try:
            return super().modem()
        except serial.SerialException as error:
            raise NotOnThisLine(
                f"is behind a server that tells no modem lines ({error})"
            ) from error

    def driver_counts(self) -> DriverCounts | None:
        return None

    @staticmethod
    def _told(set_it: Callable[[], None]) -> None:
        try:
            set_it()
        except ValueError as error:  # pyserial: "timeout while waiting for option"
            raise NotOnThisLine(f"is behind a server that does not take this ({error})") from error


def keep_alive(connection: socket.socket) -> None:
    """Have the kernel notice within half a minute that nobody is there any more."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        (socket.TCP_KEEPIDLE, 10),
        (socket.TCP_KEEPINTVL, 5),
        (socket.TCP_KEEPCNT, 4),
    ):
        connection.setsockopt(socket.IPPROTO_TCP, option, value)


def _is_gone(descriptor: int) -> bool:
    poller = select.poll()
    poller.register(descriptor, GONE)
    return any(events & GONE for _, events in poller.poll(0))
