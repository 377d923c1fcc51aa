"""The simulator's own consoles as the far end of a line."""

import queue
from collections.abc import Callable

from hil.simulator.faces.pty_console import PtyFace
from hil.simulator.faces.tcp_console import TcpFace
from hil.transports.serial_line import SerialLine


class FaceEnd:
    """The device behind one console of a face."""

    label = "the far end"

    def __init__(self, make_face: Callable[[Callable[[str, bytes], None]], PtyFace | TcpFace]):
        self._heard: queue.Queue[bytes] = queue.Queue()
        self._face: PtyFace | TcpFace | None = make_face(lambda _, data: self._heard.put(data))
        self._console = self._face.consoles["it"]
        self._face.start()
        self.port = self._console.path

    def read(self) -> bytes:
        try:
            return self._heard.get(timeout=0.2)
        except queue.Empty:
            return b""

    def write(self, data: bytes) -> None:
        assert self._face is not None
        self._console.put(data)
        self._face.poke()

    def close(self) -> None:
        if self._face is not None:
            self._face.close()
            self._face = None


def pty_end() -> FaceEnd:
    return FaceEnd(lambda received: PtyFace(("it",), received=received))


def tcp_end(*, rfc2217: bool) -> FaceEnd:
    return FaceEnd(lambda received: TcpFace(("it",), rfc2217=rfc2217, received=received))


def simulated_pty_pair() -> tuple[SerialLine, FaceEnd]:
    far = pty_end()
    return SerialLine(far.port), far


def simulated_rfc2217_pair() -> tuple[SerialLine, FaceEnd]:
    far = tcp_end(rfc2217=True)
    return SerialLine(far.port), far


def simulated_socket_pair() -> tuple[SerialLine, FaceEnd]:
    far = tcp_end(rfc2217=False)
    return SerialLine(far.port), far
