"""`--within 6h`: the night is planned by what earlier runs have told of each test, and every run
tells it for the next.
"""

import hashlib
import inspect
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from hil.errors import SuiteError
from hil.plugin.limits import limit_s
from hil.plugin.markers import is_product_test, needed, promise_id
from hil.plugin.run import Run
from hil.qualification.budget import Candidate, Entry, Night, Worth, night, spelled
from hil.qualification.known_tests import (
    KnownTest,
    KnownTests,
    known_tests_file,
    read_known_tests,
    remember,
)
from hil.qualification.progress import Outcome, never_began
from hil.rig.rig_file import RigFile, SimulatedRigFile, SimulatorClockEntry
from hil.rig.rig_folder import state_root

USED_UP = "not run: the time of --within is used up"
"""How the reason begins that a test is skipped for which the plan had time, and the night has not."""


class Within:
    """Plans the night where that is asked for, holds it to its time, and remembers durations."""

    def __init__(
        self,
        run: Run,
        config: pytest.Config,
        *,
        described: Callable[[], RigFile | SimulatedRigFile],
    ) -> None:
        """`described` reads the rig's file."""
        self._run, self._described = run, described
        self._within_s: float | None = config.getoption("--within")
        self.now = time.monotonic
        """The wall's seconds."""
        self._began_s = self.now()
        self._night: Night | None = None
        self._expected: dict[str, Entry] = {}
        self._opening_s: float | None = None
        self._took: dict[str, tuple[float, float]] = {}
        """Wall and rig seconds, by node id."""

    # Before the first test.

    @pytest.hookimpl(trylast=True)  # behind -k and -m, and a random order, which a plan replaces
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        product = [item for item in items if is_product_test(item, root=self._run.root)]
        if self._within_s is None or not product:
            return
        description = self._run.description or self._described()
        known = self._known(description)
        self._night = night(
            [self._candidate(item, known, description) for item in product],
            within_s=self._within_s,
            aside_s=(known.opening_s or 0.0) + (known.closing_s or 0.0),
            rig_speed=_speed(description),
        )
        self._expected = {entry.nodeid: entry for entry in self._night.fits}
        places = {entry.nodeid: place for place, entry in enumerate(self._night.fits)}
        left_out = [item for item in product if item.nodeid not in places]
        for item in left_out:
            self._run.why_left_out[item.nodeid] = self._night.why_not
        others = [item for item in items if item not in product]
        fits = sorted(
            (item for item in product if item.nodeid in places),
            key=lambda item: places[item.nodeid],
        )
        items[:] = [*others, *fits]
        if left_out:
            config.hook.pytest_deselected(items=left_out)

    def pytest_report_collectionfinish(self, config: pytest.Config) -> list[str]:
        if self._night is None:
            return []
        return [
            self._run.scrub(line)
            for line in told(self._night, all_of_it=bool(config.option.collectonly))
        ]

    def _known(self, description: RigFile | SimulatedRigFile) -> KnownTests:
        try:
            return read_known_tests(known_tests_file(description, state_root()))
        except SuiteError as error:
            raise pytest.UsageError(f"--within: {error}") from error

    def _candidate(
        self, item: pytest.Item, known: KnownTests, description: RigFile | SimulatedRigFile
    ) -> Candidate:
        before = known.tests.get(item.nodeid)
        worth, why = self._worth(item, before, description)
        lasted_s = before.wall_s if before is not None else None
        if worth is Worth.SKIPPED and before is None:
            lasted_s = 0.0
        limit = item.get_closest_marker("limit")
        speed = _speed(description)
        return Candidate(
            nodeid=item.nodeid,
            worth=worth,
            why=why,
            proven_at=before.proven_at if before else "",
            lasted_s=lasted_s,
            limit_s=limit_s(item) / speed if limit is not None and speed != float("inf") else None,
        )

    def _worth(
        self,
        item: pytest.Item,
        before: KnownTest | None,
        description: RigFile | SimulatedRigFile,
    ) -> tuple[Worth, str]:
        if isinstance(description, RigFile):
            can_do = {str(each) for each in description.capabilities}
            if lacking := sorted(needed(item) - can_do):
                return Worth.SKIPPED, f"this rig cannot do: {', '.join(lacking)}"
        if before is None:
            return Worth.NEVER_PROVEN, "never run here"
        if before.outcome is Outcome.FAILED:
            return Worth.FAILED, "failed last time"
        if before.promise != self._promise_digest(item):
            return Worth.CHANGED, f"{promise_id(item)} has changed since"
        if before.test != _source_digest(item):
            return Worth.CHANGED, "the test has changed since"
        if before.outcome is Outcome.SKIPPED:
            return Worth.SKIPPED, "skipped last time"
        if not before.proven_at:
            return Worth.NEVER_PROVEN, "never proven"
        return Worth.PROVEN, f"proven {before.proven_at[:10]}"

    def _promise_digest(self, item: pytest.Item) -> str:
        promised = promise_id(item)
        entry = self._run.promises.get(promised or "")
        if entry is None:
            return ""
        # Who keeps it and how much it matters is nothing that a device is held to.
        return _digest(entry.model_dump_json(exclude={"owner", "severity"}))

    # While the tests run.

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object]
    ) -> Generator[None, object, object]:
        __tracebackhide__ = True
        if fixturedef.argname != "rig" or fixturedef.scope != "session":
            return (yield)
        began_s = self.now()
        value = yield
        self._opening_s = self.now() - began_s
        return value

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        was_open, wall_s, rig_s = self._opening_s, self.now(), self._rig_s()
        done = yield
        took_s = self.now() - wall_s
        if was_open is None and self._opening_s is not None:
            took_s -= self._opening_s  # it was opened for this test, and for all others
        took_s -= self._run.closing_s or 0.0  # the last test's clean-up is the rig's, too
        self._took[item.nodeid] = (max(0.0, took_s), self._rig_s() - rig_s)
        return done

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        entry = self._expected.get(item.nodeid)
        if self._night is None or entry is None:
            return
        left_s = self._night.within_s - (self.now() - self._began_s)
        if not self._night.has_time_for(entry, left_s):
            pytest.skip(
                f"{USED_UP}: it was planned with {spelled(entry.wall_s)}, "
                f"{spelled(max(0.0, left_s))} of {spelled(self._night.within_s)} are left"
            )

    def _rig_s(self) -> float:
        return self._run.rig.clock.now() if self._run.rig is not None else 0.0

    # At the end.

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        try:
            return (yield)
        finally:
            self._remember(session.items)

    def _remember(self, items: Sequence[pytest.Item]) -> None:
        run = self._run
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if run.description is None or run.rig is None:
            return
        path = known_tests_file(run.description, state_root())
        # What cannot be read now was told when it was needed, and costs no run.
        with suppress(OSError, SuiteError):
            before = read_known_tests(path).tests
            tests = {
                item.nodeid: known
                for item in items
                if (known := self._told_of(item, before.get(item.nodeid), now)) is not None
            }
            remember(path, KnownTests(tests, self._opening_s, run.closing_s))

    def _told_of(self, item: pytest.Item, before: KnownTest | None, now: str) -> KnownTest | None:
        """What this run tells of a test; None where it was not run to its end, for whatever reason."""
        if item.nodeid not in self._took or not is_product_test(item, root=self._run.root):
            return None
        how = self._run.how(item.nodeid)
        not_run = how.why.startswith(f"skipped: {USED_UP}") or never_began(how.verdicts)
        if not_run or how.outcome is Outcome.ABORTED:
            return None
        wall_s, rig_s = self._took[item.nodeid]
        proven_at = before.proven_at if before else ""
        return KnownTest(
            outcome=how.outcome,
            wall_s=round(wall_s, 3),
            rig_s=round(rig_s, 3),
            ran_at=now,
            proven_at=now if how.outcome is Outcome.PASSED else proven_at,
            promise=self._promise_digest(item),
            test=_source_digest(item),
        )


