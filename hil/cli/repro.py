"""`hil repro`: one test again and again, until it fails, and what was different then."""

import shlex
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Annotated, NoReturn, Self

import pytest
import typer
from rich.console import Console

from hil.cli.repro_story import PASSED, SKIPPED, Story, differences, moved, read_story
from hil.errors import RigFileError, SuiteError
from hil.files.closed_yaml import did_you_mean
from hil.qualification.suite_run import promises_of_tests
from hil.rig.loading import load_rig
from hil.rig.rig_file import SimulatedRigFile
from hil.simulator.defects import DEFECTS


class Exit(IntEnum):
    """How the loop ends besides 0, as far as it can a run's own codes (README)."""

    PRODUCT = 1
    """The test failed, and it looks like the product's fault."""
    INTERRUPTED = 2
    USAGE = 4
    """What was asked for cannot be run: no such test, rig or defect."""
    UNPROVEN = 10
    """It failed, and the rig or the suite is to blame, or the bug is known."""
    SKIPPED = 13
    """This rig cannot run the test, however often it is tried."""


def repro(
    test: Annotated[
        str,
        typer.Argument(help="A test: its node id, or words that only its name has (pytest -k)."),
    ],
    rig: Annotated[str, typer.Option(help="A rig by name or path.")] = "sim-split-phase",
    until_fail: Annotated[int, typer.Option(min=1, help="So many runs at most.")] = 20,
    seed: Annotated[
        int | None, typer.Option(help="Of the first run, on a simulated rig; then one more each.")
    ] = None,
    sim_defect: Annotated[
        list[str] | None, typer.Option(help="A deliberate firmware bug; may be given again.")
    ] = None,
) -> None:
    """Run one test again and again; stop at the first failure and say what differed."""
    out = Console(highlight=False, markup=False, soft_wrap=True)
    is_simulated = _is_simulated(out, rig)
    if not is_simulated and (seed is not None or sim_defect):
        _give_up(out, f"--seed and --sim-defect are for simulated rigs; {rig} is not started by us")
    for name in sim_defect or ():
        if name not in DEFECTS:
            hint = did_you_mean(name, sorted(DEFECTS))
            _give_up(out, f"--sim-defect {name}: no such defect; {hint}")
    node_id = _the_one(out, test)
    folder = Path("runs") / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}-repro"
    options = ["--rig", rig, *(f"--sim-defect={name}" for name in sim_defect or ())]
    seeds = [str((seed or 0) + number) for number in range(until_fail)] if is_simulated else None
    with _Told() as told:
        passed, ended_by = _loop(out, told, node_id, options, seeds, folder, until_fail)
    out.print(f"{len(passed)} passed")
    for name, found in moved(passed).items():
        values, unit = [each.value for each in found], found[0].unit
        words = "shortest / median / longest" if unit == "s" else "least / median / most"
        spread = f"{values[0]:.1f} / {statistics.median(values):.1f} / {values[-1]:.1f} {unit}"
        out.print(f"  {name}: {words} {spread}")
    if told.signals:
        raise typer.Exit(Exit.INTERRUPTED)
    if ended_by is not None:
        ends = {"product": Exit.PRODUCT, SKIPPED: Exit.SKIPPED}
        raise typer.Exit(ends.get(ended_by.verdict, Exit.UNPROVEN))


