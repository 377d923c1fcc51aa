"""Ends a long run with a table of what each deliberate defect turned red."""

import pytest

ROW = "defect"
"""The property under which a test hands over its row: defect, promise, verdict, what went red."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    rows = [value for each in reports for key, value in each.user_properties if key == ROW]
    if not rows:
        return
    terminalreporter.section("Defects against the whole suite")
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in sorted(rows, key=lambda each: (each[2], each[1], each[0])):
        name, promise, verdict, red = row
        cells = zip((name, promise, verdict), widths, strict=True)
        terminalreporter.write_line(
            "  ".join(cell.ljust(width) for cell, width in cells) + f"  {red}"
        )
