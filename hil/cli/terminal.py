"""A terminal in the hands of a command: keys as they are pressed, and given back as it was."""

import os
import re
import signal
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ENDS = (b"\x1d", b"\x04", b"\x03")
"""Ctrl-], Ctrl-D, Ctrl-C."""

_ESCAPE = re.compile(rb"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O.|.)?")
"""What arrow and function keys send: nothing that a device could use."""


class Told(Exception):
    """A signal asks the command to end."""


@contextmanager
def keys(descriptor: int) -> Iterator[bool]:
    """Have every key as it is pressed, unechoed, where `descriptor` is a terminal; whether it is.

    Ends in good order, the terminal as it was, also at SIGTERM and SIGHUP.
    """

    def told(number: int, frame: object) -> None:
        raise Told(signal.Signals(number).name)

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGHUP)}
    is_terminal = os.isatty(descriptor)
    saved = termios.tcgetattr(descriptor) if is_terminal else None
    try:
        if is_terminal:
            changed = termios.tcgetattr(descriptor)
            changed[0] &= ~(termios.ICRNL | termios.IXON)
            changed[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
            changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
            termios.tcsetattr(descriptor, termios.TCSADRAIN, changed)
        yield is_terminal
    finally:
        if saved is not None:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, saved)
        for number, handler in before.items():
            signal.signal(number, handler)


class LineInput:
    """What is typed, as complete lines; pure.

    On a terminal keys come one by one: the line is edited here and shown behind what the device
    says, and is taken away when it is sent, since the device echoes it.
    """

    def __init__(self, *, is_terminal: bool, show: Callable[[bytes], None], echoed: bool) -> None:
        """`echoed`: the device repeats what it is sent."""
        self._is_terminal, self._show, self._echoed = is_terminal, show, echoed
        self._line = bytearray()
        self._behind_cr = False
        self.ended = False
        """Whether one of `ENDS` was pressed."""

    def feed(self, data: bytes) -> list[str]:
        """Take what was typed; the lines that it completes."""
        lines: list[str] = []
        if self._is_terminal:
            data = _ESCAPE.sub(b"", data)
        for key in (data[at : at + 1] for at in range(len(data))):
            line_feed_of_crlf, self._behind_cr = key == b"\n" and self._behind_cr, key == b"\r"
            if self._is_terminal and key in ENDS:
                self.ended = True
                break
            if line_feed_of_crlf:
                continue
            if key in (b"\r", b"\n"):
                lines.append(self._taken())
            elif self._is_terminal and key in (b"\x08", b"\x7f"):
                if self._line:
                    self._line.pop()
                    self._show(b"\b \b")
            elif self._is_terminal and key == b"\x15":
                self._show(self._erased)
                self._line.clear()
            elif b" " <= key < b"\x7f":
                self._line += key
                if self._is_terminal:
                    self._show(key)
        return lines

    def rest(self) -> list[str]:
        """At the end of the input: a last line without an end."""
        return [self._taken()] if self._line else []

    def hear(self, data: bytes) -> None:
        """Show what the device says, in front of what is being typed."""
        if self._is_terminal:
            self._show(self._erased + data + bytes(self._line))
        else:
            self._show(data)

    @property
    def _erased(self) -> bytes:
        return b"\b \b" * len(self._line)

    def _taken(self) -> str:
        if self._is_terminal:
            self._show(self._erased if self._echoed else b"\r\n")
        line = self._line.decode("ascii")
        self._line.clear()
        return line
