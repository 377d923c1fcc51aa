"""What a test is doing, on the timeline: its phases, the fixtures that are set up and cleaned up, the
steps it names.

Each is noted when it has ended, with how long it took in rig time, so that a page can draw it.
"""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Literal

import pytest

from hil.evidence.timeline import Kind
from hil.plugin.run import Run

Of = Literal["phase", "fixture", "step"]


@contextmanager
def told_span(run: Run, name: str, *, of: Of) -> Iterator[None]:
    """Around what is called `name`; nothing is noted where no rig is open at its end.

    Nor of a fixture that asked nobody anything: there is a dozen of those for every test.
    """
    began_s = run.rig.clock.now() if run.rig is not None else None
    mark = run.rig.timeline.mark() if run.rig is not None else 0
    went_well = False
    try:
        yield
        went_well = True
    finally:
        if run.rig is not None and run.rig.is_open:
            _tell(run, name, of=of, began_s=began_s, mark=mark, went_well=went_well)


def _tell(
    run: Run, name: str, *, of: Of, began_s: float | None, mark: int, went_well: bool
) -> None:
    rig = run.rig
    assert rig is not None
    noted = rig.timeline.since(mark)
    if of == "fixture" and not noted:
        return
    if began_s is None:  # the rig was opened in it
        began_s = noted[0].rig_s if noted else rig.clock.now()
    took_s = max(0.0, rig.clock.now() - began_s)
    ended = "took" if went_well else "failed after"
    rig.timeline.note(
        "suite",
        Kind.STEP,
        f"{name} {ended} {took_s:.2f} s",
        span=name,
        of=of,
        took_s=round(took_s, 3),
        went_well=went_well,
    )


class FixtureSpans:
    """Hooks that tell the set-up and the clean-up of each fixture."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._cleaning: dict[pytest.FixtureDef[object], ExitStack] = {}

    # Outermost: the rig is known once its fixture has been set up.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object]
    ) -> Generator[None, object, object]:
        __tracebackhide__ = True
        with told_span(self._run, f"set-up of {fixturedef.argname}", of="fixture"):
            value = yield
        # The last to be added is the first to run. A lambda is what the report leaves out.
        fixturedef.addfinalizer(lambda: self._begin_clean_up(fixturedef))
        return value

    def _begin_clean_up(self, fixturedef: pytest.FixtureDef[object]) -> None:
        cleaning = self._cleaning[fixturedef] = ExitStack()
        name = f"clean-up of {fixturedef.argname}"
        cleaning.enter_context(told_span(self._run, name, of="fixture"))

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[object]) -> None:
        # Whether it went well is not known here; the phase around it and the waits in it say so.
        if (cleaning := self._cleaning.pop(fixturedef, None)) is not None:
            cleaning.close()
