"""`make aborts`: end runs in every way there is, and write docs/aborts.md from what was seen."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from selftest.keeper.abort_suite import FIGURES
from selftest.suite_runs import ROOT

PAGE = ROOT / "docs" / "aborts.md"

TEXT = """\
# Aborts

How runs were ended on purpose, and what was left. Each is a pytest of its own with two tests, on the simulated desk rig. The
first test makes the rig as unsafe as can be (mains relay opened by command, a battery off the network, another one's power
cut, an export limit written) and then ends the run; the second is never started, unless the table says otherwise. Afterwards the simulator is
asked from the inside how relay, batteries and limit are, the rig's lock is tried, and each of the two tests has to be in
the Allure results, once, under the identity that Allure's history knows it by. Written by `make aborts`, from
`selftest/keeper/test_aborts.py`, which fails where it is not so.

| how the run ended | the rig afterwards | until safe, rig time | until the lock was free, wall time | the test that was running | the other test | unaccounted for | exit code |
|---|---|---|---|---|---|---|---|
{rows}

Rig time is counted from the first test's beginning. In virtual time it is what the rig itself takes, so it does not depend on the
machine; "–": it was in none of the run's own records, since the disk was full or the next run did it. Wall time is this machine's, and has in it
what a test waits for before the end (a lease or timeout of 1 s, and for a loss of power the start of the next run).

The exit code is what whoever started pytest sees; a run that was killed has no code of its own in `promises.json`. 3 is what the test gave to
os._exit, and 1 after *pytest-timeout by thread* is that plugin's own, not a broken promise: keep to its method `signal`, the default.
"–": pytest was stopped then; continued, it ends with 2.

*broken: aborted* is *Aborted while running* in the report, *unknown: not run* is *Never started*, with the reason.

Taken {when}.
"""


def main() -> None:
    with TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.jsonl"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "selftest/keeper/test_aborts.py"],
            cwd=ROOT,
            env={**os.environ, FIGURES: str(figures)},
            check=True,
        )
        rows = [_row(json.loads(line)) for line in figures.read_text("utf-8").splitlines()]
    when = f"{datetime.now(UTC):%Y-%m-%d}"
    PAGE.write_text(TEXT.format(rows="\n".join(rows), when=when), "utf-8")


def _row(figure: dict[str, Any]) -> str:
    rig_s = "–" if figure["rig_s"] is None else f"{figure['rig_s']:.0f} s"
    tests = figure["in_report"]
    cells = (
        figure["kind"],
        "; ".join(figure["unsafe"]) or "safe, its lock free",
        rig_s,
        f"{figure['wall_s']:.1f} s",
        _told(tests["test_abort"]),
        _told(tests["test_after"]),
        str(figure["unaccounted"]),
        _code(figure["code"]),
    )
    return f"| {' | '.join(cells)} |"


def _code(code: int | None) -> str:
    if code is None:
        return "–"
    return str(code) if code >= 0 else signal.Signals(-code).name


def _told(how: list[str]) -> str:
    return ": ".join(filter(None, how))


if __name__ == "__main__":
    main()
