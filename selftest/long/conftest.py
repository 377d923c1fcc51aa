"""Ends a long run with a table of what each deliberate defect turned red."""

from selftest.defect_table import pytest_terminal_summary
from selftest.warm_runs import tests_of, warm

__all__ = ["pytest_terminal_summary", "tests_of", "warm"]
