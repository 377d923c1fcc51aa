"""What can be run on the simulated shell besides curl and the wireless script."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

from hil.simulator.shell import files
from hil.simulator.shell.result import Result
from hil.simulator.site import Site

SYNTAX = 2

TMP = "/tmp/"
"""Where anybody may write; empty after a restart."""


class Disk:
    """The gateway's files as a command sees them: its own, and those of `tmp` by path."""

    def __init__(self, site: Site, tmp: dict[str, bytes]) -> None:
        self._site, self._tmp = site, tmp

    def read(self, path: str) -> bytes | None:
        """What a file holds; None where there is none."""
        return b"" if path == "/dev/null" else self._tmp.get(path, files.read(self._site, path))

    def write(self, path: str, data: bytes, *, appends: bool = False) -> str | None:
        """Write a file; why that cannot be, or None."""
        if path == "/dev/null":
            return None
        if not path.startswith(TMP) or path == TMP:
            return "Read-only file system"
        self._tmp[path] = (self._tmp.get(path, b"") if appends else b"") + data
        return None

    def remove(self, path: str) -> bool:
        """Delete a file; whether it was there."""
        return self._tmp.pop(path, None) is not None

    def names_under(self, folder: str) -> list[str] | None:
        """What a folder lists; None where there is no such folder."""
        inside = folder.rstrip("/") + "/"
        ours = [path.removeprefix(inside) for path in self._tmp if path.startswith(inside)]
        listed = files.names_under(self._site, folder)
        if listed is None and not ours and inside != TMP:
            return None
        return sorted({*(listed or ()), *(name.partition("/")[0] for name in ours)})


def _cat(disk: Disk, words: Sequence[str]) -> Result:
    out, err = b"", ""
    for path in words:
        held = disk.read(path)
        if held is None:
            err += f"cat: can't open '{path}': No such file or directory\n"
        else:
            out += held
    return Result(1 if err else 0, out, err)


def _md5sum(disk: Disk, words: Sequence[str]) -> Result:
    out, err = "", ""
    for path in words:
        held = disk.read(path)
        if held is None:
            err += f"md5sum: can't open '{path}': No such file or directory\n"
        else:
            out += f"{hashlib.md5(held, usedforsecurity=False).hexdigest()}  {path}\n"
    return Result(1 if err else 0, out.encode(), err)


def _ls(disk: Disk, words: Sequence[str]) -> Result:
    out, err = "", ""
    for path in [each for each in words if not each.startswith("-")] or ["/"]:
        names = disk.names_under(path)
        if names is not None:
            out += "".join(f"{name}\n" for name in names)
        elif disk.read(path) is not None:
            out += f"{path}\n"
        else:
            err += f"ls: {path}: No such file or directory\n"
    return Result(1 if err else 0, out.encode(), err)


def _rm(disk: Disk, words: Sequence[str]) -> Result:
    paths = [each for each in words if each != "-f"]
    missing = [path for path in paths if not disk.remove(path) and "-f" not in words]
    err = "".join(f"rm: can't remove '{path}': No such file or directory\n" for path in missing)
    return Result(1 if err else 0, err=err)


def _test(disk: Disk, words: Sequence[str]) -> Result:
    match list(words):
        case ["-f", path]:
            found = disk.read(path) is not None
        case ["-d", path]:
            found = disk.names_under(path) is not None
        case ["-e", path]:
            found = disk.read(path) is not None or disk.names_under(path) is not None
        case _:
            return Result(SYNTAX, err="-sh: test: unknown to the simulated shell\n")
    return Result(0 if found else 1)


def _bracket(disk: Disk, words: Sequence[str]) -> Result:
    if not words or words[-1] != "]":
        return Result(SYNTAX, err="-sh: [: missing ]\n")
    return _test(disk, words[:-1])


def _echo(disk: Disk, words: Sequence[str]) -> Result:
    return Result(0, f"{' '.join(words)}\n".encode())


def _printf(disk: Disk, words: Sequence[str]) -> Result:
    if len(words) != 1:
        return Result(SYNTAX, err="-sh: printf: only a format is known to the simulated shell\n")

    def meant(found: re.Match[str]) -> str:
        octal, letter = found.groups()
        return chr(int(octal, 8)) if octal else {"n": "\n", "\\": "\\", "%": "%"}[letter]

    text = re.sub(r"\\([0-7]{1,3})|[\\%]([n\\%])", meant, words[0])
    return Result(0, text.encode("latin-1"))


BUILT_IN = frozenset({"echo", "printf", "test", "[", "true", "false"})
"""What the shell does itself, in no time."""

PROGRAMS: Mapping[str, Callable[[Disk, Sequence[str]], Result]] = {
    "cat": _cat,
    "echo": _echo,
    "ls": _ls,
    "md5sum": _md5sum,
    "printf": _printf,
    "rm": _rm,
    "test": _test,
    "[": _bracket,
    "true": lambda disk, words: Result(0),
    "false": lambda disk, words: Result(1),
}
