"""The keeper's timeline on a disk that fills up: real write limits."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hil.evidence.redaction import Redactor
from hil.keeper.durable_timeline import DurableTimeline

LINE_BYTES = 90
"""About what an event with a short text takes."""


@contextmanager
def _no_file_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _whole(path: Path) -> list[str]:
    """The texts of the lines that are whole."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line)["text"] for line in lines if line.endswith("}")]


@pytest.mark.parametrize("room", [0, 1, LINE_BYTES, 2 * LINE_BYTES, 3 * LINE_BYTES])
def test_of_events_written_together_those_that_a_full_disk_takes_not_are_counted(
    tmp_path: Path, room: int
) -> None:
    path, troubles, told = tmp_path / "timeline.jsonl", list[str](), list[bytes]()
    timeline = DurableTimeline(path, now=lambda: 1.0, redactor=Redactor(), kept_characters=0)
    timeline.on_unrecorded, timeline.on_line = troubles.append, told.append
    own: list[bytes] = []
    timeline.on_own = own.append

    with _no_file_larger_than(room):
        timeline.heard([("a", 1.0, "one"), ("a", 1.0, "two"), ("a", 1.0, "three")])
        timeline.heard([("a", 2.0, "four")])
    timeline.heard([("a", 3.0, "five"), ("a", 3.0, "six")])
    timeline.close()

    *before, story, five, six = _whole(path)
    assert (five, six) == ("five", "six")
    assert before == ["one", "two", "three"][: len(before)]
    assert story == f"{4 - len(before)} events before this one could not be written"
    assert troubles
    assert len(told) == 6, "who looks on is told of all"
    assert own == [], "the run hears the consoles itself"
