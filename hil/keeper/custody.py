"""What becomes of the rig when its run goes away: journal, guard, and what is said about it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from hil.errors import HilError
from hil.evidence.timeline import Kind, Timeline
from hil.rig.journal import Entry, Journal
from hil.rig.out_mark import Out, OutMark
from hil.rig.rig_folder import Holder, now_utc
from hil.rig.safety import Safety


class Guard(Protocol):
    """Makes the rig safe; takes as long as it takes, in a thread of its own."""

    def __call__(self, baseline: Mapping[str, object] | None) -> Safety: ...


class Custody:
    """The rig's safety. Called from one thread; `soon` brings what the guard's thread ends with
    back to it.
    """

    def __init__(
        self,
        *,
        holder: Holder,
        journal: Journal,
        mark: OutMark,
        guard: Guard,
        timeline: Timeline,
        soon: Callable[[Callable[[], None]], None],
    ) -> None:
        self._holder, self._journal, self._guard = holder, journal, guard
        self._timeline, self._soon, self._mark = timeline, soon, mark
        self.is_busy = False
        """Whether the rig is being made safe right now."""
        self._begun = False

    def begin(self, baseline: Mapping[str, object]) -> None:
        """A run is about to change things: what undoes all of it goes to the disk.

        Raises:
            RigError: it cannot be written.
        """
        self._journal.write(self._entry(baseline))
        self._begun = True

    def take_out(self, why: str) -> None:
        """The rig could not be put back: no run may have it until the doctor has looked at it."""
        why = self._timeline.redactor.scrub(why)
        try:
            self._mark.write(Out(self._holder.who, now_utc(), why, self._holder.directory))
        except OSError as error:
            self._note(
                Kind.TROUBLE, f"that the rig is out cannot be written: {self._mark.path}: {error}"
            )

    def put_back(self) -> None:
        """The run has put the rig back, with proof; another's journal stays where it is."""
        if self._begun:
            self._journal.strike()

    def make_safe(self, why: str, *, then: Callable[[Safety], None]) -> None:
        """Make the rig safe as the journal says; `then` is told once that has ended."""
        self._note(Kind.TROUBLE, f"{why}: the keeper makes the rig safe")
        try:
            entry = self._journal.read()
        except HilError as error:
            self._note(Kind.TROUBLE, str(error))
            then(Safety(undone=[str(error)]))
            return
        if entry is None:
            self._note(Kind.STEP, "nothing to undo: nobody had begun to change anything")
            then(Safety())
            return
        self._start(entry.baseline or None, then)

    def make_safe_by_hand(self, who: str, *, then: Callable[[Safety], None]) -> None:
        """As `make_safe`; without a journal bring the rig into the state that tests start from.
        A rig that is safe then is no longer out.

        Raises:
            RigError: the journal cannot be read.
        """
        entry = self._journal.read()
        self._note(Kind.STEP, f"{who} has the keeper make the rig safe")

        def ended(safety: Safety) -> None:
            if not safety.undone:
                self._mark.clear()
            then(safety)

        self._start(entry.baseline or None if entry else None, ended)

    def _start(self, baseline: Mapping[str, object] | None, then: Callable[[Safety], None]) -> None:
        def work() -> None:
            try:
                safety = self._guard(baseline)
            except Exception as error:  # noqa: BLE001 - whatever it was, it has to be said
                safety = Safety(undone=[f"{type(error).__name__}: {error}"])
            self._soon(lambda: self._ended(baseline, safety, then))

        self.is_busy = True
        threading.Thread(target=work, name="guard", daemon=True).start()

    def _ended(
        self,
        baseline: Mapping[str, object] | None,
        safety: Safety,
        then: Callable[[Safety], None],
    ) -> None:
        self.is_busy = False
        scrub = self._timeline.redactor.scrub
        safety = Safety(
            [scrub(each) for each in safety.done], [scrub(each) for each in safety.undone]
        )
        if safety.undone:
            for each in safety.undone:
                self._note(Kind.TROUBLE, f"NOT safe: {each}")
            self.take_out("; ".join(safety.undone))
            try:
                self._journal.write(self._entry(baseline or {}, safety.undone))
            except HilError as error:
                self._note(Kind.TROUBLE, str(error))
        else:
            self._journal.strike()
            self._note(Kind.STEP, "the rig is safe")
        then(safety)

    def _entry(self, baseline: Mapping[str, object], unsafe: Sequence[str] = ()) -> Entry:
        holder = self._holder
        return Entry(holder.who, holder.since, baseline, unsafe, holder.directory)

    def _note(self, kind: Kind, text: str) -> None:
        self._timeline.note("keeper", kind, text)
