"""The keeper at work: consoles on one side, clients on the other, and a rig to be left safe.

Everything happens in one thread, but for lines that cannot be polled. Nothing waits for a client, a
device or a disk that takes its time.
"""

import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hil.errors import HilError
from hil.evidence.timeline import Kind
from hil.keeper.clients import Client, described, document
from hil.keeper.custody import Custody, Guard
from hil.keeper.durable_timeline import DurableTimeline
from hil.keeper.lease import beyond_the_lease
from hil.keeper.switchboard import Switchboard
from hil.rig.journal import Journal
from hil.rig.out_mark import OutMark
from hil.rig.rig_folder import Holder
from hil.rig.safety import Safety
from hil.transports.frames import HURRY_S, WAITING_HEAD, WRITE_HEAD, Frame, Json
from hil.transports.recorder import Recorder
from hil.vocabulary.secret import Secret

LOOK_EVERY_S = 1.0
"""Wall seconds between two looks at whether the run is still there."""

UNCLAIMED_S = 60.0
"""Wall seconds after which a keeper ends that nobody has attached to."""


def _nobody(why: str) -> None:
    pass


@dataclass(frozen=True)
class Kept:
    """What a keeper keeps."""

    rig_file: Path
    holder: Holder
    recorder: Recorder
    timeline: DurableTimeline
    journal: Journal
    mark: OutMark
    guard: Guard
    on_now: Callable[[float], None]
    """Told the rig's time where it is virtual, by the run that moves it."""
    zero: float
    """The monotonic second at which rig time began."""
    lease_s: float
    """Wall seconds a run may be silent."""
    put_right: list[str] = field(default_factory=list)
    """What an earlier run had left."""
    on_lost: Callable[[str], None] = _nobody
    """Told why the run is gone that was to account for its tests, once the rig is safe."""
    left: list[str] = field(default_factory=list)
    """That an earlier run has left the rig as it was, where that was not put right."""


