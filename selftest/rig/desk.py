"""A simulator that runs here, and its rig opened as any bench is."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from hil.rig.loading import load_rig
from hil.rig.rig import Rig, open_rig
from hil.simulator.process import Running, simulator
from hil.simulator.site_file import load_site

TRUTH = load_site(Path(__file__).parents[2] / "sites" / "split-phase.yaml")
ENPOWER, FIRST, SECOND = (node.serial_number for node in TRUTH.nodes)

LOST_S = 600.0
"""Long enough for the gateway to show a silent device as lost, and to forget the key of one that
it did not seal.
"""

Change = Callable[[dict[str, Any]], None]


@contextmanager
def desk(
    folder: Path, *, speed: float | None = None, defects: Sequence[str] = ()
) -> Iterator[Running]:
    """A simulator, in virtual time unless a speed is said; its rig file is `desk.yaml`."""
    rig_file = folder / "desk.yaml"
    with simulator(TRUTH, speed=speed, rig_file=rig_file, defects=defects) as running:
        yield running


@contextmanager
def opened(folder: Path, change: Change | None = None) -> Iterator[Rig]:
    """The simulator's rig, after `change` to its rig file."""
    path = folder / "desk.yaml"
    document = yaml.safe_load(path.read_text())
    if change is not None:
        change(document)
    path.write_text(yaml.safe_dump(document))
    with open_rig(load_rig(str(path), folder), seed=0, directory=folder / "run") as rig:
        yield rig
