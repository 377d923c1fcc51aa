"""A process of a rig as a fork of one that has loaded it already, for many short runs.

What it does is what `python -m` does; only loading, which costs more than most short runs, is done.
"""

import gc
import os
import signal
import subprocess
import sys
import threading
import traceback
import warnings
from runpy import run_module
from typing import IO

from hil.rig.processes import Process


class Forked:
    """What `subprocess.Popen` is, as far as a rig needs it."""

    def __init__(self, pid: int, stdin: IO[str] | None, stdout: IO[str] | None) -> None:
        self.stdin, self.stdout = stdin, stdout
        self._pid = pid
        self._status: int | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._wait, name=f"end of {pid}", daemon=True).start()

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status; raises `subprocess.TimeoutExpired`."""
        if not self._ended.wait(timeout):
            assert timeout is not None
            raise subprocess.TimeoutExpired(str(self._pid), timeout)
        assert self._status is not None
        return self._status

    def kill(self) -> None:
        """End it at once."""
        if not self._ended.is_set():
            os.kill(self._pid, signal.SIGKILL)

    def _wait(self) -> None:
        self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        self._ended.set()


def by_fork(words: tuple[str, ...], stderr: IO[bytes], reads: bool) -> Process:
    """Run the module `words` begins with, on its other words, in a fork of this process.

    For a process in which nothing but its main thread runs.
    """
    theirs_in, ours_in = os.pipe() if reads else (os.open(os.devnull, os.O_RDONLY), None)
    ours_out, theirs_out = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        for number, handed in enumerate((theirs_in, theirs_out, stderr.fileno())):
            os.dup2(handed, number)
        os._exit(_run(words))
    os.close(theirs_in)
    os.close(theirs_out)
    stdin = None if ours_in is None else os.fdopen(ours_in, "w")
    return Forked(pid, stdin, os.fdopen(ours_out))


def _run(words: tuple[str, ...]) -> int:
    """As a new interpreter would; the exit status."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if signal.getsignal(number) not in (signal.SIG_DFL, signal.SIG_IGN, None):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Whoever replaces these in a fork of this fork must not close what they stand for.
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    warnings.resetwarnings()
    warnings.filterwarnings("ignore", "'hil.* found in sys.modules", RuntimeWarning)
    # pytest's, which knows no programs.
    sys.meta_path[:] = [
        each for each in sys.meta_path if type(each).__module__.split(".")[0] != "_pytest"
    ]
    gc.freeze()  # what the parent has loaded stays
    sys.argv = list(words)
    try:
        run_module(words[0], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - nobody else could say it
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status
