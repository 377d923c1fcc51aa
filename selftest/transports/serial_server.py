"""Serial ports on the network, for selftests: a plain socket, and RFC 2217 by pyserial's own server."""

import contextlib
import queue
import socket
import threading
from types import SimpleNamespace
from typing import Any, cast

from serial.rfc2217 import PortManager  # noqa: TID251 - the server's side, written by others

from hil.transports.serial_line import SerialLine

GUARD_S = 10.0


class SocketEnd:
    """The far end of a `socket://` line."""

    label = "the far end"

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.settimeout(0.2)

    def read(self) -> bytes:
        try:
            return self._connection.recv(4096)
        except TimeoutError:
            return b""

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)

    def close(self) -> None:
        self._connection.close()


def socket_pair() -> tuple[SerialLine, SocketEnd]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = SerialLine(f"socket://127.0.0.1:{server.getsockname()[1]}")
        return near, SocketEnd(server.accept()[0])


class SerialPort:
    """What `PortManager` sets and reads of a port."""

    bytesize, parity, stopbits = 8, "N", 1
    xonxoff = rtscts = dtr = rts = False
    cts = dsr = cd = True
    ri = False

    def __init__(self) -> None:
        self.bauds: list[int] = []
        """Every baud rate the client has set."""
        self.breaks: list[bool] = []
        """Every break that began or ended."""

    @property
    def baudrate(self) -> int:
        return self.bauds[-1] if self.bauds else 9600

    @baudrate.setter
    def baudrate(self, baud: int) -> None:
        self.bauds.append(baud)

    @property
    def break_condition(self) -> bool:
        return bool(self.breaks) and self.breaks[-1]

    @break_condition.setter
    def break_condition(self, on: bool) -> None:
        self.breaks.append(on)

    def reset_input_buffer(self) -> None:
        pass

    def reset_output_buffer(self) -> None:
        pass


class Rfc2217End:
    """The far end of an `rfc2217://` line: a serial server with nothing behind it but this object."""

    label = "the far end"

    def __init__(self, server: socket.socket) -> None:
        self.port = SerialPort()
        self._server = server
        self._connection: socket.socket | None = None
        self._heard: queue.Queue[bytes] = queue.Queue()
        self._writing = threading.Lock()
        self._manager: PortManager | None = None
        self._serving = threading.Thread(target=self._serve)
        self._serving.start()

    def read(self) -> bytes:
        try:
            return self._heard.get(timeout=0.2)
        except queue.Empty:
            return b""

    def write(self, data: bytes) -> None:
        assert self._manager is not None
        self._send(b"".join(self._manager.escape(data)))

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):  # the client may have gone first
                self._connection.shutdown(socket.SHUT_RDWR)
        self._serving.join()

    def _send(self, data: bytes) -> None:
        assert self._connection is not None
        with self._writing:
            self._connection.sendall(data)

    def _serve(self) -> None:
        self._server.settimeout(GUARD_S)
        with self._server:
            self._connection, _ = self._server.accept()
        with self._connection:
            manager = PortManager(
                cast(Any, self.port), cast(Any, SimpleNamespace(write=self._send))
            )
            self._manager = manager
            while data := self._received():
                if heard := b"".join(manager.filter(data)):
                    self._heard.put(heard)

    def _received(self) -> bytes:
        assert self._connection is not None
        try:
            return self._connection.recv(4096)
        except OSError:
            return b""


def rfc2217_pair() -> tuple[SerialLine, Rfc2217End]:
    server = socket.create_server(("127.0.0.1", 0))
    far = Rfc2217End(server)
    return SerialLine(f"rfc2217://127.0.0.1:{server.getsockname()[1]}", baud=57600), far
