"""`hil watch`: what a run does with a rig and how the rig is, live, without asking anybody."""

import json
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import typer
from rich.console import Console, RenderableType
from rich.live import Live

from hil.cli.attaching import (
    RigOption,
    attach,
    has_it,
    holder,
    shared_rig,
    speed_of,
    time_stands_still,
)
from hil.cli.watch_view import view
from hil.errors import KeeperLost
from hil.evidence.timeline import Event
from hil.rig.dialects import dialect_of
from hil.rig.rig_file import RigFile
from hil.rig.rig_folder import Holder
from hil.rig.watched import WatchedRig
from hil.transports.frames import Json
from hil.transports.keeper_link import KeeperLink

LOOK_EVERY_S = 0.25
"""Wall seconds between two pictures."""

NOBODY = 1
"""Exit code: nobody has the rig open."""


def watch(rig: RigOption) -> None:
    """Look on while a run has a rig: consoles, relay, radios, what the test does. Asks nobody."""
    out = Console(highlight=False, markup=False, soft_wrap=True)
    description = shared_rig(rig)
    whose = holder(description)
    if whose is None:
        out.print(
            f"nobody has rig {description.name} open; `pytest --rig {rig}` does, and then there is "
            "something to watch"
        )
        raise typer.Exit(NOBODY)
    with closing(attach(description, whose, role="watch", command="watch")) as link:
        watching = _Watching(description, whose, link)
        try:
            if out.is_terminal:
                watching.show(out)
            else:
                watching.print(out)
        except KeyboardInterrupt:
            out.print("the view is ended; the run goes on")
            return
        if link.lost is not None and not link.was_told:
            raise KeeperLost(link.lost)
        ending = watching.rig.ending
        out.print(f"{ending}; {link.lost}" if ending else str(link.lost))


class _Watching:
    """The rig's state so far, kept up to date from the keeper's events."""

    def __init__(self, description: RigFile, whose: Holder, link: KeeperLink) -> None:
        self._description, self._whose, self._link = description, whose, link
        self.rig = WatchedRig(
            {
                f"{each.device_type.name.lower()} {each.serial_number}": dialect_of(
                    description, each
                )
                for each in description.devices
            }
        )
        self._new: list[Event] = []
        link.on_event = self._heard
        # Attached first, so that nothing is missed between the two; what is in both counts once.
        self._known = set()
        for event in _past(Path(whose.directory) / "timeline.jsonl"):
            self._known.add(_key(event))
            self.rig.take(event)

    def show(self, out: Console) -> None:
        """A picture that is kept up to date, until the run ends."""
        with Live(self._view(), console=out, auto_refresh=False) as live:
            for _ in self._until_the_end():
                live.update(self._view(), refresh=True)

    def print(self, out: Console) -> None:
        """A line for each event from now on, until the run ends."""
        out.print(has_it(self._description, self._whose))
        if self.rig.test:
            out.print(f"running: {self.rig.test} (since {self.rig.test_began_s:.2f} s)")
        for events in self._until_the_end():
            for event in events:
                out.print(event.lines())
            out.file.flush()

    def _until_the_end(self) -> Iterator[list[Event]]:
        is_there = True
        while is_there:
            is_there = self._link.lost is None
            self._link.read(LOOK_EVERY_S)
            taken, self._new = self._new, []
            new = [event for event in taken if _key(event) not in self._known]
            for event in new:
                self.rig.take(event)
            yield new

    def _heard(self, said: Json) -> None:
        self._new.append(Event(**said))  # type: ignore[arg-type]

    def _view(self) -> RenderableType:
        is_virtual, now_s = time_stands_still(self._description), self.rig.rig_s
        if not is_virtual:
            zero = self._link.hello["zero"]
            assert isinstance(zero, float)
            now_s = (time.monotonic() - zero) * speed_of(self._description)
        return view(
            self.rig,
            name=self._description.name,
            who=f"{self._whose.who} since {self._whose.since}",
            now_s=now_s,
            is_virtual=is_virtual,
        )


def _past(timeline: Path) -> Iterator[Event]:
    """What the run has written so far; an unfinished last line comes from the keeper as well."""
    with suppress(OSError), timeline.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            with suppress(ValueError, TypeError):
                yield Event(**json.loads(line))


def _key(event: Event) -> tuple[float, str, str]:
    return event.wall, event.wire, event.text
