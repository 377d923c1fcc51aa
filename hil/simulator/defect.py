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
    rig: str = "sim-split-phase"
    """A rig that shows it; others may, where they have what it is about."""
    firmware: str | None = None
    """The gateway's, where only another than that rig's has the bug."""

    also_met_in: tuple[str, ...] = ()
    """Folders of tests/ beside its promise's whose tests have to meet it, too: they use what it breaks."""

    @property
    def shown_on(self) -> str:
        """The rig that shows it, in words."""
        return self.rig if self.firmware is None else f"{self.rig} with firmware {self.firmware}"
