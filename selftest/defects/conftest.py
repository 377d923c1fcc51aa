"""Ends the run with a table of what each deliberate defect turned red."""

from selftest.defect_table import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]
