"""Who hears what, and who types where: the consoles on one side, a keeper's clients on the other.

What a console says goes to the clients from the thread that has read it, so that nobody stands
between a device and the one who waits for it.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import asdict

from hil.errors import LineLost, NotOnThisLine, SuiteError
from hil.evidence.timeline import Kind
from hil.keeper.clients import Client, data_frame
from hil.keeper.durable_timeline import DurableTimeline
from hil.keeper.turns import Turns
from hil.keeper.writer import Writer
from hil.transports.expect import newest_gap
from hil.transports.frames import (
    HURRY_S,
    IS_SECRET,
    TURN_BEGINS,
    TURN_ENDS,
    TURN_GIVEN_UP,
    TURN_IS_YOURS,
    Frame,
    Json,
    framed,
)
from hil.transports.line_faults import LineFault
from hil.transports.recorded import LineControl
from hil.transports.recorder import Recorder, Recording


class Switchboard:
    """`wake` is called when something could not be sent at once."""

    def __init__(
        self, recorder: Recorder, timeline: DurableTimeline, *, wake: Callable[[], None]
    ) -> None:
        self._recorder, self._timeline, self._wake = recorder, timeline, wake
        self.clients: tuple[Client, ...] = ()
        """Replaced, never changed: the threads that read consoles look at it."""
        self.recordings: list[Recording] = list(recorder.recordings.values())
        """A console's place is its number in frames."""
        self._numbers = {recording: n for n, recording in enumerate(self.recordings)}
        self._turns = Turns(len(self.recordings))
        self._writers = [Writer(each, trouble=self._cannot_write) for each in self.recordings]
        self._has_lost_evidence = False
        recorder.on_data = self._data
        recorder.on_line = self._line
        recorder.on_missing = self._missing
        timeline.on_line, timeline.on_own = self._event, self._tell_run
        recorder.on_unrecorded = timeline.on_unrecorded = self._unrecorded

    def connect(self, client: Client) -> None:
        """From here on `client` hears everything."""
        self.clients = (*self.clients, client)

    def disconnect(self, client: Client) -> None:
        """`client` is gone, and with it what it still wanted to send."""
        self.clients = tuple(each for each in self.clients if each is not client)
        self._turns.end_all(client, self._send)

    def write(self, client: Client, number: int, flags: int, data: bytes) -> None:
        """`client` wants to send `data` to a console; in its turn."""
        stream = self.recordings[number].stream
        gap = newest_gap(stream)
        if flags & TURN_ENDS and not flags & TURN_GIVEN_UP:
            stream.hush_ends()
        self._turns.write(client, number, flags, data, gap, self._send)

    @property
    def due_s(self) -> float:
        """The monotonic second at which `look` has to be called."""
        return self._turns.due_s

    def look(self) -> None:
        """Whether somebody has held up a run for too long."""
        for client, number in self._turns.end_overdue(time.monotonic(), self._send):
            text = f"{client.who} typed and then did not let go of it; others type again"
            self._timeline.note(self.recordings[number].stream.wire, Kind.TROUBLE, text)

    def tell_counters(self) -> None:
        """What each console has carried, onto the timeline."""
        for recording in self.recordings:
            counters = asdict(recording.counters)
            story = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counters.items())
            self._timeline.note(recording.stream.wire, Kind.STEP, f"recorded: {story}", **counters)

    def close(self) -> None:
        """Send no more; the lines have to be closed first."""
        for writer in self._writers:
            writer.close()

    def _data(self, recording: Recording, offset: int, at_s: float | None, data: bytes) -> None:
        if not self.clients:
            return
        number = self._numbers[recording]
        frame = data_frame(number, offset, at_s, time.time(), data)
        for client in self.clients:
            client.data(number, offset, frame)
            self._see_to(client)

    def _line(self, recording: Recording) -> None:
        line: Json = {
            "console": self._numbers[recording],
            "trouble": recording.stream.trouble,
            "is_coming_back": recording.is_coming_back,
            "is_open_again": recording.reopened.is_set(),
        }
        for client in self.clients:
            client.tell(Frame.LINE, line)
            self._see_to(client)

    def _missing(self, recording: Recording, count: int) -> None:
        line: Json = {"console": self._numbers[recording], "missing": count}
        for client in self.clients:
            client.tell(Frame.LINE, line)
            self._see_to(client)

    def set_fault(self, client: Client, said: Json) -> None:
        """Make a line bad, or sound again."""
        document = said["fault"]
        if not isinstance(document, dict | None):
            raise TypeError("a fault is an object, or null")
        fault = None if document is None else LineFault.of_document(document)
        try:
            self._recorder.set_fault(str(said["console"]), fault)
        except SuiteError as error:
            client.answer(said["id"], refused=str(error))
        else:
            client.answer(said["id"])

    def _event(self, line: bytes) -> None:
        watching = [client for client in self.clients if client.role != "run"]
        if watching:
            frame = framed(Frame.EVENT, line)
            for client in watching:
                client.event(frame)
                self._see_to(client)

    def _tell_run(self, line: bytes) -> None:
        """What the keeper notes of its own belongs to the evidence of the test that runs."""
        for client in self.clients:
            if client.role == "run":
                client.send(framed(Frame.EVENT, line))
                self._see_to(client)

    def _unrecorded(self, trouble: str) -> None:
        """Evidence is being lost: the run has to end, and the rig to be put back all the same."""
        if self._has_lost_evidence:
            return
        self._has_lost_evidence = True
        for client in self.clients:
            client.tell(Frame.LINE, {"unrecorded": trouble})
            self._see_to(client)

    def _see_to(self, client: Client) -> None:
        """Where something could not be sent at once, the serving thread has to know."""
        if client.gone or (client.waits_for_room and not client.is_watched_for_room):
            self._wake()

    def _send(self, client: Client, number: int, flags: int, data: bytes, gap: object) -> None:
        """Send bytes of a client to a console, and tell everybody else."""
        recording = self.recordings[number]
        if client.role == "console":  # first, so that it comes before the reply
            client.written(number, flags | TURN_IS_YOURS, data)
        if flags & TURN_BEGINS:  # a reply will be waited for
            recording.stream.hurry(HURRY_S)
        if flags & IS_SECRET:
            recording.stream.hush(data.decode("utf-8", "replace").strip())
        self._writers[number].write(data, gap)
        for other in self.clients:
            if other is not client:
                shown = b"*" * len(data) if flags & IS_SECRET else data
                other.written(number, flags, shown)
        if client.role == "console":
            typed = data.decode("utf-8", "backslashreplace").rstrip("\r\n")
            self._timeline.note(recording.stream.wire, Kind.SENT, f"{typed} (by {client.who})")

    def _cannot_write(self, recording: Recording, trouble: str) -> None:
        self._timeline.note(recording.stream.wire, Kind.TROUBLE, f"not sent: {trouble}")
        line: Json = {"console": self._numbers[recording], "not_sent": trouble}
        for client in self.clients:
            client.tell(Frame.LINE, line)
            self._see_to(client)

    def control(self, client: Client, said: Json) -> None:
        """In a thread of its own: a break lasts, and a serial server takes its time."""
        recording = self._recorder.recordings[str(said["console"])]
        what, value = LineControl(str(said["what"])), float(str(said["value"]))

        def work() -> None:
            try:
                client.answer(said["id"], lines=recording.control(what, value))
            except (LineLost, NotOnThisLine) as error:
                is_there = isinstance(error, NotOnThisLine)
                client.answer(said["id"], refused=str(error), is_there=is_there)
            self._see_to(client)

        self._timeline.note(recording.stream.wire, Kind.SENT, f"{what} {value:g}")
        threading.Thread(target=work, name=f"control {recording.stream.name}", daemon=True).start()
