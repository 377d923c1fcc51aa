"""The processes of a rig: modules of hil that are run as programs."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Protocol

from hil.vocabulary.secret import salted_environment


class Process(Protocol):
    """As `subprocess.Popen` has it, text on its pipes."""

    stdin: IO[str] | None
    """None: it reads nothing."""
    stdout: IO[str] | None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status; raises `subprocess.TimeoutExpired`."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


Starter = Callable[[tuple[str, ...], IO[bytes], bool], Process]
"""Of a module and its arguments, where its standard error goes, and whether it reads a pipe."""


def start(*words: str, stderr: IO[bytes], reads: bool = False) -> Process:
    """Run `python -m` with `words`, of a session of its own: Ctrl-C is for the suite, which still needs
    the rig. It is of the same run, so its fingerprints of secrets are the same.
    """
    return _starters[-1](words, stderr, reads)


@contextmanager
def started_by(starter: Starter) -> Iterator[None]:
    """While the block lasts, processes are started otherwise."""
    _starters.append(starter)
    try:
        yield
    finally:
        _starters.pop()


def by_interpreter(words: tuple[str, ...], stderr: IO[bytes], reads: bool) -> Process:
    """A new interpreter, that loads what it needs."""
    return subprocess.Popen(
        [sys.executable, "-m", *words],
        stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=salted_environment(),
        start_new_session=True,
        text=True,
    )


_starters: list[Starter] = [by_interpreter]
