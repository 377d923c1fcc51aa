"""The timeline's file: one line an event, written at once, whatever becomes of the disk."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from hil.evidence.timeline import Event, Kind, Timeline


class DurableTimeline(Timeline):
    """A timeline that a full disk does not stop: a rig has to be made safe all the same.

    What could not be written is counted, and said in the file where it is missing.
    """

    on_unrecorded: Callable[[str], None]
    """Told what cannot be written, and why."""
    on_line: Callable[[bytes], None]
    """Told each line, without its end, once it is written or cannot be; in the thread that does it."""
    on_own: Callable[[bytes], None]
    """Told those that are the keeper's own word (a gap, somebody typing): its run does not know them,
    as it knows what it has noted itself and what the consoles say."""

    def _open(self) -> None:
        self.on_unrecorded = self.on_line = self.on_own = _nobody
        self._unwritten = 0
        self._is_cut = False
        """A part of a line was written, and no end of it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(
            self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666
        )

    def add(self, line: bytes) -> None:
        """Write an event that the run noted, as it is: a line of the file without its end."""
        if b"\n" in line:
            raise ValueError("an event is one line")
        with self._lock:
            self._put([line])

    def _write(self, events: Sequence[Event]) -> None:
        lines = [event.as_json() for event in events]
        self._put(lines)
        for event, line in zip(events, lines, strict=True):
            if event.kind is not Kind.HEARD:
                self.on_own(line)

    def _put(self, lines: Sequence[bytes]) -> None:
        """All of them with one write; a disk that is nearly full may take some and a part of one."""
        data = b"\n".join([*self._in_front(), *lines, b""])
        try:
            written = os.write(self._descriptor, data)
        except OSError as error:
            self._unwritten += len(lines)
            self.on_unrecorded(f"cannot write {self.path}: {error}")
        else:
            ends = data.count(b"\n", written)
            was_told = ends <= len(lines)  # what stood in front of them, of those before
            self._unwritten = ends if was_told else self._unwritten + len(lines)
            self._is_cut = not data.endswith(b"\n", 0, written)
            if ends:
                self.on_unrecorded(f"cannot write {self.path}: only a part of it was taken")
        for line in lines:
            self.on_line(line)

    def _in_front(self) -> list[bytes]:
        """What has to stand in front of the next line, where something is missing or cut."""
        if not self._unwritten:
            return []
        story = f"{self._unwritten} events before this one could not be written"
        missing = Event(round(self.now(), 6), time.time(), "keeper", Kind.TROUBLE, story)
        return [*([b""] if self._is_cut else []), missing.as_json()]

    def close(self) -> None:
        """Let go of the file. Closing twice is fine."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1


def _nobody(_: object) -> None:
    pass
