"""A connection to a keeper: docs/wires/keeper.md, the client's side.

Nobody reads the socket in the background: whoever waits for a console reads it himself, so that a
byte reaches the one who waits for it without a second thread in between.
"""

import json
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hil.errors import KeeperLost, RigInUse
from hil.transports.frames import (
    DATA_HEAD,
    WAITING_HEAD,
    WRITE_HEAD,
    Frame,
    FrameReader,
    Json,
    framed,
    framed_json,
)

ALIVE_EVERY_S = 2.0
"""Wall seconds between two signs of life."""

HELLO_WALL_S = 30.0
"""Wall seconds a keeper may take to say who it is."""

READ_BYTES = 1 << 16
"""Less than what an allocator would fetch from the kernel, and give back, for each read."""


@dataclass(frozen=True, slots=True)
class KeptConsole:
    """A console as the keeper has it at the moment of the hello."""

    name: str
    wire: str
    label: str
    received: int
    written: int
    trouble: str | None


class Heard(NamedTuple):
    """Bytes of a console: its number, the offset of the first, when they came."""

    console: int
    offset: int
    at_s: float
    wall: float
    data: bytes


def _ignore(*_: object) -> None:
    pass


class _Held(threading.local):
    """What a thread says and has not sent yet; None where it sends at once."""

    frames: list[bytes] | None = None


