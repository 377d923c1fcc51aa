"""A console's log on disk: a time on every line, files of bounded size, gaps said where they are."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

SAID, OWN = "| ", "! "
"""In front of what the device said, and of what the recorder has to say."""


class ConsoleLog:
    """`NAME.log`, and what was before it in `NAME.0001.log`, `NAME.0002.log`, …

    Each line: rig seconds, wall time (UTC), `|`, what the device said. `!` instead of `|` is the
    recorder's own word: a gap, the end of a file. A file ends at `limit_bytes`; of the ended ones
    the last `kept` stay.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, *, limit_bytes: int, kept: int) -> None:
        self.path = path
        self._limit_bytes, self._kept = limit_bytes, kept
        path.parent.mkdir(parents=True, exist_ok=True)
        self._ended = sorted(path.parent.glob(f"{path.stem}.[0-9][0-9][0-9][0-9]{path.suffix}"))
        # Not buffered: what was said is in the file when the machine of the run dies.
        self._file = path.open("ab", buffering=0)
        self._size = path.stat().st_size if path.is_file() else 0

    def write(self, at_s: float, wall: float, text: str, *, own: bool = False) -> None:
        """Write lines (parted by `\\n`) that were said at rig second `at_s`.

        Raises:
            OSError: they cannot be written.
        """
        if self._file.closed:
            return
        prefix = f"{at_s:12.3f} {_utc(wall)} {OWN if own else SAID}"
        lines = prefix + text.replace("\n", "\n" + prefix) + "\n"
        self._size += self._put(lines)
        if self._size >= self._limit_bytes:
            self._begin_anew(at_s, wall)

    def close(self) -> None:
        """Let go of the file. Closing twice is fine."""
        self._file.close()

    def _put(self, lines: str) -> int:
        data = lines.encode(errors="backslashreplace")
        written = self._file.write(data) or 0
        while written < len(data):  # a disk that is nearly full may take a part
            written += self._file.write(data[written:]) or 0
        return len(data)

    def _begin_anew(self, at_s: float, wall: float) -> None:
        number = int(self._ended[-1].stem.rpartition(".")[2]) + 1 if self._ended else 1
        ended = self.path.with_name(f"{self.path.stem}.{number:04}{self.path.suffix}")
        prefix = f"{at_s:12.3f} {_utc(wall)} {OWN}"
        self._put(f"{prefix}this file is full; it goes on in the next one\n")
        self._file.close()
        self.path.rename(ended)
        self._ended.append(ended)
        self._file = self.path.open("ab", buffering=0)
        dropped = ""
        if len(self._ended) > self._kept:
            old = self._ended.pop(0)
            old.unlink(missing_ok=True)
            dropped = f"; {old.name} was deleted, {self._kept} are kept"
        self._size = self._put(f"{prefix}goes on from {ended.name}{dropped}\n")


def _utc(wall: float) -> str:
    return f"{_second(int(wall))}.{int(wall % 1 * 1000):03}Z"


@lru_cache(maxsize=16)
def _second(wall: int) -> str:
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%dT%H:%M:%S")
