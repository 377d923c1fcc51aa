"""State changes of a rig on its timeline: relay, modes, radios, charge, powers, as the run learns them.

Taken from what passes on the wires anyway; nobody is asked for them. So a change stands where it was
first seen, which may be later than it happened.
"""

from collections.abc import Iterator

from hil.evidence.timeline import Event, Kind, Timeline
from hil.rig.watched import WatchedNode, WatchedRig

STATES = "states"
"""The wire on which they are told."""


class StateTeller:
    """Tells each change of what `watched` knows; `take` every event of the timeline, in order."""

    def __init__(self, watched: WatchedRig, timeline: Timeline) -> None:
        self._watched, self._timeline = watched, timeline
        self._told: dict[str, object] = {}

    def take(self, event: Event) -> None:
        """The next thing that was said or done."""
        self._watched.take(event)
        if event.kind is not Kind.HEARD:
            return
        for name, value, unit in states(self._watched):
            before = self._told.get(name)
            if value != before:
                self._told[name] = value
                shown = f"{value} {unit}" if unit else str(value)
                story = f"{name}: {shown}" if before is None else f"{name}: {before} → {shown}"
                data = {"name": name, "value": value} | ({"unit": unit} if unit else {})
                self._timeline.note(STATES, Kind.STATE, story, at_s=event.rig_s, **data)


def states(watched: WatchedRig) -> Iterator[tuple[str, str | float, str]]:
    """What is known: name, value, and of a number its unit."""
    words = (
        ("mains relay, commanded", watched.mains_commanded),
        ("mains relay", watched.mains),
        ("grid mode", watched.grid_mode),
        ("join window", watched.joining),
    )
    yield from ((name, value, "") for name, value in words if value)
    for node in watched.nodes.values():
        yield from _of_node(node)
    if watched.soc_pct is not None:
        yield "SOC of the site", watched.soc_pct, "%"
    yield from ((f"power, {name}", value, "W") for name, value in watched.powers_w.items())


def _of_node(node: WatchedNode) -> Iterator[tuple[str, str | float, str]]:
    if node.association:
        yield f"{node.name}: radio", node.association, ""
    if node.pairing:
        yield f"{node.name}: pairing", node.pairing, ""
    if node.communicating is not None:
        yield f"{node.name}: heard", "yes" if node.communicating else "no", ""
    if node.soc_pct is not None:
        yield f"{node.name}: SOC", node.soc_pct, "%"