def told(planned: Night, *, all_of_it: bool) -> list[str]:
    """The plan for people; in a run only what does not fit, since the rest is seen as it goes."""
    guesses = sum(entry.is_guess for entry in planned.fits)
    count = len(planned.fits) + len(planned.left_out)
    aside = f", {spelled(planned.aside_s)} of it for the rig" if planned.aside_s else ""
    lines = [
        f"within {spelled(planned.within_s)}: {len(planned.fits)} of {count} tests fit, "
        f"{spelled(planned.planned_s)}{aside}; {guesses} of the times guessed (?)"
    ]
    if all_of_it:
        lines += [f"{place:5}. {_line(entry)}" for place, entry in enumerate(planned.fits, start=1)]
    if planned.left_out:
        lines.append("did not fit, and is not run:")
        lines += [f"       {_line(entry)}" for entry in planned.left_out]
    return lines


def _line(entry: Entry) -> str:
    time_s = f"{spelled(entry.wall_s)}{' ?' if entry.is_guess else ''}"
    return f"{time_s:>12}  {entry.why:<28}  {entry.nodeid}"


def _speed(description: RigFile | SimulatedRigFile) -> float:
    """Rig seconds per wall second; infinite in virtual time."""
    if isinstance(description, SimulatedRigFile):
        return float("inf")
    clock = description.clock
    return float("inf") if isinstance(clock, SimulatorClockEntry) else clock.wall.speed


def _source_digest(item: pytest.Item) -> str:
    function = getattr(item, "function", None)
    try:
        return _digest(inspect.getsource(function)) if function is not None else ""
    except (OSError, TypeError):
        return ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
