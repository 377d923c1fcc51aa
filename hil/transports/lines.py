"""A console's stream as complete lines, each with when it was said.

The recorder's log and the drivers read lines with this one reader, so that they agree on what a
line is: CR LF, CR or LF end it, a CR at once (nothing may follow it for minutes; an LF that does
belongs to it), and more than `LONGEST_LINE_BYTES` without an end are lines of that length.
"""

import re
from dataclasses import dataclass

from hil.transports.stream import Stamp, Stream

LONGEST_LINE_BYTES = 4096
"""Garbage without line ends must not outgrow what the stream keeps."""

_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class TextLine:
    """A complete line, without its end.

    `stamp` tells when its end was said; None where that is not known. `end` is the offset behind
    it in the console's stream: a mark to look on from.
    """

    text: str
    stamp: Stamp | None
    end: int

    @property
    def at_s(self) -> float | None:
        """The rig second its end was said."""
        return None if self.stamp is None else self.stamp.at_s


class LineReader:
    """Takes a stream apart into lines. How the bytes arrived in pieces changes nothing.

    Begins at the beginning of the line that stands open at `since`.
    """

    def __init__(self, stream: Stream, *, since: int) -> None:
        self._stream = stream
        start = max(stream.first, since - LONGEST_LINE_BYTES)
        ahead = stream.since(start)[: since - start]
        ends = [match.end() for match in _LINE_END.finditer(ahead)]
        self._position = start + ends[-1] if ends else (start if start == stream.first else since)
        self._behind_cr = ahead.endswith(b"\r")
        self.seen = since
        """The offset up to which the stream was looked at."""

    def take(self, *, stamped_only: bool = False, rest: bool = False) -> list[TextLine]:
        """The lines completed since the last call.

        `stamped_only` leaves what has no time yet for later; `rest` also gives an unfinished
        last line.
        """
        data = self._stream.since(self._position)
        if stamped_only:
            data = data[: max(0, self._stream.stamped - self._position)]
        self.seen = self._position + len(data)
        lines: list[TextLine] = []
        taken = 0
        if self._behind_cr and data:
            taken = int(data.startswith(b"\n"))
            self._behind_cr = False
        while taken < len(data):
            longest = taken + LONGEST_LINE_BYTES
            ended = _LINE_END.search(data, taken, longest + len(b"\r\n"))
            if ended is not None and ended.start() <= longest:
                lines.append(self._line(data[taken : ended.start()], ended.start(), ended.end()))
                taken = ended.end()
                # A CR that ends what is there may be half of a CR LF.
                self._behind_cr = ended.group() == b"\r" and taken == len(data)
            elif len(data) > longest or rest:
                stop = min(longest, len(data))
                lines.append(self._line(data[taken:stop], stop - 1, stop))
                taken = stop
            else:
                break
        self._position += taken
        return lines

    def _line(self, text: bytes, last: int, stop: int) -> TextLine:
        """`last` and `stop`: its last byte and the one behind it, from the reader's position."""
        return TextLine(
            text=text.decode("utf-8", errors="backslashreplace"),
            stamp=self._stream.said_at(self._position + last),
            end=self._position + stop,
        )
