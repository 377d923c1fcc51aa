"""How far a run has come: a line for each test that begins or ends, on the disk at once.

The file is locked while its process lives, so that anybody can tell a run that goes on from one
that has ended without a word.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from hil.vocabulary.blame import Blame

FILE = "progress.jsonl"
"""In the run's folder; of several processes (pytest-xdist) in the folder of each."""


class Outcome(StrEnum):
    """How a test has ended."""

    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"
    """Whoever is to blame."""
    ABORTED = "aborted"
    """The run ended while it was running."""
    NOT_RUN = "not run"
    """The run ended before it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One failure: where, whose, and its first line."""

    nodeid: str
    phase: str
    blame: Blame
    headline: str
    is_repeated: bool = False
    """Whether an earlier failure, told by itself, took the rig out: it was not run, or put back."""


def never_began(verdicts: Iterable[Verdict]) -> bool:
    """Whether a test found the rig out of use: nothing of it was run."""
    return any(each.is_repeated and each.phase == "setup" for each in verdicts)


@dataclass(frozen=True, slots=True)
class Ended:
    """How one test has ended. `why` says why it was skipped."""

    outcome: Outcome
    why: str
    verdicts: tuple[Verdict, ...]


class Progress:
    """Writes the file; to be closed by `close` or by the end of the process."""

    def __init__(self, directory: Path, *, is_the_run: bool = True) -> None:
        """`is_the_run` says whether this process is what the file is about.

        Raises:
            OSError: the file cannot be made.
        """
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / FILE
        self._file = os.open(
            self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666
        )
        if is_the_run:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def began(self, test: int, nodeid: str, *, uuid: str) -> None:
        """The test at this place of the plan begins; `uuid` is that of its Allure result."""
        self._write("began", test=test, nodeid=nodeid, uuid=uuid)

    def ended(self, test: int, nodeid: str, how: Ended) -> None:
        """The test has ended, its clean-up too."""
        self._write("ended", test=test, nodeid=nodeid, **asdict(how))

    def not_collected(self, verdict: Verdict) -> None:
        """A file could not be collected."""
        self._write("not collected", verdict=asdict(verdict))

    def opened(self, facts: Mapping[str, str]) -> None:
        """The rig is open: what is known of it only now."""
        self._write("opened", facts=dict(facts))

    def over(self, why: str, *, status: int) -> None:
        """The run has ended in order; `why` before its time, with which code of pytest."""
        self._write("over", why=why, status=status)

    def lost(self, why: str) -> None:
        """The run is gone without a word, says whoever has seen it."""
        self._write("lost", why=why)

    def _write(self, what: str, **said: object) -> None:
        # Begun with a newline: a crash may have cut the line before.
        line = json.dumps({"at": int(time.time() * 1000), "what": what, **said}, ensure_ascii=False)
        data = f"\n{line}".encode(errors="backslashreplace")
        if os.write(self._file, data) < len(data):
            raise OSError(f"{self.path}: only a part of a line was taken")
        os.fsync(self._file)

    def close(self) -> None:
        """Let go of the file. Closing twice is fine."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Line:
    """One line: when (UNIX milliseconds), what, whose folder it is from, and what was said."""

    at_ms: int
    what: str
    process: str
    """Empty for the run's own process, `gw0` for one that pytest-xdist has started."""
    said: Mapping[str, Any]


def folders(run_dir: Path) -> list[Path]:
    """The run's folder, and that of each process that pytest-xdist has started for it."""
    return [run_dir, *sorted(path for path in run_dir.glob("gw*") if path.is_dir())]


def read_progress(run_dir: Path) -> list[Line]:
    """Everything that all processes of a run have written, one after the other; no cut line."""
    return [line for folder in folders(run_dir) for line in _lines(folder, run_dir)]


def _lines(folder: Path, run_dir: Path) -> Iterator[Line]:
    try:
        text = (folder / FILE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    process = "" if folder == run_dir else folder.name
    for line in text.splitlines():
        try:
            said = json.loads(line)
            yield Line(said.pop("at"), said.pop("what"), process, said)
        except (ValueError, KeyError, AttributeError):
            continue


def is_going_on(run_dir: Path) -> bool:
    """Whether a process of the run still lives."""
    return any(_is_locked(folder / FILE) for folder in folders(run_dir))


def _is_locked(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
