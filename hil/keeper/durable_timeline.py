"""The timeline's file: one line an event, written at once, whatever becomes of the disk."""

import os
from collections.abc import Callable
from contextlib import suppress

from hil.evidence.timeline import Event, Kind, Timeline


class DurableTimeline(Timeline):
    """A timeline that a full disk does not stop: a rig has to be made safe all the same.

    What could not be written is counted, and said in the file where it is missing.
    """

    on_unrecorded: Callable[[str], None]
    """Told what cannot be written, and why."""

    def _open(self) -> None:
        self.on_unrecorded = _nobody
        self._unwritten = 0
        self._is_cut = False
        """A part of a line was written, and no end of it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(
            self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666
        )

    def _write(self, event: Event) -> None:
        line = event.as_json() + "\n"
        if self._unwritten:
            story = f"{self._unwritten} events before this one could not be written"
            missing = Event(event.rig_s, event.wall, "keeper", Kind.TROUBLE, story)
            line = missing.as_json() + "\n" + line
        data = ("\n" if self._is_cut else "").encode() + line.encode(errors="backslashreplace")
        try:
            written = os.write(self._descriptor, data)
        except OSError as error:
            self._unwritten += 1
            self.on_unrecorded(f"cannot write {self.path}: {error}")
            return
        self._is_cut = written < len(data)
        self._unwritten = self._unwritten + 1 if self._is_cut else 0
        if self._is_cut:
            self.on_unrecorded(f"cannot write {self.path}: only a part of a line was taken")

    def close(self) -> None:
        """Let go of the file. Closing twice is fine."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1


def _nobody(text: str) -> None:
    pass
