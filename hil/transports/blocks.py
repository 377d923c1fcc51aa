"""A console's stream as blocks of complete lines: what the log and the timeline are written from.

Many lines at once, since a line at a time costs more than a talkative console leaves. The lines
are those that `LineReader` finds, with the same times (a selftest holds the two together).
"""

from bisect import bisect_right
from typing import NamedTuple

from hil.evidence.redaction import mask_pieces
from hil.transports.lines import LONGEST_LINE_BYTES
from hil.transports.stream import Stamp, Stream

CR, LF = b"\r", b"\n"


class Block(NamedTuple):
    """Lines that were said at the same time, parted by `\\n`; no end behind the last one."""

    text: str
    stamp: Stamp


class BlockReader:
    """Takes the stamped part of a stream apart."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._behind_cr = False
        self.position = stream.first
        """The offset behind the last line that was taken."""
        self._seen = 0
        """Up to where it was looked for lines."""

    def take(self, *, rest: bool = False) -> list[Block]:
        """The lines completed since the last call; `rest` also gives an unfinished last line."""
        stamped = self._stream.stamped
        if stamped <= self.position or (stamped == self._seen and not rest):
            return []  # nothing, or the beginning of a line, mostly a prompt, and no more of it
        self._seen = stamped
        self.position = max(self.position, self._stream.first)
        data, stamps = self._stream.stamped_since(self.position)
        start = 0
        if self._behind_cr:
            start = int(data.startswith(LF))
            self._behind_cr = False
        if len(data) > LONGEST_LINE_BYTES and _longest(data) > LONGEST_LINE_BYTES:
            blocks, taken = self._line_by_line(data, stamps, start, rest=rest)
        else:
            blocks, taken = self._in_bulk(data, stamps, start, rest=rest)
        # A CR that ends what is there may be half of a CR LF.
        self._behind_cr = taken == len(data) and taken > start and data.endswith(CR)
        self.position += taken
        return blocks

    def _in_bulk(
        self, data: bytes, stamps: list[Stamp], start: int, *, rest: bool
    ) -> tuple[list[Block], int]:
        blocks: list[Block] = []
        for number, stamp in enumerate(stamps, 1):
            stop = len(data)
            if number < len(stamps):
                stop = min(stop, stamps[number].offset - self.position)
            if stop <= start:
                continue
            end = max(data.rfind(LF, start, stop), data.rfind(CR, start, stop)) + 1
            if end > start:
                blocks.append(Block(self._shown(data, start, end)[:-1], stamp))
                # A CR LF that two stamps part is one end, said when its CR was.
                start = end + (data[end - 1 : end + 1] == CR + LF)
        if rest and start < len(data):
            blocks.append(
                Block(self._shown(data, start, len(data)), self._stamp_of(len(data) - 1, stamps))
            )
            start = len(data)
        return blocks, start

    def _line_by_line(
        self, data: bytes, stamps: list[Stamp], start: int, *, rest: bool
    ) -> tuple[list[Block], int]:
        """Where lines have to be cut: garbage, which is rare."""
        blocks: list[Block] = []

        def add(begin: int, end: int, last: int) -> None:
            blocks.append(Block(self._shown(data, begin, end), self._stamp_of(last, stamps)))

        while start < len(data):
            ends = [at for at in (data.find(LF, start), data.find(CR, start)) if at >= 0]
            end = min(ends, default=len(data))
            if end - start > LONGEST_LINE_BYTES:
                end = start + LONGEST_LINE_BYTES
                add(start, end, end - 1)
                start = end
            elif ends:
                add(start, end, end)
                start = end + (2 if data[end : end + 2] == CR + LF else 1)
            elif rest:
                add(start, len(data), len(data) - 1)
                start = len(data)
            else:
                break
        return blocks, start

    def _shown(self, data: bytes, start: int, stop: int) -> str:
        """What stands between two places of `data`; of a secret that was being typed then no piece."""
        pieces: list[str] = []
        for each in self._stream.hushed_in(self.position + start, self.position + stop):
            begin = max(start, each.start - self.position)
            end = stop if each.stop is None else min(stop, each.stop - self.position)
            pieces += [_text(data[start:begin]), mask_pieces(_text(data[begin:end]), each.secret)]
            start = end
        return "".join([*pieces, _text(data[start:stop])])

    def _stamp_of(self, index: int, stamps: list[Stamp]) -> Stamp:
        """That of the byte at `index` from the reader's position."""
        at = self.position + index
        return stamps[max(0, bisect_right(stamps, at, key=lambda stamp: stamp.offset) - 1)]


def _text(data: bytes) -> str:
    if CR in data:
        data = data.replace(CR + LF, LF).replace(CR, LF)
    return data.decode("utf-8", errors="backslashreplace")


def _longest(data: bytes) -> int:
    return max(map(len, data.replace(CR, LF).split(LF)))
