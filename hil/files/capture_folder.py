"""A capture: one gateway's answers in a folder, a file for each.

A file's name is the path of its request with `_` for everything that a file name may not have:
`/ivp/ensemble/power` is `ivp_ensemble_power`, `/production.json?details=1` is
`production.json_details_1`. `_http.json` has status, headers and seconds of each file; captures of
other people keep them in a `<name>_log.json` beside each file, or not at all.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HTTP, ABOUT = "_http.json", "capture.json"
"""What was said beside the bodies, by file; and what the whole capture is."""

_LOG = "_log.json"
_ENDINGS = (".json", ".xml", ".html", ".txt")
"""Some people's captures have one of them after the name."""
_NO_BODIES = re.compile(r"\..*|_http\.json|capture\.json|.*_log\.json|readme.*|.*\.(md|sh|py|zip)")


@dataclass(frozen=True, slots=True)
class Captured:
    """One answer. What nobody wrote down is None, the path too where the name is not known."""

    file: str
    path: str | None
    """With its query."""
    status: int | None
    headers: Mapping[str, str] = field(repr=False)
    seconds: float | None
    data: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """Without a byte order mark; a byte that is no UTF-8 is shown as one that is not known."""
        return self.data.decode("utf-8-sig", "replace")


def file_name(path: str) -> str:
    """What the answer to a GET of `path` (with its query) is called in a capture."""
    return re.sub(r"[^\w.\-]+", "_", path).strip("_")


def is_capture(folder: Path) -> bool:
    """Whether there are answers in it, of whatever kind."""
    return any(_is_body(each) for each in folder.iterdir())


def read_capture(folder: Path, known: Iterable[str]) -> list[Captured]:
    """Every answer of a capture by the name of its file; `known` are paths, `<…>` for what varies.

    Raises:
        OSError: it cannot be read.
    """
    names = _Names(known)
    http = _object(folder / HTTP)
    return [
        _captured(file, _said_of(file, http), names)
        for file in sorted(folder.iterdir())
        if _is_body(file)
    ]


def about(folder: Path) -> Mapping[str, object]:
    """What was written about the whole capture; empty for one that is not ours."""
    return _object(folder / ABOUT)


class _Names:
    """Which path a file's name stands for."""

    def __init__(self, known: Iterable[str]) -> None:
        self._exact: dict[str, str] = {}
        self._varying: list[tuple[re.Pattern[str], str]] = []
        for path in known:
            if "<" in path:
                parts = [re.escape(file_name(part)) for part in re.split(r"<[^>]*>", path)]
                self._varying.append((re.compile("_([A-Za-z0-9.-]+)".join(parts)), path))
            else:
                self._exact.setdefault(file_name(path), path)

    def path(self, name: str) -> str | None:
        for ending in ("", *_ENDINGS):
            bare = name.removesuffix(ending)
            if bare in self._exact:
                return self._exact[bare]
        for pattern, path in self._varying:
            if (found := pattern.fullmatch(name.removesuffix(".json"))) is not None:
                for value in found.groups():
                    path = re.sub(r"<[^>]*>", value, path, count=1)
                return path
        return None


def _is_body(file: Path) -> bool:
    return file.is_file() and not _NO_BODIES.fullmatch(file.name.lower())


def _said_of(file: Path, http: Mapping[str, object]) -> Mapping[str, object]:
    said = http.get(file.name)
    return said if isinstance(said, dict) else _object(file.with_name(file.name + _LOG))


def _captured(file: Path, said: Mapping[str, object], names: _Names) -> Captured:
    path, status = said.get("path"), said.get("status", said.get("code"))
    headers, seconds = said.get("headers"), said.get("seconds")
    return Captured(
        file=file.name,
        path=path if isinstance(path, str) else names.path(file.name),
        status=status if isinstance(status, int) else None,
        headers={str(name).lower(): str(value) for name, value in headers.items()}
        if isinstance(headers, dict)
        else {},
        seconds=seconds if isinstance(seconds, int | float) else None,
        data=file.read_bytes(),
    )


def _object(file: Path) -> Mapping[str, object]:
    """What a JSON file says; nothing where there is none, or it is broken: it only explains."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
