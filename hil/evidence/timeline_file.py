"""Reading what a timeline has left on the disk."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hil.evidence.timeline import Event, Kind


def event_of(said: Mapping[str, Any]) -> Event:
    """The event that `said` is as JSON; raises ValueError, TypeError or KeyError where it is none."""
    return Event(**{**said, "kind": Kind(said["kind"])})


def read_events(path: Path, *, since: float = 0.0, among: tuple[str, ...] = ()) -> Iterator[Event]:
    """The events of a timeline's file in order; none where it is not there, cut lines left out.

    `since` is in UNIX seconds. `among` are texts of which an event's line must hold one: parsing
    all of a night takes seconds.
    """
    try:
        file = path.open(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            if among and not any(text in line for text in among):
                continue
            try:
                event = event_of(json.loads(line))
            except (ValueError, TypeError, KeyError):
                continue
            if event.wall >= since:
                yield event
