"""Secrets out of objects made of texts."""

from collections import namedtuple
from dataclasses import dataclass, field
from enum import StrEnum

from hil.evidence.redaction import Redactor
from hil.evidence.scrubbing import scrub_tree
from hil.vocabulary.secret import Secret

KEY = "5C0FFEE1D2C3B4A5968778695A4B3C2D"

Pair = namedtuple("Pair", "name value")


class Word(StrEnum):
    ONE = KEY


@dataclass
class Report:
    text: str
    lines: list[str] = field(default_factory=list)
    parts: dict[str, object] = field(default_factory=dict)
    uuid: str = KEY
    me: object = None


def _scrub(value: object, *leave: str) -> object:
    return scrub_tree(value, Redactor([Secret(KEY)]).scrub, leave=leave)


def test_texts_at_every_depth_are_scrubbed() -> None:
    report = Report(KEY, lines=[KEY], parts={KEY: (1, [Pair(KEY, 2.0)], None)})

    _scrub(report)

    assert KEY not in repr(report)
    assert repr(report).count("‹secret") == 5


def test_objects_and_lists_stay_the_same_ones() -> None:
    lines = [f"key {KEY}"]
    report = Report("", lines=lines)

    assert _scrub(report) is report
    assert report.lines is lines
    assert lines[0].startswith("key ‹secret")


def test_what_is_to_be_left_is_left() -> None:
    report = Report(KEY)

    _scrub(report, "uuid")

    assert (report.uuid, report.text.startswith("‹")) == (KEY, True)


def test_our_own_words_numbers_and_bytes_stay() -> None:
    for value in (Word.ONE, 3, 2.5, True, None, b"x"):
        assert _scrub(value) is value


def test_a_ring_of_objects_ends() -> None:
    report = Report(KEY)
    report.me = [report]

    _scrub(report)

    assert report.text.startswith("‹secret")
