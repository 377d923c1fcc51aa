"""The consoles of a rig as a keeper's client has them: the same streams, read by another process."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from hil.errors import KeeperLost, LineLost, NotOnThisLine, SuiteError
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Event, Kind, Timeline
from hil.evidence.timeline_file import event_of
from hil.transports.blocks import Block, BlockReader
from hil.transports.frames import (
    HURRY_S,
    IS_SECRET,
    TURN_BEGINS,
    TURN_ENDS,
    TURN_GIVEN_UP,
    Frame,
    Json,
)
from hil.transports.keeper_link import Heard, KeeperLink, KeptConsole
from hil.transports.line_faults import LineFault
from hil.transports.recorded import LineControl, Mark, take_marks
from hil.transports.recording import RETURN_GRACE_S
from hil.transports.stream import Stream
from hil.vocabulary.secret import Secret

HURRY_AGAIN_S = 0.8 * HURRY_S
"""Wall seconds after which a keeper is told again that somebody waits: before it has forgotten."""


class KeptStream(Stream):
    """A console's stream that is filled when somebody looks at it."""

    def __init__(self, console: KeptConsole, *, number: int, link: KeeperLink) -> None:
        super().__init__(console.name, wire=console.wire, begin=console.received)
        self._number, self._link = number, link
        self.hurried_until_s = 0.0
        """The monotonic second until which the keeper reads this console without a pause."""

    def catch_up(self) -> None:
        self._link.read(0)

    def begin_at(self, offset: int) -> None:
        """What comes next begins at `offset`, whether all in front of it has come or not."""
        if offset != self._received:
            self.skip(offset)

    def since(self, offset: int) -> bytes:
        self._link.read(0)
        return super().since(offset)

    def wait_beyond(self, offset: int, wall_s: float) -> bool:
        now_s = time.monotonic()
        until_s = now_s + wall_s
        while not (self._received > offset or self._trouble is not None):
            self._link.raise_if_lost()
            if now_s >= self.hurried_until_s and now_s < until_s:
                self._link.hurry(self._number)
                self.hurried_until_s = now_s + HURRY_AGAIN_S
            self._link.read(max(0.0, min(until_s, self.hurried_until_s) - now_s))
            if now_s >= until_s:
                return self._received > offset or self._trouble is not None
            now_s = time.monotonic()
        return True


class KeptRecording:
    """One console that a keeper records: what the drivers work on, as `recording.Recording`."""

    def __init__(
        self, console: KeptConsole, *, number: int, link: KeeperLink, handshake: Callable[[], None]
    ) -> None:
        self.label = console.label
        self.stream = KeptStream(console, number=number, link=link)
        self.written = console.written
        """Bytes sent on this line since it was opened, by whomever."""
        self.counted_from, self.written_before = console.received, console.written
        self.is_coming_back = self.is_open_again = False
        """Of a line that is away: whether it is tried again, and whether it is open again."""
        self.not_sent: str | None = None
        """Why what was written last did not go out."""
        self.fault: str | None = None
        """What is wrong with the line because a test wants it so."""
        self.delay_s = 0.0
        """Rig seconds that a command is held up before it is typed, by a fault of the line."""
        self._number, self._link, self._handshake = number, link, handshake
        self._has_turn = False
        self._blocks = BlockReader(self.stream)

    def write(self, data: bytes, *, is_secret: bool = False) -> None:
        """Send `data` to the device; what others type there waits until `turn_ends`. What `is_secret`
        as `RecordedConsole.write` has it.

        Raises:
            LineLost: the line is away.
            KeeperLost: the keeper is.
        """
        self._link.raise_if_lost()
        if self.stream.trouble is not None:
            raise LineLost(self.stream.trouble)
        self.not_sent = None
        self.written += len(data)
        self._has_turn = True
        if is_secret:
            self.stream.catch_up()
            self.stream.hush(data.decode("utf-8", "replace").strip())
        self._link.write(self._number, data, TURN_BEGINS | (IS_SECRET if is_secret else 0))
        self.stream.hurried_until_s = time.monotonic() + HURRY_AGAIN_S

    def turn_ends(self, *, given_up: bool = False) -> None:
        """As `RecordedConsole.turn_ends`."""
        if not self._has_turn:
            return
        self._has_turn = False
        if not given_up:
            self.stream.hush_ends()
        with suppress(KeeperLost):
            self._link.write(self._number, b"", TURN_ENDS | (TURN_GIVEN_UP if given_up else 0))

    def control(self, what: LineControl, value: float = 0) -> Mapping[str, bool]:
        """As `RecordedConsole.control`."""
        answer = self._link.ask("control", console=self.stream.name, what=what.value, value=value)
        if (refused := answer.get("refused")) is not None:
            raise (NotOnThisLine if answer["is_there"] else LineLost)(str(refused))
        lines = answer["lines"]
        assert isinstance(lines, dict)
        return lines

    def ready_blocks(self, *, rest: bool = False) -> list[Block]:
        """The complete, stamped lines not told yet; `rest` also gives an unfinished last line."""
        return self._blocks.take(rest=rest)

    def await_line(self) -> None:
        """Wait for a line that is being opened again, up to 2 wall seconds.

        Raises:
            LineLost: the line is away.
            KeeperLost: the keeper is.
        """
        until_s = time.monotonic() + RETURN_GRACE_S
        self._link.check()
        while (trouble := self.stream.trouble) is not None:
            left_s = until_s - time.monotonic()
            if self.is_open_again:
                self._handshake()
                if self.stream.trouble is None:
                    return
            elif not self.is_coming_back:
                raise LineLost(trouble)
            if left_s <= 0:
                raise LineLost(trouble)
            self._link.read(left_s)
            self._link.check()


