"""Slices of a timeline as text that a person reads: one console, the HTTP exchanges, everything."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from hil.evidence.timeline import Event, Kind

CONSOLE = " console"
HTTP = " http"
"""How the names of wires end (`encharge 122… console`, `envoy http`)."""

BODY_LIMIT = 64 * 1024
"""Characters of a body that are shown; the whole of it is in the run's timeline.jsonl."""

HEADERS_OF_INTEREST = frozenset(
    {"content-type", "date", "location", "retry-after", "server", "www-authenticate"}
)


def attachments(events: Sequence[Event]) -> Iterator[tuple[str, str]]:
    """What is attached to a test in the report: names and texts, none of them empty."""
    if not events:
        return
    for device in consoles(events):
        yield f"console {device}", console_text(events, device=device)
    if http := http_text(events):
        yield "HTTP", http
    yield "timeline, as text", merged_text(events)


def consoles(events: Iterable[Event]) -> list[str]:
    """The devices whose console said or was told something, in order of first appearance."""
    wires = (event.wire for event in events if event.wire.endswith(CONSOLE))
    return [wire.removesuffix(CONSOLE) for wire in dict.fromkeys(wires)]


def console_text(events: Iterable[Event], *, device: str) -> str:
    """What passed on one console: rig seconds, direction, text; in order of rig time."""
    own = [event for event in events if event.wire == device + CONSOLE]
    own.sort(key=lambda event: event.rig_s)
    return _lines(event.lines(wire=False) for event in own)


def http_text(events: Iterable[Event]) -> str:
    """Every HTTP exchange: request, answer, the headers that matter, bodies indented.

    An answer whose body is the one of the last time says so: most of what a poll is answered is.
    """
    blocks: list[str] = []
    asked: dict[str, str] = {}
    answered: dict[tuple[str, str], tuple[float, object]] = {}
    for event in events:
        if not event.wire.endswith(HTTP):
            continue
        if event.kind is Kind.SENT and blocks:
            blocks.append("")
        who = "" if event.wire == "envoy" + HTTP else f" [{event.wire.removesuffix(HTTP)}]"
        blocks.append(f"{event.rig_s:10.2f} s {who} {event.kind} {event.text}")
        blocks += [f"{'':14}{line}" for line in _headers(event.data.get("headers"))]
        body = event.data.get("body")
        if event.kind is Kind.SENT:
            asked[event.wire] = event.text
        elif event.kind is Kind.HEARD:
            question = (event.wire, asked.get(event.wire, ""))
            at_s, before = answered.get(question, (0.0, None))
            if body and body == before:
                blocks.append(f"{'':14}(the same body as at {at_s:.2f} s)")
                continue
            answered[question] = (event.rig_s, body)
        blocks += [f"{'':14}{line}" for line in laid_out(body).splitlines()]
    return _lines(blocks)


def merged_text(events: Sequence[Event]) -> str:
    """Everything on every wire, one line each, in order of rig time."""
    return _lines(event.lines() for event in sorted(events, key=lambda event: event.rig_s))


def _lines(lines: Iterable[str]) -> str:
    text = "\n".join(lines)
    return text + "\n" if text else ""


def _headers(headers: object) -> list[str]:
    if not isinstance(headers, Mapping):
        return []
    return [
        f"{name}: {value}"
        for name, value in headers.items()
        if str(name).lower() in HEADERS_OF_INTEREST
    ]


def laid_out(body: object) -> str:
    """A body as a person reads it: JSON indented, its keys and numbers as they came; cut where long."""
    if body is None or body == "":
        return ""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    try:
        # Pairs and numbers as they came: livedata has the same key several times, and 1.10 is
        # not 1.1 to someone who looks for what the gateway really said.
        document = json.loads(
            text, object_pairs_hook=_Pairs, parse_float=_Number, parse_int=_Number
        )
        shown = _indented(document)
    except ValueError:
        shown = text
    if len(shown) <= BODY_LIMIT:
        return shown
    return (
        f"{shown[:BODY_LIMIT]}\n"
        f"… cut here: {BODY_LIMIT} of {len(shown)} characters shown; all of it is in timeline.jsonl"
    )


class _Pairs(list[tuple[str, object]]):
    """A JSON object whose keys may repeat."""


class _Number(str):
    """A number, spelled as it came."""


def _indented(value: object, *, indent: str = "") -> str:
    deeper = indent + "  "
    if isinstance(value, _Pairs):
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {_indented(part, indent=deeper)}"
            for key, part in value
        ]
        left, right = "{", "}"
    elif isinstance(value, list):
        parts = [_indented(part, indent=deeper) for part in value]
        left, right = "[", "]"
    elif isinstance(value, _Number):
        return value
    else:
        return json.dumps(value, ensure_ascii=False)
    if not parts:
        return left + right
    return f"{left}\n" + ",\n".join(deeper + part for part in parts) + f"\n{indent}{right}"