class KeeperLink:
    """Attached to the keeper at `path` (a Unix socket) as `who`, in the role `run`, `watch` or
    `console`.

    `turn_s` is how many wall seconds a command of ours may keep others from typing, at most.
    The `on_…` are called with what the keeper says, in the thread that reads.

    Raises:
        KeeperLost: nobody listens there.
        RigInUse: the rig has another run.
    """

    def __init__(self, path: Path, *, role: str, who: str, turn_s: float | None = None) -> None:
        self.path = path
        self.on_data: Callable[[Heard], None] = _ignore
        self.on_line: Callable[[Json], None] = _ignore
        self.on_written: Callable[[int, int, bytes], None] = _ignore
        """Console, flags, bytes: what somebody else sent to it."""
        self.on_event: Callable[[Json], None] = _ignore
        self._frames = FrameReader()
        self._reading, self._sending = threading.Lock(), threading.Lock()
        self._held = _Held()
        self._late: list[bytes] = []
        """What goes along with the next frame that is sent."""
        self._answers: dict[int, Json] = {}
        self._asked = 0
        self._lost: str | None = None
        self._was_told = False
        self._hello: Json = {}
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise KeeperLost(f"no keeper listens at {path}: {error}") from error
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        us: Json = {"role": role, "who": who, "pid": os.getpid()}
        if turn_s is not None:
            us["turn_s"] = turn_s
        try:
            self._send(framed_json(Frame.HELLO, us))
            self._wait(lambda: bool(self._hello), HELLO_WALL_S, "say hello")
            if "refused" in self._hello:
                raise RigInUse(str(self._hello["refused"]))
        except BaseException:
            self.close()
            raise

    @property
    def hello(self) -> Json:
        """What the keeper said first: docs/wires/keeper.md."""
        return self._hello

    @property
    def consoles(self) -> list[KeptConsole]:
        """The rig's consoles; their place in the list is their number."""
        described = self._hello["consoles"]
        assert isinstance(described, list)
        return [KeptConsole(**each) for each in described]

    @property
    def lost(self) -> str | None:
        """Why the keeper is gone; None while it is there, as far as is known."""
        return self._lost

    @property
    def was_told(self) -> bool:
        """Whether the keeper itself has ended this connection, and `lost` is what it said."""
        return self._was_told

    def fileno(self) -> int:
        """For a `select` over this connection and others; `read(0)` when it is ready."""
        return self._socket.fileno()

    def check(self) -> None:
        """Take in what the keeper has said.

        Raises:
            KeeperLost: it is gone, or has ended this connection.
        """
        self.read(0)
        self.raise_if_lost()

    def raise_if_lost(self) -> None:
        """As `check`, by what is known already."""
        if self._lost is not None:
            raise KeeperLost(self._lost)

    def read(self, wall_s: float) -> bool:
        """Take in what has come; where nothing has, wait for it for `wall_s` wall seconds at most.

        Whether something came, or another thread took it in meanwhile.
        """
        if wall_s > 0:
            self._send_late()
        if not self._reading.acquire(timeout=wall_s):
            return True
        try:
            if self._lost is not None or (wall_s > 0 and not self._poll.poll(wall_s * 1000)):
                return False
            while True:
                data = self._socket.recv(READ_BYTES, socket.MSG_DONTWAIT)
                self._take(data)
                if len(data) < READ_BYTES or self._lost is not None:
                    return True
        except BlockingIOError:
            return False
        except OSError as error:
            self._lose(str(error))
            return True
        finally:
            self._reading.release()

    def write(self, console: int, data: bytes, flags: int = 0) -> None:
        """Have the keeper send `data` to a console."""
        self._send(framed(Frame.WRITE, WRITE_HEAD.pack(console, flags) + data))

    def hurry(self, console: int) -> None:
        """Tell the keeper that somebody waits for bytes of a console, for `HURRY_S`."""
        self._send(framed(Frame.WAITING, WAITING_HEAD.pack(console)))

    def tell(self, kind: Frame, document: Json) -> None:
        """Say something that has no answer."""
        self._send(framed_json(kind, document))

    def note(self, line: bytes) -> None:
        """Have the keeper write a line into the timeline's file: an event as it stands there."""
        self._send(framed(Frame.EVENT, line))

    @contextmanager
    def together(self, *, late: bool = False) -> Iterator[None]:
        """What this thread says meanwhile is sent at the end, in one piece: each wakes the keeper.

        Where it may be `late` it goes along with whatever is sent next, or when something is waited
        for, or with the next sign of life.
        """
        held = self._held
        if held.frames is not None:
            yield
            return
        held.frames = []
        try:
            yield
        finally:
            frames, held.frames = held.frames, None
            if late:
                self._late += frames
            elif frames:
                self._send(b"".join(frames))

    def ask(self, op: str, *, within_s: float = HELLO_WALL_S, **fields: object) -> Json:
        """Ask the keeper for something; its answer.

        Raises:
            KeeperLost: it is gone, says no, or does not answer within `within_s` wall seconds.
        """
        with self._sending:
            self._asked += 1
            number = self._asked
        self._send(framed_json(Frame.REQUEST, {"id": number, "op": op, **fields}))
        self._wait(lambda: number in self._answers, within_s, f"answer {op!r}")
        answer = self._answers.pop(number)
        if not answer.get("ok"):
            raise KeeperLost(f"the keeper refused {op!r}: {answer.get('error')}")
        return answer

    def wait_for_the_end(self, within_s: float = HELLO_WALL_S) -> None:
        """Wait until the keeper has let go of everything and closes the connection.

        Raises:
            KeeperLost: it does not, within so many wall seconds.
        """
        self._wait(lambda: self._lost is not None, within_s, "end")

    def close(self) -> None:
        """Let go of the connection. Closing twice is fine."""
        if self._lost is None:
            self._send_late()
            self._lost = "the connection to the keeper is closed"
        self._socket.close()

    def _wait(self, done: Callable[[], bool], within_s: float, what: str) -> None:
        until_s = time.monotonic() + within_s
        while not done():
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                raise KeeperLost(f"the keeper at {self.path} did not {what} within {within_s:g} s")
            self.read(left_s)
            if self._lost is not None and not done():
                raise KeeperLost(self._lost)

    def _send(self, frame: bytes) -> None:
        self.raise_if_lost()
        if self._held.frames is not None:
            self._held.frames.append(frame)
            return
        try:
            with self._sending:
                if self._late:
                    late, self._late = self._late, []
                    frame = b"".join([*late, frame])
                self._socket.sendall(frame)
        except OSError as error:
            self.read(0)  # it may have said why
            self._lose(str(error))
            raise KeeperLost(self._lost or "") from error

    def _send_late(self) -> None:
        if self._late:
            with suppress(KeeperLost):  # said to whoever waits
                self._send(b"")

    def _lose(self, why: str) -> None:
        if self._lost is None:
            self._lost = (
                f"the keeper of the rig is gone ({why}): nothing is recorded any more, and the rig stays as "
                "it is until the next run or `hil safe` puts it right; suspect that it was killed (keeper.log "
                "in the run's folder)"
            )

    def _take(self, data: bytes) -> None:
        if not data:
            self._lose("it closed the connection")
            return
        for kind, content in self._frames.feed(data):
            match kind:
                case Frame.DATA:
                    console, offset, at_s, wall = DATA_HEAD.unpack_from(content)
                    self.on_data(Heard(console, offset, at_s, wall, content[DATA_HEAD.size :]))
                case Frame.WRITE:
                    console, flags = WRITE_HEAD.unpack_from(content)
                    self.on_written(console, flags, content[WRITE_HEAD.size :])
                case Frame.ANSWER:
                    answer = json.loads(content)
                    self._answers[answer["id"]] = answer
                case Frame.EVENT:
                    self.on_event(json.loads(content))
                case Frame.LINE:
                    self.on_line(json.loads(content))
                case Frame.HELLO:
                    self._hello = json.loads(content)
                case Frame.TOLD:
                    self._lost, self._was_told = str(json.loads(content)["text"]), True


class Heartbeat:
    """Tells the keeper every two seconds that the run is alive, from a thread of its own."""

    def __init__(self, link: KeeperLink) -> None:
        self._link = link
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        # A debugger that stops every thread leaves this one alone: the rig is still in use.
        self._thread.pydev_do_not_trace = True  # type: ignore[attr-defined]
        self._thread.start()

    def close(self) -> None:
        """Stop. Closing twice is fine."""
        self._closing.set()
        self._thread.join()

    def _beat(self) -> None:
        with suppress(KeeperLost):
            while not self._closing.wait(ALIVE_EVERY_S):
                self._link.tell(Frame.ALIVE, {})
