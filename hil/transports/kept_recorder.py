"""The consoles of a rig as a keeper's client has them: the same streams, read by another process."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from hil.errors import KeeperLost, LineLost
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Event, Kind, Timeline
from hil.transports.frames import TURN_BEGINS, TURN_ENDS, Frame, Json
from hil.transports.keeper_link import Heard, KeeperLink, KeptConsole
from hil.transports.lines import LineReader, TextLine
from hil.transports.stream import Stream
from hil.vocabulary.secret import Secret


class KeptStream(Stream):
    """A console's stream that is filled when somebody looks at it."""

    def __init__(self, console: KeptConsole, *, number: int, link: KeeperLink) -> None:
        super().__init__(console.name, wire=console.wire, begin=console.received)
        self._number, self._link = number, link

    @property
    def received(self) -> int:
        self._link.read(0)
        return self._received

    def begin_at(self, offset: int) -> None:
        """What comes next begins at `offset`, whether all in front of it has come or not."""
        if offset != self._received:
            self.skip(offset)

    def since(self, offset: int) -> bytes:
        self._link.read(0)
        return super().since(offset)

    def wait_beyond(self, offset: int, wall_s: float) -> bool:
        until_s = time.monotonic() + wall_s
        asked = False
        while True:
            self._link.check()
            if self._received > offset or self._trouble is not None:
                return True
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return False
            if not asked:
                self._link.wait_for(self._number, offset)
                asked = True
            self._link.read(left_s)


class KeptRecording:
    """One console that a keeper records: what the drivers work on, as `recorder.Recording`."""

    def __init__(self, console: KeptConsole, *, number: int, link: KeeperLink) -> None:
        self.label = console.label
        self.stream = KeptStream(console, number=number, link=link)
        self.written = console.written
        """Bytes sent on this line since it was opened, by whomever."""
        self._number, self._link = number, link
        self._lines = LineReader(self.stream, since=self.stream.received)

    def write(self, data: bytes) -> None:
        """Send `data` to the device; what others type there waits until `turn_ends`.

        Raises:
            LineLost: the line is known to be gone.
            KeeperLost: the keeper is.
        """
        if self.stream.trouble is not None:
            raise LineLost(self.stream.trouble)
        self.written += len(data)
        self._link.write(self._number, data, TURN_BEGINS)

    def turn_ends(self) -> None:
        """The reply to what was written is complete: others may type."""
        self._link.write(self._number, b"", TURN_ENDS)

    def ready_lines(self, *, rest: bool = False) -> list[TextLine]:
        """The complete, stamped lines not told yet; `rest` also gives an unfinished last line."""
        return self._lines.take(stamped_only=True, rest=rest)


class KeptRecorder:
    """Every console of the rig, by way of its keeper: what the clocks work on."""

    def __init__(self, link: KeeperLink, timeline: "KeptTimeline") -> None:
        self._link, self._timeline = link, timeline
        self._order = 0
        self._telling = threading.Lock()
        self._numbered = [
            KeptRecording(console, number=number, link=link)
            for number, console in enumerate(link.consoles)
        ]
        self._recordings: Mapping[str, KeptRecording] = {
            recording.stream.name: recording for recording in self._numbered
        }
        link.on_data = self._data
        link.on_line = self._line
        link.on_written = self._written

    @property
    def recordings(self) -> Mapping[str, KeptRecording]:
        """Every console of the rig, by name."""
        return self._recordings

    def read(self, name: str, counted_from: tuple[int, int]) -> None:
        """Let the keeper begin to read a console.

        `counted_from`: what had been read and written when a simulator began to count there.
        """
        self._link.ask("read", console=name, counted_from=counted_from)

    def take_marks(
        self,
        now_s: float,
        marks: Sequence[tuple[str, int, float]],
        printed: Mapping[str, int],
    ) -> None:
        """In virtual time: when what the consoles say was said, as the simulator tells it."""
        for console, offset, at_s in marks:
            self._recordings[console].stream.stamp(offset, at_s, order=self._next_order())
        for console, count in printed.items():
            self._recordings[console].stream.stamped_up_to(count)
        if marks:
            self._link.tell(Frame.MARKS, {"now_s": now_s, "marks": marks, "printed": printed})
        self.tell()

    def tell(self, *, rest: bool = False) -> None:
        """Remember every complete line that is stamped, in the order of saying."""
        with self._telling:
            told = [
                (recording, line)
                for recording in self._numbered
                for line in recording.ready_lines(rest=rest)
            ]
            told.sort(key=lambda each: _said(each[1]))  # stable: same time, order of consoles
            for recording, line in told:
                self._timeline.remember(
                    recording.stream.wire, Kind.HEARD, line.text, at_s=_said(line)[0]
                )

    def _next_order(self) -> int:
        self._order += 1
        return self._order

    def _data(self, heard: Heard) -> None:
        stream = self._numbered[heard.console].stream
        stream.begin_at(heard.offset)
        if heard.at_s == heard.at_s:  # not NaN: time passes by itself here
            stream.stamp(heard.offset, heard.at_s, order=self._next_order())
            stream.stamped_up_to(heard.offset + len(heard.data))
        stream.append(heard.data)

    def _line(self, said: Json) -> None:
        number, trouble, skipped_to = said["console"], said.get("trouble"), said.get("skipped_to")
        assert isinstance(number, int)
        stream = self._numbered[number].stream
        if isinstance(skipped_to, int):
            stream.skip(skipped_to)
        elif trouble is not None:
            stream.lose(str(trouble))

    def _written(self, number: int, flags: int, data: bytes) -> None:
        self._numbered[number].written += len(data)


class KeptTimeline(Timeline):
    """The run's part of the timeline: what it notes is written by the keeper, as long as there is
    one, and then by itself.
    """

    def __init__(
        self, link: KeeperLink, path: Path, *, now: Callable[[], float], secrets: Iterable[Secret]
    ) -> None:
        super().__init__(path, now=now, redactor=_ToldRedactor(link, secrets))
        self._link = link

    def _open(self) -> None:
        pass

    def _write(self, event: Event) -> None:
        try:
            self._link.tell(Frame.EVENT, asdict(event))
        except KeeperLost:
            if self._file is None:
                super()._open()
            super()._write(event)


class _ToldRedactor(Redactor):
    """Masks here, and has the keeper mask, whatever is learned."""

    def __init__(self, link: KeeperLink, secrets: Iterable[Secret]) -> None:
        self._link = link
        super().__init__(secrets)

    def learn(self, *secrets: Secret) -> None:
        super().learn(*secrets)
        with suppress(KeeperLost):
            for secret in secrets:
                self._link.tell(Frame.SECRET, {"value": secret.reveal()})


def _said(line: TextLine) -> tuple[float, int]:
    return (0.0, 0) if line.stamp is None else (line.stamp.at_s, line.stamp.order)
