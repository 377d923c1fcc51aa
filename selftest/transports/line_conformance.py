"""What every `Line` must do, however it is reached."""

import contextlib
import threading
from collections.abc import Callable
from functools import partial

import pytest

from hil.errors import LineLost, NotOnThisLine
from hil.transports.serial_line import Line, SerialLine

SILENT_READS = 50
"""Empty reads in a row after which bytes that must come have not."""


def check_line(make: Callable[[], tuple[Line, Line]]) -> None:
    """Check a pair of connected lines; `make` returns a fresh pair each time."""
    _check_bytes_go_through_unchanged(*make())
    _check_silence_is_an_empty_read(*make())
    _check_closing(*make())
    _check_the_other_end_going_away_is_a_lost_line(*make())
    _check_a_cut_in_mid_write_is_a_lost_line_that_says_how_far_it_got(*make())
    _check_modem_lines_or_their_absence(*make())


def check_return(near: SerialLine, again: Callable[[], Line]) -> None:
    """Check that an open line is found again; `again` cuts it and makes a new far end for it."""
    near.write(b"before")
    far = again()
    with pytest.raises(LineLost):
        _read(near, 1)
    near.reopen()
    near.write(b"devinfo\r")
    assert _read(far, 8).endswith(b"devinfo\r"), "it carries there"
    # Not before: a server could still speak to the connection that was cut.
    far.write(b"behind the gap")
    assert _read(near, 14) == b"behind the gap", "and back"
    near.close()
    far.close()


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


def _check_a_cut_in_mid_write_is_a_lost_line_that_says_how_far_it_got(
    near: Line, far: Line
) -> None:
    cutting = threading.Thread(target=_cut_when_it_reads, args=(far,))
    cutting.start()
    with pytest.raises(LineLost) as lost:
        _write_for_ever(near, b"x" * 65536)  # it may take a while until it is noticed
    cutting.join()
    assert 0 <= lost.value.taken <= 65536
    near.close()


def _write_for_ever(near: Line, data: bytes) -> None:
    while True:
        near.write(data)


def _cut_when_it_reads(far: Line) -> None:
    assert _read(far, 1)[:1] == b"x"
    far.close()


def _check_modem_lines_or_their_absence(near: Line, far: Line) -> None:
    assert isinstance(near, SerialLine)
    asks: list[Callable[[], object]] = [
        partial(near.set_dtr, False),
        partial(near.set_rts, True),
        partial(near.send_break, 0.01),
    ]
    if near.label.startswith("rfc2217://"):
        # ser2net in front of a terminal answers for nothing, and is not asked to.
        if "ign_set_control" not in near.label:
            for ask in asks:
                ask()
    else:
        for ask in (*asks, near.modem):
            with pytest.raises(NotOnThisLine, match=rf"^{near.label}: asked for .* real UART"):
                ask()
    far.write(b"x")
    assert _read(near, 1) == b"x", "the line is still good"
    near.close()
    far.close()
