"""What was seen of a failure, and when; who else was there; whether it was all of a bench that went."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from hil.errors import (
    Changed,
    ConsoleSilent,
    HilError,
    LineLost,
    NotInTime,
    RestoreFailed,
    RigError,
    StoppedAnswering,
    Unreachable,
)
from hil.evidence.exchanges import CONSOLE
from hil.evidence.timeline import Event, Kind

_OURS = ("suite", "keeper", "states")
"""What the suite notes of its own is said by no device."""

_SILENCES = (ConsoleSilent, LineLost, StoppedAnswering, Unreachable)
"""After which it matters who else was still there."""

_MANY = 3
"""Wires that go silent with nothing heard of them any more: one or two have causes of their own."""
_SHOWN = 160
"""Characters of a reply."""
_SHOWN_JSON = 320
"""Characters of a document: cut in the middle it says nothing."""


def first_cause(error: BaseException | None) -> BaseException | None:
    """Of errors that came together, the one that the others follow from.

    A rig that cannot be put back any more is told beside what made it so.
    """
    while isinstance(error, BaseExceptionGroup):
        error = causes_first(error)[0]
    return error


def causes_first(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """The members of `group`, those last that only follow from others."""
    return sorted(group.exceptions, key=lambda each: isinstance(each, RestoreFailed))


def seen(error: BaseException | None, events: Sequence[Event]) -> str:
    """The wait that was not met, else the last question and its answer; with rig and wall time."""
    if not events:
        return "nothing: the test had not begun"
    wait = _wait_of(error, events)
    if wait is not None:
        took_s = float(str(wait.data["took_s"]))
        return f"{wait.text.removeprefix('wait for ')} — from {wait.rig_s - took_s:.2f} s to {wait.when}"
    if isinstance(error, RigError) and (gone := gone_together(events)):
        names = ", ".join(f"{event.wire} {event.rig_s:.2f} s" for event in gone)
        return f"one after the other went silent, for good, the first at {gone[0].when}: {names}"
    wire = _wire_of(error, events)
    if wire is None:
        return f"nothing was heard of any device until {events[-1].rig_s:.2f} s"
    exchange = _last_exchange([event for event in events if event.wire == wire])
    broken_off = _last_wait(events, lambda data: data["ended"] == "interrupted")
    if broken_off is None or not isinstance(error, HilError):
        return exchange
    return f"{exchange}; while waiting for: {broken_off.data['wait']}"


def last_asked(error: BaseException | None, events: Sequence[Event]) -> str:
    """Of a wait that was not met the last question before its end, and the answer; else nothing."""
    wait = _wait_of(error, events)
    if wait is None:
        return ""
    before = events[: events.index(wait)]
    asked = [event for event in before if event.wire not in _OURS and _is_question(event)]
    if not asked:
        return ""
    return _last_exchange([event for event in before if event.wire == asked[-1].wire])


def meanwhile(error: BaseException | None, events: Sequence[Event]) -> str:
    """Of a device that fell silent: who else was heard since it was asked, and who was not."""
    if not isinstance(error, _SILENCES) or (silent := _wire_of(error, events)) is None:
        return ""
    gone = {event.wire for event in gone_together(events)} | {silent}
    questions = [event for event in events if event.wire == silent and _is_question(event)]
    asked_s = questions[-1].rig_s if questions else events[-1].rig_s
    last = {
        event.wire: event
        for event in events
        if event.wire not in _OURS and event.kind in (Kind.HEARD, Kind.TROUBLE)
    }
    others = [event for wire, event in last.items() if wire not in gone]
    answering = [event for event in others if event.kind is Kind.HEARD]
    groups = (
        ("answering", [event for event in answering if event.rig_s >= asked_s]),
        ("heard before, not since", [event for event in answering if event.rig_s < asked_s]),
        ("in trouble", [event for event in others if event.kind is Kind.TROUBLE]),
    )
    return "; ".join(
        f"{word}: {', '.join(f'{event.wire} {event.rig_s:.2f} s' for event in found)}"
        for word, found in groups
        if found
    )


def gone_together(events: Sequence[Event]) -> list[Event]:
    """The trouble of each wire that is silent since, the first one first; none where some are well.

    One cable is one wire. Where most of a bench goes, it is what they share.
    """
    last: dict[str, Event] = {}
    troubles: dict[str, Event] = {}
    for event in sorted(events, key=lambda event: event.rig_s):
        if event.wire in _OURS:
            continue
        if event.kind is Kind.HEARD:
            last[event.wire] = event
            troubles.pop(event.wire, None)
        elif event.kind is Kind.TROUBLE:
            last[event.wire] = event
            troubles.setdefault(event.wire, event)
    is_most = len(troubles) * 2 > len(last)
    gone = sorted(troubles.values(), key=lambda event: event.rig_s)
    return gone if is_most and len(gone) >= _MANY else []


def _wait_of(error: BaseException | None, events: Sequence[Event]) -> Event | None:
    """The wait that `error` is the end of, or follows from."""
    if isinstance(error, RestoreFailed):
        error = error.__cause__
    if isinstance(error, NotInTime):
        return _last_wait(events, lambda data: data["wait"] == error.what)
    if isinstance(error, Changed):
        return _last_wait(events, lambda data: data["ended"] == "changed")
    return None


def _last_wait(
    events: Sequence[Event], is_it: Callable[[Mapping[str, object]], bool]
) -> Event | None:
    waits = (event for event in reversed(events) if "wait" in event.data)
    return next((event for event in waits if is_it(event.data)), None)


def _wire_of(error: BaseException | None, events: Sequence[Event]) -> str | None:
    """The wire that `error` is about: whose device it names, else who spoke or failed last."""
    said = str(error) if isinstance(error, HilError) else ""
    told = [
        event
        for event in events
        if event.wire not in _OURS
        and event.kind in (Kind.HEARD, Kind.TROUBLE)
        and not _is_prompt(event)
    ]
    asked = {event.wire for event in events if event.kind is Kind.SENT}
    # Of several the one named first: behind it stands who else answers.
    named = {
        said.index(wire.removesuffix(CONSOLE)): wire
        for wire in asked
        if wire.endswith(CONSOLE) and wire.removesuffix(CONSOLE) in said
    }
    if named:
        return named[min(named)]
    troubles = [event for event in told if event.kind is Kind.TROUBLE]
    if same := [event.wire for event in troubles if said and event.text.startswith(said[:_SHOWN])]:
        return same[-1]
    return told[-1].wire if told else None


def _last_exchange(events: Sequence[Event]) -> str:
    """The last question on a wire, and what came of it."""
    wire = events[0].wire
    place = max((n for n, event in enumerate(events) if _is_question(event)), default=None)
    if place is None:
        heard = [event for event in events if event.kind in (Kind.HEARD, Kind.TROUBLE)]
        return f"last, at {heard[-1].when}, {wire}: {_shown(heard[-1].text)}"
    asked, later = events[place], events[place + 1 :]
    answers = list(_answers(later, asked))
    if not answers:
        return f"{wire}: asked {asked.text!r} at {asked.when}, and nothing came"
    came = answers[-1]
    word = "trouble" if came.kind is Kind.TROUBLE else "came"
    told = " / ".join(_shown(each.text) for each in answers if each.kind is came.kind)
    body = came.data.get("body")
    said = f", {_document(body)}" if isinstance(body, str) and body else ""
    return f"{wire}: asked {asked.text!r}, {word} at {came.when}: {_cut(told)}{said}"


def _is_question(event: Event) -> bool:
    return event.kind is Kind.SENT and event.text != "(empty command)"


def _is_prompt(event: Event) -> bool:
    return event.kind is Kind.HEARD and event.text.rstrip().endswith(">")


def _answers(events: Sequence[Event], asked: Event) -> Iterator[Event]:
    for event in events:
        is_echo = event.kind is Kind.HEARD and event.text.strip().endswith(asked.text)
        if event.kind in (Kind.HEARD, Kind.TROUBLE) and not is_echo and not _is_prompt(event):
            yield event


def _document(body: str) -> str:
    """A short document as it is, on one line; of a long one that it is attached."""
    try:
        said = json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return _shown(body)
    return said if len(said) <= _SHOWN_JSON else "attached under HTTP"


def _shown(text: str) -> str:
    """On one line, and without what an error suspects: that is no sight, and the headline's own."""
    text = text.partition("; suspect")[0]
    return _cut(" / ".join(line.strip() for line in text.splitlines() if line.strip()))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
