"""What a keeper and its clients say to each other, as frames: docs/wires/keeper.md.

A frame is five bytes (length of what follows, big-endian, and what it is) and its content: JSON, or
for bytes of a console a fixed head and the bytes.
"""

import json
import struct
from enum import IntEnum

Json = dict[str, object]


class Frame(IntEnum):
    """What a frame is."""

    HELLO = 1
    """Both ways, first of all. JSON."""
    DATA = 2
    """A console said something: `DATA_HEAD`, then the bytes."""
    WRITE = 3
    """To a console: `WRITE_HEAD`, then the bytes. From the keeper: this was sent to it."""
    LINE = 4
    """How a console's line is: lost, back, skipped. JSON, from the keeper."""
    EVENT = 5
    """An entry of the timeline. JSON, both ways."""
    MARKS = 6
    """When what was said was said, in virtual time. JSON, from the client that owns the clock."""
    SECRET = 7
    """A value to be masked from now on. JSON, from a client."""
    WAITING = 8
    """Somebody waits for this console, for `HURRY_S`: `WAITING_HEAD`. From a client."""
    ALIVE = 9
    """The client is. Empty."""
    REQUEST = 10
    """JSON with `id` and `op`, from a client."""
    ANSWER = 11
    """JSON with the same `id`, from the keeper."""
    TOLD = 12
    """The keeper says why it ends something. JSON with `text`."""


HEAD = struct.Struct("!IB")
DATA_HEAD = struct.Struct("!HQdd")
"""Console, offset in its stream, rig seconds (NaN: not known yet), UNIX seconds."""
WRITE_HEAD = struct.Struct("!HB")
"""Console, flags."""
WAITING_HEAD = struct.Struct("!H")
"""Console."""

HURRY_S = 0.5
"""Wall seconds for which WAITING, or a WRITE that begins a turn, makes the keeper read a console
without a pause. Whoever waits on says so again: once in a while, not at every byte."""

TURN_BEGINS = 1
"""Flag of a WRITE: a command begins; what others type has to wait until its turn ends."""
TURN_ENDS = 2
"""Flag of a WRITE, mostly without bytes: the command's reply is complete."""

TURN_GIVEN_UP = 8
"""Flag of a WRITE beside TURN_ENDS: what still waits for its turn is not to be sent any more."""

TURN_IS_YOURS = 4
"""Flag of a WRITE from the keeper to a console: what you wanted to send has been sent now."""

IS_SECRET = 16
"""Flag of a WRITE: of these bytes nothing may be told, even where the device echoes them in pieces."""

LONGEST_BYTES = 64 << 20
"""A frame that claims to be longer is none: the other side speaks something else."""


def framed(kind: Frame, content: bytes = b"") -> bytes:
    """A frame, as it goes over the socket."""
    return HEAD.pack(len(content), kind) + content


def framed_json(kind: Frame, document: Json) -> bytes:
    """A frame whose content is JSON."""
    return framed(kind, json.dumps(document, default=str, ensure_ascii=False).encode())


class FrameReader:
    """Takes a stream of bytes apart into frames, however it arrived in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The frames completed by `data`: what each is, and its content.

        Raises:
            ValueError: what came is no frame.
        """
        if self._rest:
            data = self._rest + data
        frames: list[tuple[int, bytes]] = []
        at = 0
        while len(data) - at >= HEAD.size:
            length, kind = HEAD.unpack_from(data, at)
            if length > LONGEST_BYTES:
                raise ValueError(f"a frame of {length} bytes: this is no keeper's socket")
            end = at + HEAD.size + length
            if len(data) < end:
                break
            frames.append((kind, data[at + HEAD.size : end]))
            at = end
        self._rest = data[at:]
        return frames
