"""pytest's side of accounting for every test: the plan at the beginning, the reconciliation at the
end. What it computes with is in hil/qualification/.
"""

import os
from collections.abc import Generator
from errno import EDQUOT, EFBIG, ENOSPC

import pytest

from hil.plugin.planning import plan_of
from hil.plugin.run import Run
from hil.qualification.account import read_account, reconcile
from hil.qualification.conclusion import conclude
from hil.qualification.plan import FILE as PLAN
from hil.qualification.plan import write_plan
from hil.qualification.progress import Progress
from hil.qualification.promises import Exit, settle
from hil.qualification.summary import show_in_ci

_FULL = (ENOSPC, EDQUOT, EFBIG)


def settle_run(session: pytest.Session, run: Run, *, status: int) -> None:
    """Say what the run proves, before the rig is put back: that may be the last thing it does."""
    is_controller = session.config.pluginmanager.hasplugin("dsession")
    if is_controller and not session.config.option.collectonly and (run.whole / PLAN).exists():
        run.progress = Progress(run.directory)  # pytest-xdist: other processes have run the tests
        session.config.add_cleanup(run.progress.close)
    if run.progress is None:
        return
    try:
        run.progress.over(run.scrub(run.ended_by), status=status)
    except OSError as error:
        run.unrecorded(str(error))
    if run.is_worker:
        return
    run.account = account = read_account(run.whole)
    if account is None:
        return
    if is_controller:
        run.verdicts = account.verdicts
    if status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
        run.qualification = settle(account, status=status)
        if run.qualification.code is not None:
            session.exitstatus = run.qualification.code


class Accounting:
    """The last at the collection, when all is deselected, and the last that a session does: the rig
    is closed then, and nothing has been told yet.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        run = self._run
        if not run.is_checked:
            return
        try:
            # pytest-xdist: every process has collected the same, and the first has written it.
            if not run.is_worker or not (run.whole / PLAN).exists():
                write_plan(run.whole, plan_of(run, session.items, session.config))
            run.progress = Progress(run.directory)
            for verdict in run.verdicts:
                run.progress.not_collected(verdict)
        except OSError as error:
            raise pytest.UsageError(
                f"--run-dir {run.directory}: what the run sets out to do cannot be written: {error}"
            ) from error
        run.places = {item.nodeid: place for place, item in enumerate(session.items)}
        session.config.add_cleanup(run.progress.close)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        run = self._run
        try:
            return (yield)
        except OSError as error:
            if run.account is None or error.errno not in _FULL:
                raise
            run.unrecorded(f"cannot write {session.config.option.xmlpath}: {error}")
        finally:
            if run.account is not None:
                reconcile(run.whole, run.account, scrub=run.scrub)
                conclude(run.whole, run.account)
                show_in_ci(run.whole, os.environ)
                if run.account.unaccounted:
                    session.exitstatus = session.exitstatus or Exit.UNPROVEN
