"""The commands as people start them: a process, at a terminal of its own or in a pipe."""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WITHIN_S = 120.0
"""What anything here may take on a machine that is busy with other things."""

TOLD = 4000
"""How many of the last characters at a terminal a message repeats; a picture is drawn again and again."""


def hil(*arguments: str, given: str = "", cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run `hil` in a pipe, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "hil", *arguments],
        input=given,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=_environment(),
        check=False,
        timeout=WITHIN_S,
    )


class Terminal:
    """`hil` at a pseudo-terminal; what it shows is in `shown`."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        self._ours, self._its = pty.openpty()
        self.before = termios.tcgetattr(self._its)
        self.shown = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hil", *arguments],
            stdin=self._its,
            stdout=self._its,
            stderr=self._its,
            cwd=cwd,
            env=_environment() | {"TERM": "xterm", "COLUMNS": "160", "LINES": "50"},
            start_new_session=True,
        )

    @property
    def settings(self) -> list[object]:
        """How the terminal is set now."""
        return termios.tcgetattr(self._its)

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self._ours, text.encode())

    def until(self, text: str, *, since: int = 0) -> int:
        """Read until `text` is shown behind `since`; where it ends."""
        until_s = time.monotonic() + WITHIN_S
        while (at := self.shown.find(text, since)) < 0:
            has_ended = self.process.poll() is not None
            is_late = time.monotonic() > until_s
            assert self._read() or not (has_ended or is_late), f"no {text!r} in {self._last!r}"
        return at + len(text)

    def end(self) -> int:
        """Wait for its end; how it ended."""
        until_s = time.monotonic() + WITHIN_S
        while self.process.poll() is None:
            assert time.monotonic() < until_s, f"it does not end: {self._last!r}"
            self._read()
        while self._read():
            pass
        return self.process.returncode

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._its)

    @property
    def _last(self) -> str:
        return self.shown[-TOLD:]

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], 0.1)
        if ready:
            self.shown += os.read(self._ours, 65536).decode(errors="replace")
        return bool(ready)


@contextmanager
def in_a_pipe(*arguments: str, cwd: Path) -> "Iterator[subprocess.Popen[str]]":
    """`hil` in a pipe while the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hil", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env=_environment(),
    )
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def at_a_terminal(*arguments: str, cwd: Path) -> Iterator[Terminal]:
    """`hil` at a terminal while the block lasts."""
    terminal = Terminal(*arguments, cwd=cwd)
    try:
        yield terminal
    finally:
        terminal.close()


def _environment() -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    return {**os.environ, "PYTHONPATH": root, "PYTHONUNBUFFERED": "1"}
