"""A plugin for runs in which tests meet deliberate defects: ends them with a table of what was found."""

import pytest

from hil.qualification.defect_runs import table, tally

ROW = "defect"
"""The property under which a test hands over its row: defect, promise, verdict, what went red."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    rows = [tuple(value) for each in reports for key, value in each.user_properties if key == ROW]
    if rows:
        terminalreporter.section("Defects")
        for line in table(rows):
            terminalreporter.write_line(line)
        terminalreporter.write_line(tally(rows))
