"""One reader and recorder for all consoles of a rig: read from opening to closing, heard or not.

Until the keeper owns the lines, this runs in the suite's own process. Every console has a thread
that reads it and a log on disk with a time on each line; complete lines also go onto the timeline.
"""

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from hil.errors import LineLost
from hil.evidence.timeline import Kind, Timeline
from hil.transports.lines import LineReader, TextLine
from hil.transports.serial_line import Line
from hil.transports.stream import Stream


def _nobody(*_: object) -> None:
    pass


class Recording:
    """One console being read: its line, its stream, its log."""

    def __init__(self, line: Line, stream: Stream, log_path: Path) -> None:
        self.line, self.stream, self.log_path = line, stream, log_path
        self.written = 0
        """Bytes sent on this line since it was opened."""
        log_path.parent.mkdir(parents=True, exist_ok=True)
        self._log: IO[str] = log_path.open("a", encoding="utf-8", buffering=1)
        self._lines = LineReader(stream, since=0)

    @property
    def label(self) -> str:
        """Where its line is, for messages: `/dev/ttyUSB3 at 115200 baud`."""
        return self.line.label

    def turn_ends(self) -> None:
        """The reply to what was written is complete; here nobody else could type."""

    def write(self, data: bytes) -> None:
        """Send `data` to the device."""
        if self.stream.trouble is not None:
            raise LineLost(self.stream.trouble)
        self.written += len(data)
        self.line.write(data)

    def ready_lines(self, *, rest: bool = False) -> list[TextLine]:
        """The complete, stamped lines not told yet; `rest` also gives an unfinished last line."""
        return self._lines.take(stamped_only=True, rest=rest)

    def log(self, at_s: float, text: str) -> None:
        """Write one line to the console's log.

        Raises:
            OSError: it cannot be written.
        """
        if not self._log.closed:
            self._log.write(f"{at_s:12.3f} {text}\n")

    def close(self) -> None:
        """Let go of line and log. Closing twice is fine."""
        self.line.close()
        # What could not be written was told as trouble when it was said.
        with contextlib.suppress(OSError):
            self._log.close()


class Recorder:
    """Reads every console in the background and tells the timeline what was said.

    With `now` (where time passes by itself) bytes are stamped and told as they arrive. Without,
    the clock stamps them and calls `tell` when it has settled.
    """

    def __init__(
        self, timeline: Timeline, *, logs: Path, now: Callable[[], float] | None = None
    ) -> None:
        self._timeline, self._logs, self._now = timeline, logs, now
        self._recordings: dict[str, Recording] = {}
        self._threads: list[threading.Thread] = []
        self._reading: set[str] = set()
        self._closing = threading.Event()
        self._telling = threading.Lock()
        self._order = 0
        self.on_data: Callable[[Recording, int, float | None, bytes], None] = _nobody
        """Told what was read: console, offset, rig seconds (None: not known yet), the bytes. In the
        thread that read them."""
        self.on_line: Callable[[Recording], None] = _nobody
        """Told when a line is lost."""

    @property
    def recordings(self) -> dict[str, Recording]:
        """Every console being read, by name."""
        return self._recordings

    def add(self, line: Line, *, name: str, wire: str) -> Recording:
        """Take over `line`; reading begins with `start`."""
        recording = Recording(
            line, Stream(name, wire=wire), self._logs / f"{wire}.log".replace(" ", "-")
        )
        self._recordings[name] = recording
        return recording

    def start(self, name: str) -> None:
        """Begin to read a console. Twice is fine."""
        if name in self._reading:
            return
        self._reading.add(name)
        thread = threading.Thread(
            target=self._read, args=(self._recordings[name],), name=f"reader {name}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def take_marks(
        self,
        now_s: float,
        marks: Sequence[tuple[str, int, float]],
        printed: Mapping[str, int],
    ) -> None:
        """In virtual time: when what the consoles say was said, as the simulator tells it."""
        for console, offset, at_s in marks:
            self._recordings[console].stream.stamp(offset, at_s, order=self.next_order())
        for console, count in printed.items():
            self._recordings[console].stream.stamped_up_to(count)
        self.tell()

    def next_order(self) -> int:
        """A number for a stamp: larger than all before, over all consoles."""
        self._order += 1
        return self._order

    def tell(self, *, rest: bool = False) -> None:
        """Put every complete line that is stamped onto the timeline, in the order of saying."""
        with self._telling:
            told = [
                (recording, line)
                for recording in self._recordings.values()
                for line in recording.ready_lines(rest=rest)
            ]
            told.sort(key=lambda each: _said(each[1]))  # stable: same time, order of consoles
            for recording, line in told:
                at_s, _ = _said(line)
                self._timeline.note(recording.stream.wire, Kind.HEARD, line.text, at_s=at_s)
                try:
                    recording.log(at_s, self._timeline.redactor.scrub(line.text))
                except OSError as error:
                    why = f"cannot write {recording.log_path}: {error}"
                    self._lose(recording, _stopped(recording, why))

    def close(self) -> None:
        """Stop reading, tell what is left, let go of the lines."""
        self._closing.set()
        for recording in self._recordings.values():
            recording.line.cancel()
        for thread in self._threads:
            thread.join()
        self.tell(rest=True)
        for recording in self._recordings.values():
            recording.close()

    def _read(self, recording: Recording) -> None:
        try:
            while not self._closing.is_set() and recording.stream.trouble is None:
                self._take(recording, recording.line.read())
        except LineLost as error:
            self._lose(recording, str(error))
        except Exception as error:  # noqa: BLE001 - unsaid, it would look like a silent device
            self._lose(recording, _stopped(recording, f"{type(error).__name__}: {error}"))

    def _take(self, recording: Recording, data: bytes) -> None:
        stream = recording.stream
        if not data:
            return
        offset, at_s = stream.received, None
        if self._now is None:
            stream.append(data)
        else:
            at_s = self._now()
            with self._telling:
                stream.stamp(offset, at_s, order=self.next_order())
                stream.stamped_up_to(offset + len(data))
                stream.append(data)
        self.on_data(recording, offset, at_s, data)
        if self._now is not None:
            self.tell()

    def _lose(self, recording: Recording, trouble: str) -> None:
        """Say that nothing more will be heard of this console; the first reason counts."""
        if recording.stream.trouble is not None:
            return
        recording.stream.lose(trouble)
        self.on_line(recording)
        # On a full disk the timeline may be unable to say it; the stream has said it then.
        with contextlib.suppress(OSError, ValueError):
            self._timeline.note(recording.stream.wire, Kind.TROUBLE, f"gap: {trouble}")


def _stopped(recording: Recording, why: str) -> str:
    return f"{recording.line.label}: the reader stopped: {why}"


def _said(line: TextLine) -> tuple[float, int]:
    return (0.0, 0) if line.stamp is None else (line.stamp.at_s, line.stamp.order)
