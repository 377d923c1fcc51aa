"""What a test is doing, on the timeline: its phases, the fixtures that are set up, the steps it names.

Each is noted when it has ended, with how long it took in rig time, so that a page can draw it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

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