class KeptRecorder:
    """Every console of the rig, by way of its keeper: what the clocks work on."""

    def __init__(
        self, link: KeeperLink, timeline: "KeptTimeline", *, speed: float = math.inf
    ) -> None:
        self._link, self._timeline, self._speed = link, timeline, speed
        self.handshake: Callable[[], None] = _nothing
        self.unrecorded: str | None = None
        """What the keeper cannot write any more, and why."""
        self._order = 0
        self._own_words: deque[Event] = deque()
        """What the keeper has noted of its own, and is not remembered yet."""
        self._telling = threading.Lock()
        self._numbered = [
            KeptRecording(console, number=number, link=link, handshake=lambda: self.handshake())
            for number, console in enumerate(link.consoles)
        ]
        self._recordings: Mapping[str, KeptRecording] = {
            recording.stream.name: recording for recording in self._numbered
        }
        link.on_data = self._data
        link.on_line = self._line
        link.on_written = self._written
        link.on_event = self._event

    @property
    def recordings(self) -> Mapping[str, KeptRecording]:
        """Every console of the rig, by name."""
        return self._recordings

    def read(self, name: str) -> None:
        """Let the keeper begin to read a console, and count from here where a simulator does."""
        self._link.ask("read", console=name)
        recording = self._recordings[name]
        recording.stream.miss_no_more()
        recording.counted_from = recording.stream.received
        recording.written_before = recording.written

    def set_fault(self, name: str, fault: LineFault | None) -> None:
        """As `RecordedConsoles.set_fault`."""
        document = None if fault is None else fault.as_document()
        answer = self._link.ask("fault", console=name, fault=document)
        if (refused := answer.get("refused")) is not None:
            raise SuiteError(str(refused))
        self._recordings[name].fault = None if fault is None else str(fault)

    def reopened(self) -> list[str]:
        """The consoles whose line is open again, and that are not read yet (virtual time)."""
        self._link.read(0)
        return [name for name, each in self._recordings.items() if each.is_open_again]

    def returned(self, name: str) -> None:
        """Have the keeper read a line on that was opened again."""
        written = self._link.ask("returned", console=name)["written"]
        assert isinstance(written, int)
        recording = self._recordings[name]
        stream = recording.stream
        stream.stamped_up_to(stream.received)
        self.tell()
        stream.miss_no_more()
        # As the keeper has it: of what was typed before anybody here knew of the loss, not all went out.
        recording.written = recording.written_before = written
        recording.counted_from = stream.received
        if stream.trouble is not None:
            stream.come_back(at_s=self._timeline.now())
        recording.is_open_again = False

    def take_marks(self, now_s: float, marks: Sequence[Mark], printed: Mapping[str, int]) -> None:
        """In virtual time: when what the consoles say was said, as the simulator tells it."""
        take_marks(self._recordings, marks, printed, next_order=self._next_order)
        if marks:
            self._link.tell(
                Frame.MARKS, {"now_s": now_s, "marks": list(marks), "printed": dict(printed)}
            )
        self.tell()

    def tell(self, *, rest: bool = False) -> None:
        """Remember every complete line that is stamped, in the order of saying; with what the keeper
        says of its own, behind what was heard at the same time.
        """
        with self._telling:
            told = [
                (block.stamp.at_s, block.stamp.order, block.text, recording.stream.wire)
                for recording in self._numbered
                for block in recording.ready_blocks(rest=rest)
            ]
            told.sort(key=lambda each: each[:2])  # stable: same time, order of consoles
            now_s, wall = self._timeline.now(), time.time()
            for at_s, _, text, wire in told:
                self._remember_own_words(before_s=at_s)
                said = wall - (now_s - at_s) / self._speed  # maybe long ago: nobody has looked
                self._timeline.remember(wire, Kind.HEARD, text, at_s=at_s, wall=said)
            self._remember_own_words(before_s=math.inf)

    def _remember_own_words(self, *, before_s: float) -> None:
        words = self._own_words
        while words and words[0].rig_s < before_s:
            own = words.popleft()
            self._timeline.remember(own.wire, own.kind, own.text, at_s=own.rig_s, wall=own.wall)

    def _next_order(self) -> int:
        self._order += 1
        return self._order

    def _data(self, heard: Heard) -> None:
        stream = self._numbered[heard.console].stream
        stream.begin_at(heard.offset)
        if heard.at_s == heard.at_s:  # not NaN: time passes by itself here
            stream.hear(heard.data, heard.at_s, order=self._next_order())
        else:
            stream.append(heard.data)

    def _line(self, said: Json) -> None:
        if (unrecorded := said.get("unrecorded")) is not None:
            self.unrecorded = str(unrecorded)
            return
        number = said["console"]
        assert isinstance(number, int)
        recording = self._numbered[number]
        stream = recording.stream
        if isinstance(missing := said.get("missing"), int):
            stream.miss(missing)
            return
        if isinstance(skipped_to := said.get("skipped_to"), int):
            stream.skip(skipped_to)
            stream.mark_gap("not read for so long that the keeper has it in its log only")
            return
        if (not_sent := said.get("not_sent")) is not None:
            recording.not_sent = str(not_sent)
            return
        recording.is_coming_back = said["is_coming_back"] is True
        recording.is_open_again = said["is_open_again"] is True
        trouble = said["trouble"]
        if trouble is not None and stream.trouble is None:
            stream.lose(str(trouble), at_s=self._timeline.now())
        elif trouble is None and stream.trouble is not None:
            stream.come_back(at_s=self._timeline.now())

    def _event(self, said: Json) -> None:
        # Remembered later: whoever reads here may be noting something on the timeline right now.
        self._own_words.append(event_of(said))

    def _written(self, number: int, flags: int, data: bytes) -> None:
        self._numbered[number].written += len(data)


def _nothing() -> None:
    pass


class KeptTimeline(Timeline):
    """The run's part of the timeline: what it notes is written by the keeper, as long as there is
    one, and then by itself.
    """

    def __init__(
        self, link: KeeperLink, path: Path, *, now: Callable[[], float], secrets: Iterable[Secret]
    ) -> None:
        super().__init__(path, now=now, redactor=_ToldRedactor(link, secrets))
        self._link = link

    def together(self, *, late: bool = False) -> AbstractContextManager[None]:
        return self._link.together(late=late)

    def _open(self) -> None:
        pass

    def _write(self, events: Sequence[Event]) -> None:
        try:
            for event in events:
                self._link.note(event.as_json())
        except KeeperLost:
            if self._file is None:
                super()._open()
            super()._write(events)


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
