"""Lines of text over TCP, one question at a time: how bench instruments are spoken to."""

import socket
from contextlib import suppress

from hil.clock import Clock
from hil.errors import Unreachable
from hil.evidence.timeline import Kind, Timeline

LIMIT_WALL_S = 10.0
"""Wall seconds for a connection and for an answer."""


class TcpLines:
    """A connection to `address` (`host:port`), opened at the first use; `what` names the instrument.

    A connection that broke is opened anew at the next use; nothing is sent twice.
    """

    def __init__(
        self,
        address: str,
        *,
        what: str,
        clock: Clock,
        timeline: Timeline,
        limit_s: float = LIMIT_WALL_S,
    ) -> None:
        self.address, self.what = address, what
        self._clock, self._timeline, self._limit_s = clock, timeline, limit_s
        self._socket: socket.socket | None = None
        self._received = b""

    def ask(self, *lines: str) -> str:
        """Send the lines, the last of them a question; its answer without the line end.

        Raises:
            Unreachable: nobody listens there, or no answer came; names address and question.
        """
        self._clock.settle()
        for line in lines:
            self._timeline.note(self.what, Kind.SENT, line)
        try:
            self._connected().sendall("".join(f"{line}\n" for line in lines).encode("ascii"))
            answer = self._line()
        except OSError as error:
            self.close()
            message = (
                f"{self.what} at {self.address}: no answer to {lines[-1]!r}: {error}; suspect its power, "
                "its network cable, the address in the rig file, or another program that holds it"
            )
            self._timeline.note(self.what, Kind.TROUBLE, message)
            raise Unreachable(message) from error
        self._clock.settle()
        self._timeline.note(self.what, Kind.HEARD, answer)
        return answer

    def close(self) -> None:
        """Let go of the connection. Closing twice is fine."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
        self._socket, self._received = None, b""

    def _connected(self) -> socket.socket:
        if self._socket is None:
            host, _, port = self.address.rpartition(":")
            self._socket = socket.create_connection((host.strip("[]"), int(port)), self._limit_s)
        return self._socket

    def _line(self) -> str:
        while b"\n" not in self._received:
            data = self._connected().recv(4096)
            if not data:
                raise ConnectionError("it closed the connection")
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        return line.decode("ascii", "replace").rstrip("\r")
