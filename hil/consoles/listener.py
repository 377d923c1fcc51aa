"""Listening to one console: what the device says by itself, whoever asks it things."""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from hil.clock import Clock
from hil.consoles.deaths import DeathWatch
from hil.consoles.dialect import Dialect
from hil.errors import LineLost, NotInTime
from hil.evidence.timeline import Kind, Timeline
from hil.transports.expect import Match, expect, gap_since, missed, newest_gap
from hil.transports.lines import LineReader, TextLine
from hil.transports.recorded import RecordedConsole
from hil.vocabulary.secret import Secret

TOLD_LINES = 5
"""How many of the last lines a message about a line that never came repeats."""


NOW = object()


class Listener:
    """Hears a console that is being recorded. `device` is its name in messages.

    `deaths` looks through all consoles of the rig for last words: they end a wait on any of them.
    """

    def __init__(
        self,
        recording: RecordedConsole,
        *,
        device: str,
        dialect: Dialect,
        clock: Clock,
        timeline: Timeline,
        deaths: DeathWatch | None = None,
    ) -> None:
        self.device, self.dialect, self.clock = device, dialect, clock
        self._recording, self._stream = recording, recording.stream
        self._timeline = timeline
        self._deaths = DeathWatch() if deaths is None else deaths
        self._stream.catch_up()
        self._deaths.watch(self._stream, self)
        self._expect_from = self._stream.received

    @property
    def where(self) -> str:
        """Its line, for messages: `/dev/ttyUSB3 at 115200 baud`."""
        return self._recording.label

    def note(self, kind: Kind, text: str) -> None:
        """Put something that concerns this console onto the timeline."""
        self._timeline.note(self._stream.wire, kind, text)

    def keep_secret(self, secret: Secret) -> None:
        """Mask `secret` in everything that is written from now on."""
        self._timeline.redactor.learn(secret)

    def scrub(self, text: str) -> str:
        """`text` as it may be shown: secrets masked."""
        return self._timeline.redactor.scrub(text)

    def mark(self) -> int:
        """Now, as a position in what the device says."""
        self.clock.settle()
        return self._stream.received

    def expecting_reset(self) -> AbstractContextManager[None]:
        """Around what makes this device reset or reboot: what it then says is no death.

        Until the end of the block: wait in it for the sign that it is up again. Power cuts by the
        rig's own power switch need no announcement.
        """
        self.clock.settle()
        return self._deaths.expecting(self._stream.name)

    def expect(
        self,
        patterns: str | Sequence[str],
        *,
        within_s: float,
        since: int | None = None,
        whole_before: bool = False,
    ) -> Match:
        """Wait for one of `patterns`, raw: over bytes, log lines, echo and prompts included.

        Without `since` looks on from the end of the last match or from the last `send`,
        whichever is later, so that nothing between two calls is lost. `whole_before` keeps all that
        stands in front of the match, beyond the mebibyte that is kept anyway.

        Raises:
            NotInTime: none came; with the last of what did come.
            DeviceDied: a device of the rig said last words.
            LineLost: the line went away, or was away meanwhile.
        """
        with self._deaths.in_order(self._stream.name):
            match = expect(
                self._stream,
                [patterns] if isinstance(patterns, str) else patterns,
                since=self._expect_from if since is None else since,
                within_s=within_s,
                clock=self.clock,
                whole_before=whole_before,
                heard=self._looked_at,
            )
        self._expect_from = max(self._expect_from, match.end)
        return match

    def wait_for_line(self, pattern: str, *, since: int, within_s: float) -> TextLine:
        """Wait for a complete line behind `since` in which `pattern` is found.

        Raises:
            NotInTime: none came; with the last lines that did.
            DeviceDied: a device of the rig said last words.
            LineLost: the line went away, or was away meanwhile.
        """
        started_s = self.clock.now()
        wanted = re.compile(pattern)
        heard: list[tuple[float, object]] = []
        reader = LineReader(self._stream, since=since)
        for line in self._lines(reader, self._until(within_s)):
            shown = self._shown(line, line.plain)
            if not line.cut and wanted.search(line.plain):
                return shown
            heard.append((self._at_s(line) - started_s, shown.text))
        for gap in self._stream.gaps:
            if gap.offset >= since:
                raise LineLost(missed(self._stream, gap, f"a line like {pattern!r}"))
        raise NotInTime(
            f"{self.device}: a line like {pattern!r} on {self.where}",
            within_s=within_s,
            history=heard[-TOLD_LINES:],
        )

    def log_since(self, mark: int) -> list[TextLine]:
        """The log lines completed behind `mark`: their text without time and tag."""
        self.clock.settle()
        return self._logged(LineReader(self._stream, since=mark).take())

    def _until(self, within_s: float) -> float:
        return self.clock.now() + within_s + self.clock.grain_s

    def _lines(
        self, reader: LineReader, until_s: float, *, gap: object = NOW
    ) -> Iterator[TextLine]:
        """What `reader` finds until `until_s`, line by line. As `_looks`.

        Raises:
            DeviceDied: this device said last words, in front of the line that would be next.
        """
        name = self._stream.name
        for lines in self._looks(reader, until_s, gap=gap):
            if not lines or self._deaths.may_be_told(name, up_to=lines[-1].end):
                for line in lines:
                    self._deaths.look_at(name, up_to=line.end)
                    yield line
            else:
                yield from lines

    def _looks(
        self, reader: LineReader, until_s: float, *, gap: object = NOW
    ) -> Iterator[list[TextLine]]:
        """What `reader` finds, look by look, the last one at `until_s`.

        `gap`: the line's newest gap when the wait began (default: as it is now).

        Raises:
            DeviceDied: a device of the rig said last words.
            LineLost: the line went away, or was away in between; after what it said last.
        """
        gap = newest_gap(self._stream) if gap is NOW else gap
        with (
            self._deaths.in_order(self._stream.name),
            self._stream.hold(reader.position) as hold,
        ):
            while True:
                self.clock.settle()
                now_s = self.clock.now()
                lines = reader.take()
                if (new := gap_since(self._stream, gap)) is not None:
                    lines = [line for line in lines if line.end <= new.offset]
                yield lines
                hold.offset = reader.position
                self._looked_at(reader.position)
                self._check_line(gap)
                self._check_sent()
                if now_s >= until_s:
                    return
                self.clock.wait(self._stream.signal(reader.seen), until_s)

    def _looked_at(self, up_to: int) -> None:
        """What was said up to here is not what is waited for."""
        self._deaths.look_at(self._stream.name, up_to=up_to)
        self._deaths.look()

    def _check_line(self, gap: object) -> None:
        """Raises LineLost: the line is away, or has been since its newest gap was `gap`."""
        if (trouble := self._stream.trouble) is not None:
            raise LineLost(f"{self.device}: {trouble}")
        if (new := gap_since(self._stream, gap)) is not None:
            raise LineLost(f"{self.device}: {self.where} was interrupted: {new.why}")

    def _check_sent(self) -> None:
        """Raises LineLost: what was written last did not go out."""
        if (not_sent := self._recording.not_sent) is not None:
            raise LineLost(f"{self.device}: {not_sent}")

    def _at_s(self, line: TextLine) -> float:
        return self.clock.now() if line.at_s is None else line.at_s

    def _shown(self, line: TextLine, text: str) -> TextLine:
        return line._replace(text=self.scrub(text))

    def _logged(self, lines: list[TextLine]) -> list[TextLine]:
        found = ((line, self.dialect.log_line.search(line.plain)) for line in lines)
        return [self._shown(line, logged["text"]) for line, logged in found if logged]
