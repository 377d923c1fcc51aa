"""`hil timeline`: everything that was said in a run, as one page to zoom, search and read in."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hil.errors import SuiteError
from hil.evidence.timeline import TEST_BEGINS, Event, last_states
from hil.evidence.timeline_file import read_events
from hil.evidence.timeline_page.page import timeline_page


def timeline(
    run_dir: Annotated[Path, typer.Argument(help="A run's folder: runs/<time>-<rig>.")],
    test: Annotated[
        str, typer.Option(help="Only the test whose id holds this text, from beginning to end.")
    ] = "",
    since: Annotated[
        float | None, typer.Option("--from", help="Only from this rig second on.")
    ] = None,
    until: Annotated[float | None, typer.Option("--to", help="Only to this rig second.")] = None,
) -> None:
    """Write a run's timeline as a page (timeline.html in its folder) and print where it is."""
    path = run_dir / "timeline.jsonl"
    events = list(read_events(path))
    if not events:
        raise SuiteError(
            f"no events in {path}; is {run_dir} the folder of a run that opened a rig?"
        )
    first, end = _of_test(events, test, path) if test else (0, len(events))
    chosen = [
        event
        for event in events[first:end]
        if (since is None or event.rig_s >= since) and (until is None or event.rig_s <= until)
    ]
    if not chosen:
        first_s, last_s = events[first].rig_s, events[end - 1].rig_s
        raise SuiteError(
            f"nothing was said then: the events are from {first_s:g} s to {last_s:g} s"
        )
    earlier = [event for event in events if event.rig_s < chosen[0].rig_s]
    page = run_dir / "timeline.html"
    page.write_text(
        timeline_page(
            chosen,
            title=f"HIL {run_dir.resolve().name}",
            subtitle=test,
            before=last_states(earlier).values(),
        ),
        "utf-8",
    )
    Console(highlight=False, markup=False).print(f"timeline: {page.resolve()}", soft_wrap=True)


def _of_test(events: list[Event], wanted: str, path: Path) -> tuple[int, int]:
    """Where the first test that is meant begins, and where the next one would."""
    begins = [
        (place, event.text.removeprefix(TEST_BEGINS))
        for place, event in enumerate(events)
        if event.text.startswith(TEST_BEGINS)
    ]
    found = next((number for number, each in enumerate(begins) if wanted in each[1]), None)
    if found is None:
        names = "\n  ".join(name for _, name in begins) or "none"
        raise SuiteError(f"no test in {path} has {wanted!r} in its id; there are:\n  {names}")
    following = begins[found + 1][0] if found + 1 < len(begins) else len(events)
    return begins[found][0], following
