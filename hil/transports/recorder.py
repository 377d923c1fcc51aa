"""One reader and recorder for all consoles of a rig: read from opening to closing, heard or not.

It runs in the rig's keeper. One thread reads all that can be polled (`pump.py`; in the keeper the
one that serves its clients), and one each what cannot. Every console has a log on disk with a time on
each line; complete lines also go onto the timeline. A line that is lost is opened again.
"""

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hil.errors import LineLost, Unreachable
from hil.evidence.timeline import Event, Kind, Timeline
from hil.transports.line_faults import LineFault
from hil.transports.pump import TICK_S, Pump
from hil.transports.recorded import Mark, take_marks
from hil.transports.recording import Recording, RecordingRules, pauses_s
from hil.transports.serial_line import SerialLine
from hil.transports.stream import Stream

__all__ = ["Recorder", "Recording", "RecordingRules"]

REOPENER = "reopener"


class Recorder:
    """Reads every console in the background and tells the timeline what was said.

    With `now` (where time passes by itself) bytes are stamped and told as they arrive. Without,
    the clock stamps them and calls `tell` when it has settled; and a line that was opened again is
    read on when the clock has called `returned`. `handshake` has the clock do that now.
    """

    def __init__(
        self,
        timeline: Timeline,
        *,
        logs: Path,
        now: Callable[[], float] | None = None,
        rules: RecordingRules | None = None,
        own_thread: bool = True,
    ) -> None:
        """Without a thread of its own somebody has to call `pump.turn` again and again."""
        self._timeline, self._logs, self._now = timeline, logs, now
        self._rules = rules or RecordingRules()
        self.handshake: Callable[[], None] = lambda: None
        self.on_data: Callable[[Recording, int, float | None, bytes], None] = _nobody
        """Told what was read: console, offset, rig seconds (None: not known yet), the bytes. In the
        thread that read them."""
        self.on_missing: Callable[[Recording, int], None] = _nobody
        """Told how many bytes a fault of the line has taken, between what was read before and after."""
        self.on_line: Callable[[Recording], None] = _nobody
        """Told when a line is lost, open again, or back."""
        self.on_unrecorded: Callable[[str], None] | None = None
        """Told what cannot be written, and reading goes on; where nobody wants to be told it ends."""
        self._recordings: dict[str, Recording] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._closing = threading.Event()
        self._spawning = threading.Lock()
        self._telling = threading.RLock()
        self._orders = itertools.count(1)
        self.pump = Pump(
            is_waited_for=self._is_waited_for, after_round=self._after_round, own_thread=own_thread
        )
        self._untold: dict[Recording, None] = {}
        """Those that have said something since they were last told of."""
        self._looked_at_drivers = time.monotonic()

    @property
    def recordings(self) -> dict[str, Recording]:
        """Every console, by name."""
        return self._recordings

    def add(
        self, line: SerialLine, *, name: str, wire: str, reopen_within_s: float | None = None
    ) -> Recording:
        """Take over `line`; reading begins with `start`.

        `reopen_within_s` is this console's own, instead of that of the rules.
        """
        rules = self._rules
        if reopen_within_s is not None:
            rules = replace(rules, reopen_within_s=reopen_within_s)
        recording = Recording(
            line,
            Stream(name, wire=wire),
            self._logs / f"{wire}.log".replace(" ", "-"),
            rules=rules,
            handshake=lambda: self.handshake(),
        )
        recording.stream.on_waiter = self.pump.hurry
        self._recordings[name] = recording
        return recording

    def start(self, name: str) -> None:
        """Begin to read a console, and to count where a simulator's clock does. Twice is fine."""
        recording = self._recordings[name]
        recording.stream.miss_no_more()
        recording.counted_from = recording.stream.received
        recording.written_before = recording.written
        if recording.is_being_read:
            return
        recording.is_being_read = True
        if recording.line.warning:
            self._timeline.note(recording.stream.wire, Kind.TROUBLE, recording.line.warning)
        self._begin(recording)

    def take_marks(self, now_s: float, marks: Sequence[Mark], printed: Mapping[str, int]) -> None:
        """In virtual time: when what the consoles say was said, as the simulator tells it."""
        take_marks(self._recordings, marks, printed, next_order=self.next_order)
        self.tell()

    def next_order(self) -> int:
        """A number for a stamp: larger than all before, over all consoles."""
        return next(self._orders)

    def tell(self, of: Iterable[Recording] = (), *, rest: bool = False) -> None:
        """Put every complete line that is stamped onto the timeline, in the order of saying; all
        consoles', where none is named.

        Raises:
            OSError: the timeline cannot be written.
        """
        with self._telling:
            recordings = of or self._recordings.values()
            told = [
                (block.stamp.at_s, block.stamp.order, block.text, recording)
                for recording in recordings
                for block in recording.ready_blocks(rest=rest)
            ]
            told.sort(key=lambda each: each[:2])  # stable: same time, order of consoles
            if told:
                self._tell([(recording, at_s, text) for at_s, _, text, recording in told])
            for recording in recordings:
                if recording.own_words and recording.cut_at is None:
                    self._say_own_words(recording)

    def set_fault(self, name: str, fault: LineFault | None) -> None:
        """As `RecordedConsoles.set_fault`."""
        recording = self._recordings[name]
        with self._telling:
            self._say(recording, recording.turn(fault))
        self._cut_if_due(recording)

    def reopened(self) -> list[str]:
        """The consoles whose line is open again, and that are not read yet (virtual time)."""
        return [name for name, each in self._recordings.items() if each.reopened.is_set()]

    def returned(self, name: str) -> None:
        """Read a line on that was opened again; what was said meanwhile is missing."""
        recording = self._recordings[name]
        stream = recording.stream
        if self._now is None or recording.was_cut:
            # Time stands still, or a terminal has kept it: what comes now was said before.
            with contextlib.suppress(LineLost):  # it is lost again, and told so when it is read
                while recording.line.read():
                    """It is no part of what is counted from here on."""
        with self._telling:
            stream.stamped_up_to(stream.received)
            self.tell()
            stream.miss_no_more()
            recording.counted_from, recording.written_before = stream.received, recording.written
            recording.count(reconnects=1)
            gap = stream.come_back(at_s=self._timeline.now())
            # Only now: whoever waits for the line must not take it for given up.
            recording.is_coming_back = recording.was_cut = False
            recording.reopened.clear()
            lost_s, back_s = gap.lost_s or 0.0, gap.back_s or 0.0
            self._say(
                recording,
                f"gap ends: {recording.line.label} is back after {back_s - lost_s:.3f} s of rig time "
                f"({lost_s:.3f} to {back_s:.3f}); what was said meanwhile is missing",
            )
            self._begin(recording)
        self.on_line(recording)

    def close(self) -> None:
        """Stop reading, tell what is left, let go of the lines."""
        with self._spawning:
            self._closing.set()
        # Who opens lines again first: it may still begin to read one.
        for what, thread in list(self._threads.items()):
            if what.startswith(REOPENER):
                thread.join()
        self.pump.close()
        for thread in self._threads.values():
            thread.join()
        try:
            self.tell(rest=True)
        finally:
            for recording in self._recordings.values():
                recording.close()

    def _begin(self, recording: Recording) -> None:
        line = recording.line
        recording.driver = line.driver_counts()
        descriptor = line.fileno()
        if descriptor is not None:
            self.pump.add(descriptor, lambda: self._read_ready(recording, descriptor))
        else:
            self._spawn(f"reader {recording.stream.name}", self._read, recording)

    def _spawn(self, what: str, do: Callable[[Recording], None], recording: Recording) -> None:
        with self._spawning:
            if self._closing.is_set():
                return
            thread = threading.Thread(target=do, args=(recording,), name=what, daemon=True)
            self._threads[what] = thread
            thread.start()

    def _is_waited_for(self) -> bool:
        return any(each.stream.is_waited_for for each in self._recordings.values())

    def _read_ready(self, recording: Recording, descriptor: int) -> int:
        """One read, in the pump's thread."""
        try:
            data = recording.line.take()
            self._take(recording, data)
            self._untold[recording] = None
            return len(data)
        except Exception as error:  # noqa: BLE001 - unsaid, it would look like a silent device
            # First: once that is said the line is opened again, maybe by the same descriptor.
            self.pump.remove(descriptor)
            if isinstance(error, LineLost):
                self._lose(recording, str(error))
            else:
                self._stop(recording, f"{type(error).__name__}: {error}")
        return 0

    def _read(self, recording: Recording) -> None:
        """Reading in a thread of its own, where a line cannot be polled."""
        try:
            while not self._closing.is_set() and recording.stream.trouble is None:
                self._take(recording, recording.line.read())
                if self._now is not None:
                    self.tell()
        except LineLost as error:
            self._lose(recording, str(error))
        except Exception as error:  # noqa: BLE001 - unsaid, it would look like a silent device
            self._stop(recording, f"{type(error).__name__}: {error}")

    def _take(self, recording: Recording, data: bytes) -> None:
        if not data:
            return
        recording.heard(data)
        if (bad := recording.bad) is None:
            self._pass_on(recording, data)
            return
        for through, missing in bad.pieces(data):
            self._pass_on(recording, through)
            if missing:
                recording.stream.miss(missing)
                self.on_missing(recording, missing)
        self._cut_if_due(recording)

    def _cut_if_due(self, recording: Recording) -> None:
        with self._telling:  # so that a fault which has just ended cuts no more
            if recording.cut_is_due():
                why = f"{recording.line.label}: {recording.fault}, by a fault of the test"
                self._lose(recording, why)

    def _pass_on(self, recording: Recording, data: bytes) -> None:
        if not data:
            return
        stream, at_s = recording.stream, None
        offset = stream.received
        if self._now is None:
            stream.append(data)
        else:
            with self._telling:  # so that stamps of all consoles are in order
                at_s = self._now()
                stream.hear(data, at_s, order=self.next_order())
        self.on_data(recording, offset, at_s, data)

    def _after_round(self) -> None:
        untold, self._untold = self._untold, {}
        if self._now is not None and untold:
            with contextlib.suppress(OSError):  # said on the stream of who could not be told
                self.tell(untold)
        if time.monotonic() - self._looked_at_drivers >= TICK_S:
            self._looked_at_drivers = time.monotonic()
            for recording in self._recordings.values():
                if recording.stream.trouble is None:
                    self._look_at_driver(recording)

    def _look_at_driver(self, recording: Recording) -> None:
        suspicion, lost = recording.look_at_driver()
        if suspicion is not None:
            self._say(recording, f"{recording.line.label}: {suspicion}")
        if lost > 0:
            why = f"overrun: the driver has lost {lost} characters; suspect a machine that is too busy"
            recording.count(overruns=lost, gaps=1)
            recording.stream.mark_gap(why, at_s=self._timeline.now())
            self._say(recording, f"gap: {recording.line.label}: {why}")

    def _tell(self, told: Sequence[tuple[Recording, float, str]]) -> None:
        try:
            events = self._timeline.heard(
                (each.stream.wire, at_s, text) for each, at_s, text in told
            )
        except OSError as error:
            for recording in {recording: None for recording, _, _ in told}:
                self._stop(recording, f"{type(error).__name__}: {error}")
            raise
        for (recording, _, _), event in zip(told, events, strict=True):
            self._log(recording, event)

    def _log(self, recording: Recording, event: Event) -> None:
        try:
            if recording.unwritten:
                story = f"gap: {recording.unwritten} lines before this one could not be written"
                recording.log(event.rig_s, event.wall, story, own=True)
                recording.unwritten = 0
            recording.log(event.rig_s, event.wall, event.text)
        except OSError as error:
            recording.unwritten += event.text.count("\n") + 1
            trouble = f"cannot write {recording.log_path}: {error}"
            if self.on_unrecorded is None:
                self._stop(recording, trouble)
            else:
                self.on_unrecorded(trouble)

    def _say(self, recording: Recording, text: str) -> None:
        """Something of the recorder's own, for the timeline and, where its turn is, for the log."""
        recording.own_words.append((self._timeline.now(), text))
        # On a full disk the timeline may be unable to say it; the stream has said it then.
        with contextlib.suppress(OSError, ValueError):
            self._timeline.note(recording.stream.wire, Kind.TROUBLE, text)
            if recording.cut_at is None:
                self._say_own_words(recording)

    def _say_own_words(self, recording: Recording) -> None:
        words, recording.own_words = recording.own_words, []
        for at_s, text in words:
            with contextlib.suppress(OSError):
                scrubbed = self._timeline.redactor.scrub(text)
                recording.log(at_s, time.time(), scrubbed.replace("\n", " "), own=True)

    def _stop(self, recording: Recording, why: str) -> None:
        """Reading this console ends for good: not the line's fault, opening it anew cures nothing."""
        trouble = f"{recording.line.label}: the reader stopped: {why}"
        self._lose(recording, trouble, returns=False)

    def _lose(self, recording: Recording, trouble: str, *, returns: bool = True) -> None:
        """Say that nothing is heard of this console for now; the first reason counts."""
        with self._telling:
            if recording.stream.trouble is not None or self._closing.is_set():
                return
            can_return = recording.line.can_return or recording.was_cut
            recording.is_coming_back = returns and can_return
            recording.cut_at = recording.stream.received
            recording.count(gaps=1)
            if (descriptor := recording.line.fileno()) is not None:
                self.pump.remove(descriptor)
            recording.stream.lose(trouble, at_s=self._timeline.now())
            self._say(recording, f"gap: {trouble}")
        self.on_line(recording)
        if recording.is_coming_back:
            self._spawn(f"{REOPENER} {recording.stream.name}", self._bring_back, recording)
            if self._now is not None:
                with contextlib.suppress(OSError):
                    self.tell()

    def _bring_back(self, recording: Recording) -> None:
        """Open a lost line again, in a thread of its own: a server may take its time."""
        began_s, limit_s = time.monotonic(), recording.rules.reopen_within_s
        why = ""
        for pause_s in pauses_s():
            if self._closing.wait(pause_s):
                return
            reader = self._threads.get(f"reader {recording.stream.name}")
            if recording.was_cut_only(self._closing, reader):
                break
            try:
                recording.line.reopen()
                break
            except Unreachable as error:
                why = str(error)
            except Exception as error:  # noqa: BLE001 - unsaid, nobody would try any more
                why = f"{type(error).__name__}: {error}"
            if limit_s is not None and time.monotonic() - began_s > limit_s:
                with self._telling:
                    recording.is_coming_back = False
                    self._say(recording, f"given up after {limit_s:g} s of wall time: {why}")
                self.on_line(recording)
                return
        recording.reopened.set()
        if self._now is not None:
            self.returned(recording.stream.name)
        else:
            self.on_line(recording)


def _nobody(*_: object) -> None:
    pass
