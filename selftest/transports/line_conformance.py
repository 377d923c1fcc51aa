"""What every `Line` must do, however it is reached."""

import contextlib
from collections.abc import Callable

import pytest

from hil.errors import LineLost
from hil.transports.serial_line import Line

SILENT_READS = 50
"""Empty reads in a row after which bytes that must come have not."""


def check_line(make: Callable[[], tuple[Line, Line]]) -> None:
    """Check a pair of connected lines; `make` returns a fresh pair each time."""
    _check_bytes_go_through_unchanged(*make())
    _check_silence_is_an_empty_read(*make())
    _check_closing(*make())
    _check_the_other_end_going_away_is_a_lost_line(*make())


def _check_bytes_go_through_unchanged(near: Line, far: Line) -> None:
    every_byte = bytes(range(256))
    for sender, receiver in ((near, far), (far, near)):
        sender.write(every_byte)
        assert _read(receiver, len(every_byte)) == every_byte, "no byte is translated or eaten"
    assert near.label, "messages need to say where it is"
    near.close()
    far.close()


def _check_silence_is_an_empty_read(near: Line, far: Line) -> None:
    assert near.read() == b"", "silence is an empty read, not an error"
    far.write(b"x")
    assert _read(near, 1) == b"x", "a read returns with the first byte, it does not wait for more"
    near.close()
    far.close()


def _check_closing(near: Line, far: Line) -> None:
    near.close()
    near.close()  # twice is fine
    with pytest.raises(LineLost):
        near.write(b"devinfo\r")
    with pytest.raises(LineLost):
        near.read()
    far.close()


def _check_the_other_end_going_away_is_a_lost_line(near: Line, far: Line) -> None:
    far.write(b"the last words")
    assert _read(near, 14) == b"the last words"
    far.close()
    with pytest.raises(LineLost):
        _read(near, 1)
    with contextlib.suppress(LineLost):  # some lines notice at the next write only
        near.write(b"devinfo\r")
    near.close()


def _read(line: Line, count: int) -> bytes:
    heard, silent = b"", 0
    while len(heard) < count:
        more = line.read()
        heard += more
        silent = 0 if more else silent + 1
        assert silent < SILENT_READS, f"only {len(heard)} of {count} bytes came: {heard!r}"
    return heard
