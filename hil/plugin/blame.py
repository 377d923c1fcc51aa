"""Whose fault a failure looks like: computed from the exception and the phase, nothing else.

What is the product's by that may be unconfirmed or known: hil/plugin/qualification.py.

The table is in docs/decisions/0007-who-is-to-blame.md.
"""

from typing import Literal

import pytest

from hil.errors import ProductError, RigError, SuiteError
from hil.vocabulary.blame import Blame

Phase = Literal["setup", "call", "teardown"]


def blame(error: BaseException, *, phase: Phase) -> Blame:
    """Whose fault `error` is when it ends a test's `phase`.

    Only the test itself promises something. What breaks in set-up or clean-up is at best
    undecided, and undecided is the rig's. A group is the product's only if every member is.
    """
    if isinstance(error, BaseExceptionGroup):
        return _of_group({blame(member, phase=phase) for member in error.exceptions})
    match error:
        case KeyboardInterrupt() | SystemExit() | pytest.exit.Exception():
            return Blame.ABORTED
        case SuiteError():
            return Blame.SUITE
        case RigError():
            return Blame.RIG
        case _ if _is_timeout(error):
            return Blame.RIG
        case ProductError() | AssertionError() | pytest.fail.Exception():
            return Blame.PRODUCT if phase == "call" else Blame.RIG
    return Blame.SUITE


def _of_group(members: set[Blame]) -> Blame:
    # Aborted hides whatever it cut short; a rig in trouble explains any other error beside it.
    for who in (Blame.ABORTED, Blame.RIG, Blame.SUITE):
        if who in members:
            return who
    return Blame.PRODUCT


def _is_timeout(error: BaseException) -> bool:
    """pytest-timeout, the backstop behind the rig-time limit, calls `pytest.fail`."""
    return isinstance(error, pytest.fail.Exception) and str(error).endswith("from pytest-timeout.")