def _loop(
    out: Console,
    told: "_Told",
    node_id: str,
    options: Sequence[str],
    seeds: Sequence[str] | None,
    folder: Path,
    at_most: int,
) -> tuple[list[Story], Story | None]:
    """The runs that passed, and the one that did not and ended the loop; tells each as it ends."""
    passed: list[Story] = []
    for number in range(at_most):
        seed = seeds[number] if seeds else ""
        of_this = [*options, *(["--sim-seed", seed] if seed else [])]
        run_dir = folder / f"{number + 1:03}"
        started = time.monotonic()
        printed = run_dir.with_suffix(".txt")
        code = told.run(node_id, [*of_this, "--run-dir", str(run_dir)], printed)
        if code == pytest.ExitCode.USAGE_ERROR:
            _give_up(out, f"pytest did not begin:\n{printed.read_text('utf-8').strip()}")
        story = read_story(run_dir)
        if told.signals:
            out.print(f"stopped by {told.signals[0]}; a run that was going on put the rig back")
            break
        out.print(_line(number + 1, story, wall_s=time.monotonic() - started, seed=seed))
        if story.verdict == SKIPPED:
            # The next run would be no different: what a rig can do is in its file.
            out.print(f"{node_id} is not run here: {story.headline}")
            return passed, story
        if story.verdict != PASSED:
            _tell_failure(out, story, passed, run_dir)
            out.print(f"again: {shlex.join(['pytest', node_id, *of_this])}")
            return passed, story
        passed.append(story)
    return passed, None


def _is_simulated(out: Console, rig: str) -> bool:
    try:
        return isinstance(load_rig(rig, Path("rigs")), SimulatedRigFile)
    except RigFileError as error:
        _give_up(out, f"--rig {rig}: {error}")


def _the_one(out: Console, test: str) -> str:
    """The node id of the one product test that is meant."""
    what = [test] if "::" in test or Path(test.partition("::")[0]).exists() else ["-k", test]
    try:
        found = list(promises_of_tests(Path.cwd(), *what))
    except SuiteError as error:
        _give_up(out, f"no test is meant by {test!r}: {error}")
    if not found:
        _give_up(out, f"no test is meant by {test!r}; `pytest --collect-only -q` lists them")
    if len(found) > 1:
        _give_up(out, "\n  ".join([f"{test!r} means {len(found)} tests; name one of:", *found]))
    return found[0]


def _give_up(out: Console, message: str) -> NoReturn:
    out.print(message)
    raise typer.Exit(Exit.USAGE)


class _Told:
    """Runs tests and hands signals on to them: a run puts the rig back before it ends."""

    _NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.signals: list[str] = []
        """The names of those that came."""
        self._running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._came) for number in self._NUMBERS}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def run(self, node_id: str, options: Sequence[str], output: Path) -> int | None:
        """One run, unless a signal has come before it; how it ended."""
        if self.signals:
            return None
        output.parent.mkdir(parents=True, exist_ok=True)
        with output.open("wb") as said:
            self._running = subprocess.Popen(
                [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", node_id, *options],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # each signal reaches it once, from here
            )
            if self.signals:
                self._running.terminate()  # it came while the run was being started
            code = self._running.wait()
            self._running = None
        return code

    def _came(self, number: int, frame: object) -> None:
        self.signals.append(signal.Signals(number).name)
        if self._running is not None:
            self._running.send_signal(number)


def _line(number: int, story: Story, *, wall_s: float, seed: str) -> str:
    whose = story.verdict if story.verdict in (PASSED, SKIPPED) else f"failed ({story.verdict})"
    waits = "; ".join(
        f"{each.name} {each.value:.1f} {each.unit}" for each in story.measured if each.held
    )
    of = f" seed {seed}" if seed else ""
    took = f"{story.took_s:.0f} s of rig time, {wall_s:.1f} s"
    return f"{number:>4}{of}  {whose}, {took}" + (f"  {waits}" if waits else "")


def _tell_failure(out: Console, story: Story, passed: Sequence[Story], run_dir: Path) -> None:
    out.print(f"\n{story.headline or 'no result: see what it printed'}")
    compared = f"the {len(passed)} runs" if len(passed) != 1 else "the one run"
    out.print(f"what differed from {compared} that passed:" if passed else "what differed:")
    for line in differences(story, passed):
        out.print(f"  {line}")
    out.print(f"evidence: {run_dir} (timeline.jsonl, consoles/), printed: {run_dir}.txt")
