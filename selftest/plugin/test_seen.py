"""What a failure's first screen says was seen: the question and its answer, or that all went at once."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.errors import ConsoleSilent, NotAnEnvoy, NotInTime, RestoreFailed, Unreachable
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Kind, Timeline
from hil.plugin.seen import first_cause, gone_together, last_asked, meanwhile, seen

NOBODY = "connection refused; suspect the port"


class Noted:
    """A timeline whose time the test sets."""

    def __init__(self, path: Path) -> None:
        self.now_s = 0.0
        self.timeline = Timeline(path, now=lambda: self.now_s, redactor=Redactor())

    def at(self, now_s: float, wire: str, kind: Kind, text: str, **data: object) -> None:
        self.now_s = now_s
        self.timeline.note(wire, kind, text, at_s=now_s, **data)

    def seen(self, error: BaseException) -> str:
        return seen(error, self.timeline.since(0))


@pytest.fixture
def noted(tmp_path: Path) -> Iterator[Noted]:
    noted = Noted(tmp_path / "timeline.jsonl")
    with noted.timeline:
        yield noted


def test_of_an_answer_that_was_not_meant_it_is_the_question_and_the_answer(noted: Noted) -> None:
    noted.at(1, "envoy http", Kind.SENT, "GET /info")
    noted.at(2, "envoy http", Kind.HEARD, "200, 20 B", body="<html>Please log in</html>")
    noted.at(3, "encharge 1 console", Kind.HEARD, "ENC> ")

    told = noted.seen(NotAnEnvoy("a page for people came"))

    assert "ENC>" not in told
    assert told.startswith("envoy http: asked 'GET /info', came at 2.00 s (2")
    assert told.endswith("UTC): 200, 20 B, <html>Please log in</html>")


def test_of_silence_it_is_the_question_on_the_line_of_that_device(noted: Noted) -> None:
    noted.at(1, "encharge 1 console", Kind.SENT, "devinfo")
    noted.at(2, "encharge 1 console", Kind.SENT, "(empty command)")
    noted.at(3, "envoy http", Kind.SENT, "GET /info")
    noted.at(4, "envoy http", Kind.HEARD, "200, 20 B")

    told = noted.seen(ConsoleSilent("encharge 1", line="/dev/ttyUSB0", tried="devinfo", waited_s=5))

    assert told.startswith("encharge 1 console: asked 'devinfo' at 1.00 s (2")
    assert told.endswith(", and nothing came")


def test_of_silence_it_is_said_who_else_answers_and_who_was_not_heard(noted: Noted) -> None:
    noted.at(1, "envoy http", Kind.HEARD, "200, 20 B")
    noted.at(2, "ac source", Kind.TROUBLE, "no answer; suspect its power")
    noted.at(3, "encharge 1 console", Kind.SENT, "devinfo")
    noted.at(8, "encharge 1 console", Kind.TROUBLE, "no reply to 'devinfo' in 5 s")
    noted.at(9, "encharge 2 console", Kind.HEARD, "ENC> ")
    silent = ConsoleSilent(
        "encharge 1",
        line="/dev/ttyUSB0",
        tried="devinfo",
        waited_s=5,
        finding="the console of encharge 2 answers",
    )

    assert meanwhile(silent, noted.timeline.since(0)) == (
        "answering: encharge 2 console 9.00 s; heard before, not since: envoy http 1.00 s; "
        "in trouble: ac source 2.00 s"
    )
    assert noted.seen(silent).startswith("encharge 1 console: asked 'devinfo', trouble at 8.00 s")
    assert meanwhile(NotAnEnvoy("a page"), noted.timeline.since(0)) == ""


def test_of_a_wait_the_last_question_before_its_end_is_told_with_the_whole_answer(
    noted: Noted,
) -> None:
    relay = {"mains_admin_state": "open", "mains_oper_state": "closed", "padding": "x" * 150}
    noted.at(1, "envoy http", Kind.SENT, "GET /relay")
    noted.at(2, "envoy http", Kind.HEARD, "200, 20 B", body=json.dumps(relay, indent=2))
    late = {"wait": "the relay opens", "ended": "not in time", "took_s": 2}
    noted.at(2, "suite", Kind.STEP, "wait for the relay opens: not in time; saw closed", **late)
    noted.at(3, "envoy http", Kind.SENT, "GET /later")
    error = NotInTime("the relay opens", within_s=2, history=[(0, "closed")])

    told = last_asked(error, noted.timeline.since(0))

    assert told.startswith("envoy http: asked 'GET /relay', came at 2.00 s (2")
    assert told.endswith(f"UTC): 200, 20 B, {json.dumps(relay)}")
    undone = RestoreFailed("not put back")
    undone.__cause__ = error
    assert last_asked(undone, noted.timeline.since(0)) == told
    assert last_asked(NotAnEnvoy("a page"), noted.timeline.since(0)) == ""


def test_of_a_wait_it_is_that_wait_though_another_was_later(noted: Noted) -> None:
    late = {"wait": "the relay opens", "ended": "not in time", "took_s": 9}
    noted.at(10, "suite", Kind.STEP, "wait for the relay opens: not in time; saw closed", **late)
    met = {"wait": "put back", "ended": "met", "took_s": 1}
    noted.at(12, "suite", Kind.STEP, "wait for put back: met", **met)

    told = noted.seen(NotInTime("the relay opens", within_s=9, history=[(0, "closed")]))

    assert told.startswith("the relay opens: not in time; saw closed — from 1.00 s to 10.00 s (2")


def test_where_most_of_a_bench_went_it_is_who_went_and_when(noted: Noted) -> None:
    noted.at(1, "power switch http", Kind.HEARD, "200, 2 B")
    noted.at(5.5, "envoy http", Kind.TROUBLE, f"GET /info: {NOBODY}")
    noted.at(5, "encharge 1 console", Kind.TROUBLE, "gap: the other end hung up")
    noted.at(5.25, "enpower 2 console", Kind.TROUBLE, "gap: the other end hung up")
    noted.at(900, "suite", Kind.TROUBLE, "call failed: whatever")

    told = noted.seen(Unreachable(f"GET /info: {NOBODY}"))

    assert "encharge 1 console 5.00 s, enpower 2 console 5.25 s, envoy http 5.50 s" in told
    noted.at(901, "encharge 1 console", Kind.HEARD, "a word that was said then")
    assert gone_together(noted.timeline.since(0)) == []


def test_one_line_that_went_is_not_all_of_a_bench(noted: Noted) -> None:
    noted.at(1, "envoy http", Kind.HEARD, "200, 2 B")
    noted.at(2, "encharge 1 console", Kind.TROUBLE, "gap: the other end hung up")

    assert gone_together(noted.timeline.since(0)) == []


def test_what_is_not_put_back_follows_from_what_made_it_so() -> None:
    cause = Unreachable(NOBODY)
    group = ExceptionGroup("", [RestoreFailed("not put back"), ExceptionGroup("", [cause])])

    assert first_cause(group) is cause