class Keeper:
    """Serves clients on `listener` until the run has ended and the rig is safe."""

    def __init__(self, kept: Kept, listener: socket.socket) -> None:
        self._kept, self._listener = kept, listener
        self._said: deque[Callable[[], None]] = deque()
        self._ended = False
        self._run: Client | None = None
        self._run_was_here = False
        self._custody = Custody(
            holder=kept.holder,
            journal=kept.journal,
            mark=kept.mark,
            guard=kept.guard,
            timeline=kept.timeline,
            soon=self._soon,
        )
        self._told_to_stop: str | None = None
        self._started_s = time.monotonic()
        self._pump = kept.recorder.pump
        listener.setblocking(False)
        self._pump.attend(listener.fileno(), self._accept)
        self._switchboard = Switchboard(kept.recorder, kept.timeline, wake=self._pump.wake)

    def serve(self) -> None:
        """Until the run has ended and the rig is safe, or cannot be made safe."""
        look_s = time.monotonic() + LOOK_EVERY_S
        while not self._ended:
            until_s = min(look_s, self._switchboard.due_s)
            self._pump.turn(max(0.0, until_s - time.monotonic()))
            while self._said:
                self._said.popleft()()
            if time.monotonic() >= until_s:
                self._switchboard.look()
            for client in self._switchboard.clients:
                # Again where it has changed meanwhile: nobody wakes us for who is watched.
                while not client.gone and client.waits_for_room != client.is_watched_for_room:
                    self._watch(client)
                if client.gone:
                    self._drop(client)
            if time.monotonic() >= look_s:
                look_s = time.monotonic() + LOOK_EVERY_S
                self._look()

    def dismiss(self) -> None:
        """Let the clients go: everything else has been let go of."""
        for client in self._switchboard.clients:
            client.tell(Frame.TOLD, {"text": "the rig was given up: its run has ended"})
            client.close()
        self._switchboard.close()

    def told_to_stop(self, by: str) -> None:
        """A signal came: end as soon as no run has the rig. May be called at any point."""
        self._soon(lambda: self._stop(by))

    # What happens in this thread whoever began it.

    def _soon(self, action: Callable[[], None]) -> None:
        self._said.append(action)
        self._pump.wake()

    def _stop(self, by: str) -> None:
        self._told_to_stop = by
        if self._run is not None:
            self._note(Kind.TROUBLE, f"{by}: the keeper goes on until its run has ended")
        elif not self._custody.is_busy:
            self._lose_run(by)

    # Clients.

    def _accept(self, _: int) -> None:
        connection, _address = self._listener.accept()
        client = Client(connection)
        client.alive_s = time.monotonic()
        self._pump.attend(connection.fileno(), lambda events: self._serve_client(client, events))

    def _watch(self, client: Client) -> None:
        """Be told when there is room again for a client that something waits for."""
        client.is_watched_for_room = client.waits_for_room
        self._pump.watch_for_room(client.connection.fileno(), client.is_watched_for_room)

    def _serve_client(self, client: Client, events: int) -> None:
        if events & select.EPOLLOUT:
            client.flush()
        if events & ~select.EPOLLOUT:
            try:
                for kind, content in client.receive():
                    client.alive_s = time.monotonic()
                    self._carry_out(client, kind, content)
            except (ValueError, KeyError, TypeError) as error:
                client.tell(Frame.TOLD, {"text": f"what was said cannot be understood: {error}"})
                client.gone = True
        if client.gone:
            self._drop(client)

    def _drop(self, client: Client) -> None:
        if client.connection.fileno() < 0:
            return
        self._pump.leave(client.connection.fileno())
        client.close()
        self._switchboard.disconnect(client)
        if client is self._run:
            self._run = None
            if not client.leaving:
                self._lose_run(f"{client.who} went away without a word")

    def _carry_out(self, client: Client, kind: int, content: bytes) -> None:
        if not client.role:
            if kind != Frame.HELLO:
                raise ValueError("say hello first")
            self._hello(client, document(content))
            return
        match kind:
            case Frame.WRITE:
                if client.role not in ("run", "console"):
                    raise ValueError(f"{client.role} only looks on: it may not type")
                number, flags = WRITE_HEAD.unpack_from(content)
                self._switchboard.write(client, number, flags, content[WRITE_HEAD.size :])
            case Frame.WAITING:
                (number,) = WAITING_HEAD.unpack_from(content)
                self._switchboard.recordings[number].stream.hurry(HURRY_S)
            case Frame.EVENT:
                self._kept.timeline.add(content)
            case Frame.MARKS:
                self._marks(document(content))
            case Frame.SECRET:
                self._kept.timeline.redactor.learn(Secret(str(document(content)["value"])))
            case Frame.REQUEST:
                self._request(client, document(content))

    def _hello(self, client: Client, said: Json) -> None:
        if said["role"] not in ("run", "watch", "console"):
            raise ValueError(f"there is no role {said['role']!r}")
        client.role, client.who = str(said["role"]), str(said["who"])
        client.pid = int(str(said["pid"]))
        client.turn_s = float(str(said.get("turn_s", client.turn_s)))
        if client.role == "run":
            if self._run is not None or self._run_was_here or self._custody.is_busy:
                holder = self._run.who if self._run else "a run that is being put right"
                client.tell(Frame.HELLO, {"refused": f"the rig is in use by {holder}"})
                client.role = ""
                return
            self._run, self._run_was_here = client, True
        client.tell(
            Frame.HELLO,
            {
                "rig_file": str(self._kept.rig_file),
                "holder": asdict(self._kept.holder),
                "zero": self._kept.zero,
                "put_right": self._kept.put_right,
                "left": self._kept.left,
                "making_safe": self._custody.is_busy,
                "consoles": [described(each) for each in self._switchboard.recordings],
            },
        )
        self._switchboard.connect(client)

    def _marks(self, said: Json) -> None:
        marks, printed, now_s = said["marks"], said["printed"], said["now_s"]
        assert isinstance(marks, list)
        assert isinstance(printed, dict)
        assert isinstance(now_s, int | float)
        self._kept.on_now(now_s)
        self._kept.recorder.take_marks(now_s, [tuple(mark) for mark in marks], printed)

    def _request(self, client: Client, said: Json) -> None:
        number, op = said["id"], said["op"]
        if op != "safe" and client is not self._run:
            client.answer(number, error=f"{op} is for the run that has the rig")
            return
        match op:
            case "read":
                self._kept.recorder.start(str(said["console"]))
                client.answer(number)
            case "returned":
                name = str(said["console"])
                self._kept.recorder.returned(name)
                recording = self._kept.recorder.recordings[name]
                client.answer(number, written=recording.written)
            case "control":
                self._switchboard.control(client, said)
            case "fault":
                self._switchboard.set_fault(client, said)
            case "journal":
                self._write_journal(client, number, said["baseline"])
            case "out":
                self._custody.take_out(str(said["why"]))
                client.answer(number)
            case "goodbye":
                self._goodbye(client, number, restored=said["restored"] is True)
            case "safe":
                self._safe_by_hand(client, number)
            case _:
                client.answer(number, error=f"there is no {op!r}")

    def _write_journal(self, client: Client, number: object, baseline: object) -> None:
        assert isinstance(baseline, dict)
        found = dict(baseline)

        def write() -> Callable[[], None]:
            try:
                self._custody.begin(found)
            except HilError as error:
                told = str(error)
                return lambda: client.answer(number, error=told)
            return lambda: client.answer(number)

        self._aside(write)

    def _goodbye(self, client: Client, number: object, *, restored: bool) -> None:
        client.leaving = True
        self._run = None
        if restored:
            self._custody.put_back()
            client.answer(number)
            self._end()
        else:
            client.answer(number)  # it lives, and accounts for its tests itself
            why = f"{client.who} could not put the rig back"
            self._custody.make_safe(why, then=lambda _: self._end())

    # The rig.

    def _look(self) -> None:
        """Whether the run is there; called every second."""
        if self._run is None:
            waited_s = time.monotonic() - self._started_s
            if not self._run_was_here and not self._switchboard.clients and waited_s > UNCLAIMED_S:
                self._note(Kind.TROUBLE, "nobody attached to the keeper; it ends")
                self._ended = True
            return
        silent_s = time.monotonic() - self._run.alive_s
        if beyond_the_lease(self._run.pid, silent_s, lease_s=self._kept.lease_s):
            run, why = self._run, f"{self._run.who} has given no sign of life for {silent_s:.0f} s"
            text = f"the rig was made safe: {why}; the lease is {self._kept.lease_s:g} s"
            run.tell(Frame.TOLD, {"text": text})
            run.leaving = True
            self._drop(run)
            self._lose_run(why)

    def _lose_run(self, why: str) -> None:
        def then(safety: Safety) -> None:
            self._end(lost=f"{why}; {safety.told()}")

        self._custody.make_safe(why, then=then)

    def _safe_by_hand(self, client: Client, number: object) -> None:
        if self._run is not None or self._custody.is_busy:
            who = self._run.who if self._run else "the keeper, which is making it safe"
            client.answer(number, error=f"the rig is in use by {who}; end that first")
            return

        def then(safety: Safety) -> None:
            client.answer(number, done=safety.done, undone=safety.undone)
            self._end()

        try:
            self._custody.make_safe_by_hand(client.who, then=then)
        except HilError as error:
            client.answer(number, error=str(error))

    def _end(self, *, lost: str = "") -> None:
        self._switchboard.tell_counters()

        def account() -> Callable[[], None]:
            self._kept.on_lost(lost)
            return over

        def over() -> None:
            self._ended = True

        if lost:
            self._aside(account)
        else:
            over()

    def _aside(self, work: Callable[[], Callable[[], None]]) -> None:
        """`work`, which the disk may make last, in a thread; what it gives back is done in this one."""
        thread = threading.Thread(target=lambda: self._soon(work()), name="aside", daemon=True)
        thread.start()

    def _note(self, kind: Kind, text: str) -> None:
        self._kept.timeline.note("keeper", kind, text)
