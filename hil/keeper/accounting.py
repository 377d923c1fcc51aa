"""The tests of a run that is gone: accounted for by the keeper, since pytest no longer can."""

from pathlib import Path

from hil.errors import HilError
from hil.evidence.timeline import Kind, Timeline
from hil.qualification.account import read_account, reconcile
from hil.qualification.conclusion import conclude
from hil.qualification.progress import FILE, Progress


class Accounting:
    """Accounts for the run that writes to `directory`, and says so on `timeline`."""

    def __init__(self, directory: Path, timeline: Timeline) -> None:
        self._directory, self._timeline = directory, timeline

    def lost(self, why: str) -> None:
        """Complete the report: what was running is broken, what never started is not run."""
        if not (self._directory / FILE).is_file():
            return  # a rig that was open for no tests
        scrub = self._timeline.redactor.scrub
        try:
            with Progress(self._directory, is_the_run=False) as progress:
                progress.lost(scrub(why))
            # One process of several (pytest-xdist) has no plan: the others go on, and account for all.
            if (account := read_account(self._directory)) is None:
                return
            reconcile(self._directory, account, scrub=scrub)
            conclude(self._directory, account)
        except (HilError, OSError) as error:
            self._note(Kind.TROUBLE, f"the tests could not be accounted for: {error}")
            return
        self._note(Kind.STEP, f"accounted for in place of pytest: {account.told()}")
        for each in account.unaccounted:
            self._note(Kind.TROUBLE, f"not in the report: {each}")

    def _note(self, kind: Kind, text: str) -> None:
        self._timeline.note("keeper", kind, text)
