"""`hil timeline`: everything that was said in a run, as one page to zoom, search and read in."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hil.errors import SuiteError
from hil.evidence.timeline import FAILED, TEST_BEGINS, Event, last_states
from hil.evidence.timeline_file import read_events
from hil.evidence.timeline_page.page import Failure, timeline_page
from hil.qualification.progress import folders

_FILE = "timeline.jsonl"


def timeline(
    run_dir: Annotated[Path, typer.Argument(help="A run's folder: runs/<time>-<rig>.")],
    test: Annotated[
        str,
        typer.Option(
            help="Only the test of this name, or else whose id holds this text, from beginning to end."
        ),
    ] = "",
    since: Annotated[
        float | None, typer.Option("--from", help="Only from this rig second on.")
    ] = None,
    until: Annotated[float | None, typer.Option("--to", help="Only to this rig second.")] = None,
) -> None:
    """Write a run's timeline as a page (timeline.html in its folder) and print where it is."""
    out = Console(highlight=False, markup=False)
    written = _written(run_dir)
    part = _of_test(written, test, out) if test else _all_of(written)
    events = part.events
    chosen = [
        event
        for event in events
        if (since is None or event.rig_s >= since) and (until is None or event.rig_s <= until)
    ]
    if not chosen:
        times_s = [event.rig_s for event in events]
        raise SuiteError(
            f"nothing was said then: the events are from {min(times_s):g} s to {max(times_s):g} s"
        )
    first = part.begin + events.index(chosen[0])
    page = run_dir / "timeline.html"
    page.write_text(
        timeline_page(
            chosen,
            title=f"HIL {run_dir.resolve().name}",
            subtitle=part.test,
            failure=_failure(chosen) if test else None,
            before=last_states(part.whole[:first]).values(),
        ),
        "utf-8",
    )
    out.print(f"timeline: {page.resolve()}", soft_wrap=True)


@dataclass(frozen=True)
class _Part:
    """A part of one timeline: all of it, or one test's, whose node id is `test`."""

    whole: list[Event]
    begin: int = 0
    end: int | None = None
    test: str = ""

    @property
    def events(self) -> list[Event]:
        return self.whole[self.begin : self.end]


def _written(run_dir: Path) -> dict[Path, list[Event]]:
    """Every timeline of the run; of one in several processes (`pytest -n`) each has its own."""
    found = {folder: list(read_events(folder / _FILE)) for folder in folders(run_dir)}
    found = {folder: events for folder, events in found.items() if events}
    if not found:
        path = run_dir / _FILE
        raise SuiteError(
            f"no events in {path}; is {run_dir} the folder of a run that opened a rig?"
        )
    return found


def _all_of(written: dict[Path, list[Event]]) -> _Part:
    if len(written) > 1:
        each = ", ".join(map(str, written))
        raise SuiteError(
            f"the run had a rig for each of its processes: choose a --test, or the folder of one: {each}"
        )
    return _Part(next(iter(written.values())))


def _of_test(written: dict[Path, list[Event]], wanted: str, out: Console) -> _Part:
    """The test that is meant: from where it begins to where the next one does."""
    parts = [part for events in written.values() for part in _tests(events)]
    named = [part for part in parts if wanted in (part.test, part.test.rpartition("::")[2])]
    holding = named or [part for part in parts if wanted in part.test]
    if not holding:
        names = "\n  ".join(part.test for part in parts) or "none"
        where = ", ".join(str(folder / _FILE) for folder in written)
        raise SuiteError(f"no test in {where} has {wanted!r} in its id; there are:\n  {names}")
    for other in holding[1:]:
        out.print(f"not shown, though {wanted!r} is in its id too: {other.test}", soft_wrap=True)
    return holding[0]


def _tests(events: list[Event]) -> list[_Part]:
    begins = [n for n, event in enumerate(events) if event.text.startswith(TEST_BEGINS)]
    return [
        _Part(events, begin, end, events[begin].text.removeprefix(TEST_BEGINS))
        for begin, end in zip(begins, [*begins[1:], len(events)], strict=True)
    ]


def _failure(events: Sequence[Event]) -> Failure | None:
    """Where the test failed first, for its page to open there."""
    said = next((event for event in events if event.text.startswith(FAILED)), None)
    return None if said is None else Failure(said.rig_s, said.text.partition(": ")[2])
