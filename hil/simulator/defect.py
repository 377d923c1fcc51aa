"""A deliberate firmware bug, by name; the catalogue is in `defects.py`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """A firmware bug that the simulated rig can be built with.

    The bug itself is a few lines beside the behaviour that it breaks, behind `world.has_defect(name)`.
    """

    name: str
    sentence: str
    """What the firmware does wrong."""
    promise: str
    """Id of the promise (docs/promises.yaml) that it breaks."""
