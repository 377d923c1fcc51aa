"""The control socket of virtual time: docs/wires/simulator-control.md, the simulator's side."""

import contextlib
import json
import select
import socketserver
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hil.simulator.simulation import Settled, Simulation

Json = dict[str, object]

ENDING_S = 5.0
"""Wall seconds that a client which has hung up may take to let go of the clock."""

POLL_S = 0.02
"""Wall seconds that closing may wait for the listener to notice."""


class ControlSocket:
    """Listens on a Unix socket at `path` (whose folder must be private to this user)."""

    def __init__(self, path: Path, simulation: Simulation) -> None:
        self.path = path
        self._server = _Server(str(path), simulation)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_S,), name="control socket", daemon=True
        )

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening and remove the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path: str, simulation: Simulation) -> None:
        self.simulation = simulation
        self.owner: _Connection | None = None
        self.owning = threading.Lock()
        super().__init__(path, _Connection)


class _Connection(socketserver.StreamRequestHandler):
    server: _Server
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.who = "somebody"
        self.since = ""
        self.attached: set[str] = set()
        self.ended = threading.Event()

    def handle(self) -> None:
        for line in self.rfile:
            number: object = None
            try:
                request = json.loads(line)
                number = request["id"]
                reply = {"ok": True} | self._carry_out(request)
            except (ValueError, KeyError, TypeError) as error:
                reply = {"ok": False, "error": str(error)}
            reply["id"] = number
            try:
                self.wfile.write(json.dumps(reply).encode() + b"\n")
                self.wfile.flush()
            except OSError:
                return

    def finish(self) -> None:
        with self.server.owning:
            if self.server.owner is self:
                # In this order: a new owner may attach the moment this one has let go of the clock.
                for console in self.attached:
                    self.server.simulation.detach(console)
                self.server.owner = None
        self.ended.set()
        with contextlib.suppress(OSError):
            super().finish()

    def _carry_out(self, request: Json) -> Json:
        operations: dict[str, Callable[[Json], Json]] = {
            "own": self._own,
            "attach": self._attach,
            "settle": self._settle,
            "advance": self._advance,
            "snapshot": self._snapshot,
            "restore": self._restore,
            "state": self._state,
        }
        operation = request.get("op")
        if operation not in operations:
            raise ValueError(f"no such op {operation!r}; there are {', '.join(operations)}")
        if operation not in ("own", "state") and self.server.owner is not self:
            raise ValueError(f"{operation} is for the clock's owner; say own first")
        return operations[str(operation)](request)

    @property
    def is_hung_up(self) -> bool:
        """Whether the client is gone, though this thread may not know yet."""
        poller = select.poll()
        poller.register(self.connection, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        return bool(poller.poll(0))

    def _own(self, request: Json) -> Json:
        former = self.server.owner
        if former is not None and former is not self and former.is_hung_up:
            former.ended.wait(ENDING_S)  # the next run may be quicker than the end of the last
        with self.server.owning:
            owner = self.server.owner
            if owner is not None and owner is not self and request.get("take_over") is not True:
                raise ValueError(
                    f"the clock is owned by {owner.who} since {owner.since}; wait for it to end, or "
                    "start a simulator of your own"
                )
            self.who = str(request["who"])
            self.since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
            self.server.owner = self
        return {}

    def _attach(self, request: Json) -> Json:
        site = self.server.simulation.site
        console, known = str(request["console"]), (*site.nodes, site.console.name)
        if console not in known:
            raise ValueError(
                f"there is no device {console} here, only {', '.join(known)}; suspect the serial "
                "number in the rig file"
            )
        resume = request.get("resume") is True
        now_s = self.server.simulation.attach(console, resume=resume)
        self.attached.add(console)
        return {"now_s": now_s}

    def _settle(self, request: Json) -> Json:
        return _fields(self.server.simulation.settle(_counts(request)))

    def _advance(self, request: Json) -> Json:
        until_s, stop_on = request["until_s"], request["stop_on"]
        if not isinstance(until_s, int | float) or not isinstance(stop_on, list):
            raise TypeError("until_s is a number and stop_on a list of consoles")
        return _fields(
            self.server.simulation.advance(until_s, stop_on=stop_on, written=_counts(request))
        )

    def _snapshot(self, request: Json) -> Json:
        return {"snapshot": self.server.simulation.snapshot()}

    def _restore(self, request: Json) -> Json:
        number = request["snapshot"]
        if not isinstance(number, int):
            raise TypeError("snapshot is a number")
        return {"now_s": self.server.simulation.restore(number)}

    def _state(self, request: Json) -> Json:
        return {"state": self.server.simulation.state()}


def _fields(settled: Settled) -> Json:
    # Not `asdict`, which copies each mark; nobody changes them any more.
    return vars(settled)


def _counts(request: Json) -> dict[str, int]:
    written = request["written"]
    if not isinstance(written, dict):
        raise TypeError("written is an object of console: bytes")
    return {str(console): int(count) for console, count in written.items()}
