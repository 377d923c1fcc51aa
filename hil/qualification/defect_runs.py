"""The suite against a deliberate firmware bug: did it go red, and where it must?"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue

import yaml

from hil.qualification.promises import TESTS_FAILED
from hil.qualification.suite_run import Outcome, SuiteRun, run_suite
from hil.qualification.warm_suite import WarmSuite
from hil.simulator.defects import Defect

AREA_OF: Mapping[str, str] = {
    "ZB": "zigbee",
    "EN": "ensemble",
    "FW": "ensemble",
    "GP": "ensemble",
    "MT": "ensemble",
    "GW": "gateway",
    "SS": "site_settings",
}
"""The folder of tests/ that holds devices to the promises of an area."""

NAMED = 6
"""So many other red tests are named in the table."""


class Found(StrEnum):
    """What the suite made of a defect."""

    KILLED = "killed"
    """Its own tests went red, and of the others only some of the areas that have to meet it."""
    SURVIVED = "survived"
    ALWAYS_RED = "red without it"
    """Its own tests are red on that rig without any defect, and prove nothing."""
    NOT_MET = "not met"
    """None of its own tests could run there."""
    WRONG_TEST = "wrong test"
    """Only tests of other promises noticed it, or some of an area that has nothing to do with it."""
    RIG_OUT = "rig out"
    """Tests of areas that have to meet it went red, and the rig could not be put back after them, so
    that its own tests had no turn."""


AS_IT_MUST = (Found.KILLED, Found.RIG_OUT)
"""The whole suite has met it. Its own tests alone have to kill it."""


@dataclass(frozen=True)
class DefectRun:
    """A defect and the run that met it."""

    defect: Defect
    run: SuiteRun
    is_whole: bool
    """Whether that was the whole suite, and not its own tests only."""
    healthy: SuiteRun | None = None
    """The same tests on that rig without a defect, where they were run."""

    @property
    def own(self) -> list[str]:
        """Its own tests that went red, by name."""
        return sorted({each.name for each in self.run.failed_for(self.defect.promise)})

    @property
    def others(self) -> list[str]:
        """Other tests that did; those that had no turn since the rig was out are not among them."""
        return sorted({each.name for each in self._red} - set(self.own))

    @property
    def found(self) -> Found:
        """The verdict."""
        if not self.run.failed:
            ran = any(each.passed for each in self.run.outcomes)
            return Found.SURVIVED if ran else Found.NOT_MET
        if self.healthy is not None and self.healthy.failed_for(self.defect.promise):
            return Found.ALWAYS_RED
        expected = {AREA_OF[self.defect.promise[:2]], *self.defect.also_met_in}
        if not {each.area for each in self._red} <= expected:
            return Found.WRONG_TEST
        if self.own:
            return Found.KILLED if self.run.returncode == TESTS_FAILED else Found.WRONG_TEST
        had_no_turn = any(each.promise == self.defect.promise for each in self.run.failed)
        return Found.RIG_OUT if had_no_turn else Found.WRONG_TEST

    @property
    def _red(self) -> list[Outcome]:
        return [each for each in self.run.failed if not each.rig_was_out]

    @property
    def row(self) -> tuple[str, str, str, str]:
        """Its row of the table: defect, promise, verdict, what went red."""
        named = ", ".join(self.others[:NAMED])
        if more := self.others[NAMED:]:
            named += f" and {len(more)} more"
        red = f"{len(self.own)} of its own" + (f"; also {named}" if named else "")
        return self.defect.name, self.defect.promise, self.found.value, red


def meet(
    defect: Defect,
    directory: Path,
    *,
    root: Path,
    own_tests: Sequence[str] = (),
    rig: str | None = None,
    run_suite: Callable[..., SuiteRun] = run_suite,
) -> DefectRun:
    """Run its own tests against `defect` until one is red, or the whole suite where none are given.

    `run_suite` is that of a `WarmSuite`, for many. On `rig`, or on that which shows it. Logs and results go to `directory`.
    """
    on = rig or _rig_that_shows(defect, directory.with_name(f"{directory.name}-rig"), root)
    options = [f"--rig={on}", "--sim-defect", defect.name, "-l"]
    if own_tests:
        options.append("--maxfail=1")  # one is enough, and the rest is time
    run = run_suite(root, directory, *own_tests, *options)
    return DefectRun(defect, run, is_whole=not own_tests)


def meet_none(
    defect: Defect,
    directory: Path,
    *,
    root: Path,
    own_tests: Sequence[str] = (),
    rig: str | None = None,
    run_suite: Callable[..., SuiteRun] = run_suite,
) -> SuiteRun:
    """The tests that `meet` runs, on the same rig, without the defect.

    A test that is red here is red whatever the firmware does.
    """
    on = rig or _rig_that_shows(defect, directory.with_name(f"{directory.name}-rig"), root)
    return run_suite(root, directory, *own_tests, f"--rig={on}", "-l")


def meet_all(
    defects: Collection[Defect],
    directory: Path,
    *,
    root: Path,
    tests_of: Mapping[str, Sequence[str]] | None,
    rig: str | None,
    jobs: int,
    told: Callable[[DefectRun], None],
) -> list[DefectRun]:
    """`meet` for each, so many at a time; `tests_of` None: the whole suite. `told` of each run.

    The same tests are run without a defect first.
    """
    alike: dict[tuple[str, str], Defect] = {}
    for defect in defects:
        alike.setdefault(_control(defect, tests_of, rig), defect)

    with ExitStack() as stack, ThreadPoolExecutor(jobs) as pool:
        idle: SimpleQueue[WarmSuite] = SimpleQueue()
        for _ in range(jobs):
            idle.put(stack.enter_context(WarmSuite()))

        def warmly(root: Path, directory: Path, *options: str) -> SuiteRun:
            warm = idle.get()
            try:
                return warm.run(root, directory, *options)
            finally:
                idle.put(warm)

        def met_none(defect: Defect) -> SuiteRun:
            own = () if tests_of is None else tests_of[defect.promise]
            folder = directory / f"without-{defect.name}"
            return meet_none(defect, folder, root=root, own_tests=own, rig=rig, run_suite=warmly)

        def met(defect: Defect) -> DefectRun:
            own = () if tests_of is None else tests_of[defect.promise]
            folder = directory / defect.name
            run = meet(defect, folder, root=root, own_tests=own, rig=rig, run_suite=warmly)
            run = replace(run, healthy=healthy[_control(defect, tests_of, rig)])
            told(run)
            return run

        healthy = dict(zip(alike, pool.map(met_none, alike.values()), strict=True))
        return list(pool.map(met, defects))


def _control(
    defect: Defect, tests_of: Mapping[str, Sequence[str]] | None, rig: str | None
) -> tuple[str, str]:
    """What run without a defect stands beside its own: defects with the same share one."""
    return rig or defect.shown_on, "" if tests_of is None else defect.promise


def _rig_that_shows(defect: Defect, directory: Path, root: Path) -> str:
    """What `--rig` takes; a rig of another firmware is written to `directory`."""
    if defect.firmware is None:
        return defect.rig
    return str(rig_with_firmware(defect.rig, defect.firmware, directory, root=root))


def rig_with_firmware(rig: str, firmware: str, directory: Path, *, root: Path) -> Path:
    """The rig file, written to `directory`, of a simulated rig of ours with another gateway."""
    directory.mkdir(parents=True, exist_ok=True)
    simulated = yaml.safe_load((root / "rigs" / f"{rig}.yaml").read_text("utf-8"))
    site = yaml.safe_load((root / "rigs" / simulated["simulate"]).read_text("utf-8"))
    site["gateway"] |= {"firmware": f"D{firmware}", "other_firmware": None}
    (directory / "other-firmware.yaml").write_text(yaml.safe_dump(site), "utf-8")
    path = directory / "sim-other-firmware.yaml"
    path.write_text("name: sim-other-firmware\nsimulate: other-firmware.yaml\n", "utf-8")
    return path


def table(rows: Collection[tuple[str, ...]]) -> Iterator[str]:
    """The rows as lines of text, by verdict, promise and name."""
    if not rows:
        return
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in sorted(rows, key=lambda each: (each[2], each[1], each[0])):
        cells = zip(row[:3], widths, strict=True)
        yield "  ".join(cell.ljust(width) for cell, width in cells) + f"  {row[3]}"


def tally(rows: Collection[tuple[str, ...]]) -> str:
    """How many of each verdict."""
    counts = {found: sum(row[2] == found.value for row in rows) for found in Found}
    return ", ".join(f"{n} {found.value}" for found, n in counts.items() if n)
