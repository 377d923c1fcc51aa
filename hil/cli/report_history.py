"""The history that Allure keeps: one file for each rig, a line for each run, none of them twice."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hil.errors import SuiteError
from hil.files.durable import write_durably

KEPT = 30
"""Runs; a line is about 1 kB for each test."""


def history_of(run_dir: Path, rig: str) -> Path:
    """Where the history of a rig lies: beside its runs."""
    return run_dir.parent / f"history-{rig}.jsonl"


@dataclass(frozen=True, slots=True)
class Given:
    """What the generator is given: the runs before this one, and whether it adds this one."""

    path: Path
    append: bool


@contextmanager
def history_before(path: Path, report_name: str, *, kept: int = KEPT) -> Iterator[Given]:
    """The history as it was before the run of this report; with the run added, where it is new.

    A report that is built again shows the same as the first time and is not counted twice.

    Raises:
        SuiteError: the file holds something else.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    try:
        names = [json.loads(line)["name"] for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise SuiteError(
            f"{path}: line {_first_bad(lines)} is no history of Allure's; move the file away"
        ) from error
    if report_name in names:
        with TemporaryDirectory(prefix="hil-history-") as folder:
            before = Path(folder) / path.name
            earlier = lines[: names.index(report_name)]
            before.write_text("".join(f"{line}\n" for line in earlier), encoding="utf-8")
            yield Given(before, append=False)
        return
    yield Given(path, append=True)
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    if len(lines) > kept:
        write_durably(path, "".join(f"{line}\n" for line in lines[-kept:]))


def _first_bad(lines: list[str]) -> int:
    for number, line in enumerate(lines, 1):
        try:
            json.loads(line)["name"]
        except (ValueError, KeyError, TypeError):
            return number
    return 0
