"""The end of a run on the disk: its promises and its summary, from its own records only."""

from contextlib import suppress
from pathlib import Path

from hil.qualification.account import Account, read_account, reconcile
from hil.qualification.promises import settle, write_promises
from hil.qualification.summary import write_summary_pages


def complete(run_dir: Path) -> Account | None:
    """Account for the tests of a run that has ended, whoever should have done it; None where it
    made no plan. One that still goes on is only read.

    Raises:
        SuiteError: its plan cannot be read.
    """
    account = read_account(run_dir)
    if account is not None and not account.is_going_on:
        reconcile(run_dir, account)
        conclude(run_dir, account)
    return account


def conclude(run_dir: Path, account: Account) -> None:
    """Write what the run says; `account` has been reconciled with the results.

    What a full disk does not take is left out: the results have said so.
    """
    found = settle(account, status=account.status)
    with suppress(OSError):
        write_promises(run_dir, account, found)
        write_summary_pages(run_dir, account, found)
