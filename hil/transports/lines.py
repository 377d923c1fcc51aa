"""A console's stream as complete lines, each with when it was said.

The recorder's log and the drivers read lines with this one reader, so that they agree on what a
line is: CR LF, CR or LF end it, a CR at once (nothing may follow it for minutes; an LF that does
belongs to it), and more than `LONGEST_LINE_BYTES` without an end are lines of that length. Where
the line was away, what had come of a line is one that was cut.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from hil.transports.stream import Stamp, Stream

LONGEST_LINE_BYTES = 4096
"""Garbage without line ends must not outgrow what the stream keeps."""

_LINE_END = re.compile(rb"\r\n|\r|\n")

_FOR_A_TERMINAL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\^-~])"  # CSI, OSC, others
    r"|[\x00-\x08\x0b-\x1f\x7f]"  # control characters but the tab
)


def plain(text: str) -> str:
    """`text` without what only a terminal understands: colours, cursor movements, bells, NULs."""
    return text if text.isprintable() else _FOR_A_TERMINAL.sub("", text)


class TextLine(NamedTuple):
    """A complete line, without its end.

    `stamp` tells when its end was said; None where that is not known. `end` is the offset behind
    it in the console's stream: a mark to look on from.
    """

    text: str
    stamp: Stamp | None
    end: int
    cut: bool = False
    """Its end never came: the line was away from here on."""

    @property
    def plain(self) -> str:
        """Its text without escape sequences and control characters: what patterns are held to."""
        return plain(self.text)

    @property
    def at_s(self) -> float | None:
        """The rig second its end was said."""
        return None if self.stamp is None else self.stamp.at_s


def _behind_last_line(data: bytes) -> int:
    """Where the last line that is complete has ended; 0: there is none."""
    return max(data.rfind(b"\n"), data.rfind(b"\r")) + 1


def _everything(data: bytes) -> bool:
    return True


class LineReader:
    """Takes a stream apart into lines. How the bytes arrived in pieces changes nothing.

    Begins at the beginning of the line that stands open at `since`.
    """

    def __init__(self, stream: Stream, *, since: int) -> None:
        self._stream = stream
        begun = max([stream.begin, *(gap.offset for gap in stream.gaps if gap.offset <= since)])
        with stream.hold(max(begun, since - LONGEST_LINE_BYTES)) as hold:
            start = min(since, max(hold.offset, stream.first))
            ahead = stream.read(start, since - start) if start < since else b""
        ended = _behind_last_line(ahead)
        self._position = start + ended if ended or start == begun else since
        self._behind_cr = ahead.endswith(b"\r")
        self.seen = since
        """The offset up to which the stream was looked at."""

    @property
    def position(self) -> int:
        """The offset behind the last line that was taken: what this still needs begins there."""
        return self._position

    def take(
        self,
        *,
        stamped_only: bool = False,
        rest: bool = False,
        worth: Callable[[bytes], bool] = _everything,
    ) -> list[TextLine]:
        """The lines completed since the last call.

        `stamped_only` leaves what has no time yet for later; `rest` also gives an unfinished
        last line. What is not `worth` being looked at line by line is passed over: many times
        faster, for whoever looks for something rare.
        """
        stream, lines = self._stream, list[TextLine]()
        stop = stream.stamped if stamped_only else stream.received
        for gap in stream.gaps:
            if self._position <= gap.offset <= stop:
                lines += self._take_up_to(gap.offset, worth, rest=True, cut=True)
                self._behind_cr = False
        return lines + self._take_up_to(stop, worth, rest=rest)

    def _take_up_to(
        self, stop: int, worth: Callable[[bytes], bool], *, rest: bool, cut: bool = False
    ) -> list[TextLine]:
        data = self._stream.read(self._position, max(0, stop - self._position))
        self.seen = self._position + len(data)
        lines: list[TextLine] = []
        taken = 0
        if data and not worth(data):
            last = _behind_last_line(data)
            if last:
                self._behind_cr = last == len(data) and data.endswith(b"\r")
            too_long = max(0, len(data) - last - 1) // LONGEST_LINE_BYTES
            self._position += len(data) if rest else last + too_long * LONGEST_LINE_BYTES
            return []
        if self._behind_cr and data:
            taken = int(data.startswith(b"\n"))
            self._behind_cr = False
        said_at = self._stream.said_in(self._position, self.seen)
        taken = self._in_bulk(data, taken, said_at, lines)
        for found in _LINE_END.finditer(data, taken):
            last, behind = found.span()
            if last - taken > LONGEST_LINE_BYTES:
                break
            lines.append(self._line(data[taken:last], said_at(last), behind))
            taken = behind
        while taken < len(data):
            longest = taken + LONGEST_LINE_BYTES
            ended = _LINE_END.search(data, taken, longest + len(b"\r\n"))
            if ended is not None and ended.start() <= longest:
                last = ended.start()
                lines.append(self._line(data[taken:last], said_at(last), ended.end()))
                taken = ended.end()
            elif (too_long := len(data) > longest) or rest:
                end = min(longest, len(data))
                stamp = said_at(end - 1)
                lines.append(self._line(data[taken:end], stamp, end, cut=cut and not too_long))
                taken = end
            else:
                break
        # A CR that ends what is there may be half of a CR LF.
        self._behind_cr = 0 < taken == len(data) and data.endswith(b"\r")
        self._position += taken
        return lines

    def _in_bulk(
        self,
        data: bytes,
        taken: int,
        said_at: Callable[[int], Stamp | None],
        lines: list[TextLine],
    ) -> int:
        """Lines as nearly all are: ASCII, CR LF behind each, none too long; where the rest begins."""
        part = data[taken : max(taken, data.rfind(b"\r\n"))]
        ends = part.count(b"\r\n")
        if not part.isascii() or part.count(b"\r") != ends or part.count(b"\n") != ends:
            return taken
        texts = part.decode("ascii").split("\r\n") if part else []
        if max(map(len, texts), default=0) > LONGEST_LINE_BYTES:
            return taken
        for text in texts:
            last = taken + len(text)
            taken = last + 2
            lines.append(TextLine(text, said_at(last), self._position + taken))
        return taken

    def _line(self, text: bytes, stamp: Stamp | None, stop: int, *, cut: bool = False) -> TextLine:
        """`stop` is behind its end, from the reader's position."""
        return TextLine(
            text.decode("utf-8", errors="backslashreplace"), stamp, self._position + stop, cut
        )
