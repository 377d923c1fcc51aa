"""A bad wire to a gateway: a relay on 127.0.0.1, in front of it while a fault lasts.

What a client meets is real: a connection that is reset, an answer that stands still, another's page.
The relay changes nothing that no fault asks for; of the answers it passes on every byte is as it came.
Beyond it TLS and the pinned certificate are as they were.
"""

import contextlib
import hashlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import Protocol
from urllib.parse import urlsplit

from hil.evidence.timeline import Kind, Timeline

CHUNK_BYTES = 65536
CONNECT_LIMIT_S = 10.0
"""Wall seconds a connection to the gateway may take."""

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of a socket whose closing is a reset."""


class Disturbance(Protocol):
    """What a fault does to one exchange. Called in a thread of the relay's."""

    def instead(self) -> bytes | None:
        """A whole answer in place of the gateway's, which the request does not reach; None: none."""

    def head(self, head: bytes) -> bytes:
        """The head of the gateway's answer, with its empty line, as it is passed on; takes its time."""

    def body_bytes(self, length: int | None) -> int | None:
        """How many bytes of a body (so long, where its head says so) pass before a reset; None: all."""


class Relay:
    """Stands between a client and the gateway at `url` until it is closed.

    `next_disturbance` is asked once for each request; `certificate_sha256` is the only one accepted.
    """

    def __init__(
        self,
        url: str,
        *,
        certificate_sha256: str | None,
        timeline: Timeline,
        next_disturbance: Callable[[str], Disturbance | None],
    ) -> None:
        parts = urlsplit(url)
        self._is_tls = parts.scheme == "https"
        self._target = (parts.hostname or "", parts.port or (443 if self._is_tls else 80))
        self._pin, self._timeline = certificate_sha256, timeline
        self._next = next_disturbance
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closing = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, name="bad wire", daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        """Let go of every connection. Closing twice is fine."""
        with self._lock:
            self._closing = True
            for each in (self._listener, *self._open):
                with contextlib.suppress(OSError):  # it is down already
                    each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self._opened(near):
                return
            thread = threading.Thread(
                target=self._serve, args=(near,), name="bad wire", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _opened(self, end: socket.socket) -> bool:
        with self._lock:
            if self._closing:
                end.close()
                return False
            self._open.add(end)
            return True

    def _serve(self, near: socket.socket) -> None:
        """One connection of the client: its requests, one after the other."""
        far: socket.socket | None = None
        try:
            with near, near.makefile("rb") as asked, contextlib.ExitStack() as stack:
                answered: BufferedReader | None = None
                while (request := _request(asked)) is not None:
                    line = request.partition(b"\r\n")[0].decode("latin-1")
                    disturbance = self._next(line)
                    if disturbance is not None and (answer := disturbance.instead()) is not None:
                        near.sendall(answer)
                        continue
                    if far is None or answered is None:
                        far = self._connected()
                        if far is None:
                            return
                        answered = stack.enter_context(far.makefile("rb"))
                    far.sendall(request)
                    if not _pass_on(answered, near, line, disturbance):
                        return
        except (OSError, ValueError):
            return  # either side is gone, or speaks no HTTP, which the client sees
        finally:
            with self._lock:
                self._open -= {near, *([far] if far else [])}
            if far is not None:
                far.close()

    def _connected(self) -> socket.socket | None:
        far = socket.create_connection(self._target, CONNECT_LIMIT_S)
        far.settimeout(None)
        if self._is_tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            secured = context.wrap_socket(far, server_hostname=self._target[0])
            shown = hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()
            if shown != self._pin:
                secured.close()
                self._timeline.note(
                    "envoy http",
                    Kind.TROUBLE,
                    "beyond the bad wire another certificate is shown than that of the rig file; nothing "
                    "was sent there",
                )
                return None
            far = secured
        return far if self._opened(far) else None


def _request(asked: BufferedReader) -> bytes | None:
    """The next request, head and body; None where the client has none."""
    head = _head(asked)
    if head is None:
        return None
    return head + asked.read(int(_header(head, b"content-length") or 0))


def _pass_on(
    answered: BufferedReader, near: socket.socket, request: str, disturbance: Disturbance | None
) -> bool:
    """Pass an answer on to `near`, as far as it may go; whether the connection is of use after it."""
    head = _head(answered)
    if head is None:
        return False
    length = _header(head, b"content-length")
    left: int | None = None
    if disturbance is not None:
        left = disturbance.body_bytes(None if length is None else int(length))
        near.sendall(disturbance.head(head))
    else:
        near.sendall(head)
    for piece in _body(answered, head, request):
        if left is None:
            near.sendall(piece)
            continue
        near.sendall(piece[:left])
        left = max(0, left - len(piece))
        if not left:
            break
    if left is not None:
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        return False
    ends = length is None and _header(head, b"transfer-encoding") is None
    return not ends and (_header(head, b"connection") or b"").lower() != b"close"


def _head(said: BufferedReader) -> bytes | None:
    """Everything up to an empty line, which is part of it; None where nothing more comes."""
    head = b""
    while (line := said.readline()) not in (b"\r\n", b"\n"):
        if not line:
            return None
        head += line
    return head + line


def _header(head: bytes, name: bytes) -> bytes | None:
    for line in head.splitlines()[1:]:
        called, _, value = line.partition(b":")
        if called.strip().lower() == name:
            return value.strip()
    return None


def _body(answered: BufferedReader, head: bytes, request: str) -> Iterator[bytes]:
    """The body of an answer as it comes, with the marks of its chunks, where it has such."""
    status = int(head.split(maxsplit=2)[1])
    if request.startswith("HEAD ") or status in (204, 304):
        return
    if (_header(head, b"transfer-encoding") or b"").lower() == b"chunked":
        while size := int((line := answered.readline()).split(b";")[0], 16):
            yield line + answered.read(size + len(b"\r\n"))
        yield line + (_head(answered) or b"")
        return
    length = _header(head, b"content-length")
    left = None if length is None else int(length)
    while left is None or left > 0:
        piece = answered.read1(CHUNK_BYTES if left is None else min(left, CHUNK_BYTES))
        if not piece:
            return
        left = None if left is None else left - len(piece)
        yield piece
