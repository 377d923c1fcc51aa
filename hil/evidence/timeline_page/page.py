"""A timeline as one HTML page: a lane per wire and per state, to zoom, search and read in.

The page needs nothing but itself: no network, no other file.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from hil.evidence.exchanges import CONSOLE, HEADERS_OF_INTEREST
from hil.evidence.timeline import Event, Kind

_PARTS = Path(__file__).parent

_SCRIPTS = ("lanes.js", "drawing.js", "words.js", "moving.js")
"""In the order in which they stand in the page: one script, each uses what is before it."""

BODY_LIMIT = 8 * 1024
"""Characters of a body that the page holds; the whole of it is in the run's timeline.jsonl."""

SPAN_LEVELS = {"phase": 0, "fixture": 1, "step": 2}
"""What a span is of, and how deep it stands; waits stand among the steps."""

_NOT_SHOWN = frozenset(
    {
        *("body", "headers", "name", "value", "unit"),
        *("wait", "ended", "after_s", "took_s", "limit_s", "measures", "span", "of", "went_well"),
        *("measured", "at_least", "at_most", "held"),
    }
)
"""Of an event's data: shown in a form of its own, or said by the text."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a test failed, to be marked on its page."""

    rig_s: float
    headline: str


def timeline_page(
    events: Sequence[Event],
    *,
    title: str,
    subtitle: str = "",
    failure: Failure | None = None,
    before: Iterable[Event] = (),
) -> str:
    """The page, as HTML. `events` in any order; a page of none says so.

    `before` are earlier changes of states: how the rig was when the first event came.
    """
    if events:
        begins_s = min(event.rig_s for event in events)
        events = [*(replace(event, rig_s=begins_s) for event in before), *events]
    document = {
        "title": title,
        "subtitle": subtitle,
        "failure": asdict(failure) if failure else None,
        **_columns(sorted(events, key=lambda event: event.rig_s)),
    }
    # In a script element nothing but a closing tag ends it, and `<!--` begins what may hide one.
    data = json.dumps(document, separators=(",", ":")).replace("<", "\\u003c")
    page = (_PARTS / "page.html").read_text("utf-8")
    for name in ("page.css", *_SCRIPTS):
        page = page.replace(f"/*{name}*/", (_PARTS / name).read_text("utf-8"))
    return page.replace("/*title*/", _escaped(title)).replace("/*data*/", data)


def _columns(events: Sequence[Event]) -> dict[str, object]:
    """What the page draws: events as short rows, texts and wires by number, each text once.

    A gateway that is polled says the same thing over and over.
    """
    texts: dict[str, int] = {}
    wires = sorted({event.wire for event in events if event.kind is not Kind.STATE}, key=_place)
    numbers = {wire: number for number, wire in enumerate(wires)}
    rows: list[list[object]] = []
    states: dict[str, dict[str, object]] = {}
    spans: list[list[object]] = []
    for event in events:
        if event.kind is Kind.STATE:
            _add_state(states, event)
            continue
        row: list[object] = [
            round(event.rig_s, 3),
            round(event.wall, 3),
            numbers[event.wire],
            event.kind.value,
            texts.setdefault(event.text, len(texts)),
        ]
        if detail := _detail(event.data):
            row.append(texts.setdefault(detail, len(texts)))
        if (span := _span(event.data)) is not None:
            name, level, is_well = span
            title = texts.setdefault(name, len(texts))
            spans.append([len(rows), event.data["took_s"], title, level, is_well])
        rows.append(row)
    return {
        "wires": wires,
        "texts": list(texts),
        "events": rows,
        "spans": spans,
        "states": [{"name": name, **state} for name, state in states.items()],
    }


def _span(data: Mapping[str, object]) -> tuple[str, int, bool] | None:
    """What an event is the end of: its name, how deep it stands, whether it went well."""
    if "wait" in data:
        return str(data["wait"]), 2, data["ended"] in ("met", "stayed")
    if "span" in data:
        return str(data["span"]), SPAN_LEVELS[str(data["of"])], bool(data["went_well"])
    return None


def _add_state(states: dict[str, dict[str, object]], event: Event) -> None:
    name = str(event.data.get("name", event.text))
    state = states.setdefault(name, {"unit": event.data.get("unit", ""), "points": []})
    points = state["points"]
    assert isinstance(points, list)
    points.append([round(event.rig_s, 3), event.data.get("value")])


def _place(wire: str) -> tuple[int, str]:
    """The suite first, then the gateway, instruments, consoles, and the keeper."""
    order = ("suite", "envoy http")
    if wire in order:
        return order.index(wire), wire
    return (4 if wire == "keeper" else 3 if wire.endswith(CONSOLE) else 2), wire


def _detail(data: Mapping[str, object]) -> str:
    """What an event has beside its text: headers and body, and what else it tells."""
    parts: list[str] = []
    headers = data.get("headers")
    if isinstance(headers, Mapping):
        parts += [
            f"{name}: {value}"
            for name, value in headers.items()
            if str(name).lower() in HEADERS_OF_INTEREST - {"date"}  # that makes each one another
        ]
    body = data.get("body")
    if body not in (None, ""):
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        if len(text) > BODY_LIMIT:
            text = f"{text[:BODY_LIMIT]}\n… {len(text)} characters; all of it is in timeline.jsonl"
        parts += ["", text] if parts else [text]
    parts += [f"{name}: {value}" for name, value in data.items() if name not in _NOT_SHOWN]
    return "\n".join(parts)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
