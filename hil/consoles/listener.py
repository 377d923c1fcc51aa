"""Listening to one console: what the device says by itself, whoever asks it things."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hil.clock import Clock
from hil.consoles.dialect import Dialect
from hil.errors import LineLost, NotInTime
from hil.evidence.timeline import Kind, Timeline
from hil.transports.expect import Match, expect
from hil.transports.lines import LineReader, TextLine
from hil.transports.recorded import RecordedConsole
from hil.vocabulary.secret import Secret

TOLD_LINES = 5
"""How many of the last lines a message about a line that never came repeats."""


class Listener:
    """Hears a console that is being recorded. `device` is its name in messages."""

    def __init__(
        self,
        recording: RecordedConsole,
        *,
        device: str,
        dialect: Dialect,
        clock: Clock,
        timeline: Timeline,
    ) -> None:
        self.device, self.dialect, self.clock = device, dialect, clock
        self._recording, self._stream = recording, recording.stream
        self._timeline = timeline
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

    def expect(
        self, patterns: str | Sequence[str], *, within_s: float, since: int | None = None
    ) -> Match:
        """Wait for one of `patterns`, raw: over bytes, log lines, echo and prompts included.

        Without `since` looks on from the end of the last match or from the last `send`,
        whichever is later, so that nothing between two calls is lost.

        Raises:
            NotInTime: none came; with the last of what did come.
            LineLost: the line went away.
        """
        match = expect(
            self._stream,
            [patterns] if isinstance(patterns, str) else patterns,
            since=self._expect_from if since is None else since,
            within_s=within_s,
            clock=self.clock,
        )
        self._expect_from = max(self._expect_from, match.end)
        return match

    def wait_for_line(self, pattern: str, *, since: int, within_s: float) -> TextLine:
        """Wait for a complete line behind `since` in which `pattern` is found.

        Raises:
            NotInTime: none came; with the last lines that did.
            LineLost: the line went away.
        """
        started_s = self.clock.now()
        wanted = re.compile(pattern)
        heard: list[tuple[float, object]] = []
        reader = LineReader(self._stream, since=since)
        for lines in self._looks(reader, self._until(within_s)):
            for line in lines:
                shown = self._shown(line, line.text)
                if wanted.search(line.text):
                    return shown
                heard.append((self._at_s(line) - started_s, shown.text))
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

    def _looks(self, reader: LineReader, until_s: float) -> Iterator[list[TextLine]]:
        """What `reader` finds, look by look, the last one at `until_s`."""
        while True:
            self.clock.settle()
            now_s = self.clock.now()
            yield reader.take()
            self._check_line()
            if now_s >= until_s:
                return
            self.clock.wait(self._stream.signal(reader.seen), until_s)

    def _check_line(self) -> None:
        if self._stream.trouble is not None:
            raise LineLost(f"{self.device}: {self._stream.trouble}")

    def _at_s(self, line: TextLine) -> float:
        return self.clock.now() if line.at_s is None else line.at_s

    def _shown(self, line: TextLine, text: str) -> TextLine:
        return replace(line, text=self.scrub(text))

    def _logged(self, lines: list[TextLine]) -> list[TextLine]:
        found = ((line, self.dialect.log_line.search(line.text)) for line in lines)
        return [self._shown(line, logged["text"]) for line, logged in found if logged]
