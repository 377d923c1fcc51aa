"""What is typed at a terminal, and how the terminal is given back."""

import os
import pty
import signal
import termios

import pytest

from hil.cli.terminal import LineInput, Told, keys


class Screen:
    def __init__(self) -> None:
        self.shown = b""

    def __call__(self, data: bytes) -> None:
        self.shown += data


def line_input(*, is_terminal: bool = True, echoed: bool = True) -> tuple[LineInput, Screen]:
    screen = Screen()
    return LineInput(is_terminal=is_terminal, show=screen, echoed=echoed), screen


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        (b"psts\r", ["psts"]),
        (b"psts\r\ndevinfo\n", ["psts", "devinfo"]),
        (b"pstx\x7fs\r", ["psts"]),
        (b"\x7f\x7fpsts\r", ["psts"]),
        (b"nonsense\x15psts\r", ["psts"]),
        (b"\x1b[Aps\x1b[Cts\x1bOP\r", ["psts"]),
        (b"ps\tts\xc3\xa4\r", ["psts"]),
        (b"\r", [""]),
        (b"half", []),
    ],
)
def test_keys_become_lines(typed: bytes, lines: list[str]) -> None:
    typing, _ = line_input()
    assert typing.feed(typed) == lines
    assert not typing.ended


@pytest.mark.parametrize("key", [b"\x1d", b"\x04", b"\x03"])
def test_it_ends_with(key: bytes) -> None:
    typing, _ = line_input()
    assert typing.feed(b"psts\rhalf" + key + b"devinfo\r") == ["psts"]
    assert typing.ended


def test_what_is_being_typed_stays_behind_what_the_device_says() -> None:
    typing, screen = line_input()
    typing.feed(b"ps")
    typing.hear(b"log\r\n")
    assert screen.shown == b"ps" + b"\b \b" * 2 + b"log\r\n" + b"ps"


def test_the_device_shows_a_line_that_it_echoes() -> None:
    typing, screen = line_input()
    typing.feed(b"ps\r")
    assert screen.shown == b"ps" + b"\b \b" * 2
    silent, screen = line_input(echoed=False)
    silent.feed(b"ps\r")
    assert screen.shown == b"ps\r\n"


def test_a_pipe_shows_only_the_device_and_may_end_without_a_line_end() -> None:
    typing, screen = line_input(is_terminal=False)
    assert typing.feed(b"psts\n\ndev") == ["psts", ""]
    assert typing.rest() == ["dev"]
    assert typing.rest() == []
    typing.hear(b"OK\r\n")
    assert screen.shown == b"OK\r\n"


def be_told(number: signal.Signals, descriptor: int) -> None:
    with keys(descriptor) as is_terminal:
        assert is_terminal
        assert not termios.tcgetattr(descriptor)[3] & (termios.ECHO | termios.ICANON)
        os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_the_terminal_is_as_it_was(number: signal.Signals) -> None:
    ours, its = pty.openpty()
    before = termios.tcgetattr(its)
    handler = signal.getsignal(number)
    try:
        with pytest.raises(Told, match=number.name):
            be_told(number, its)
        assert termios.tcgetattr(its) == before
        assert signal.getsignal(number) is handler
    finally:
        os.close(ours)
        os.close(its)
