"""What the devices are held to: docs/promises.yaml, one entry for each promise."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from hil.errors import RigFileError, SuiteError
from hil.files.closed_yaml import Closed, Misfit, did_you_mean, read_closed

UNITS = ("_s", "_w", "_wh", "_pct", "_v", "_hz", "_c", "_times")
"""How the name of a bound ends."""


Severity = Literal["blocker", "critical", "normal", "minor", "trivial"]
"""As Allure has it."""


class Area(Closed):
    """What holds for every promise of an area that does not say otherwise."""

    owner: str
    """Who is asked first when a promise is broken."""
    severity: Severity = "normal"


class Promise(Closed):
    """One promise. `promise["open_within_s"]` is a bound of it, in the unit its name ends in."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2}-\d{3}$")]
    sentence: str
    bounds: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    source: str
    grade: Literal["seed", "public", "inferred", "assumed"]
    """How well founded: the interface page, public material, computed from it, or our guess."""
    owner: str = ""
    """Who is asked first when it is broken; as a rule its area's."""
    severity: Severity | None = None

    @field_validator("bounds")
    @classmethod
    def _names_end_in_units(cls, bounds: dict[str, float]) -> dict[str, float]:
        for name in bounds:
            if not name.endswith(UNITS):
                raise Misfit(f"a bound's name ends in its unit: {', '.join(UNITS)}", at=(name,))
        return bounds

    def __getitem__(self, bound: str) -> float:
        """The number of a bound.

        Raises:
            SuiteError: the promise has no such bound; names those it has.
        """
        try:
            return self.bounds[bound]
        except KeyError as error:
            if not self.bounds:
                raise SuiteError(f"promise {self.id} has no bounds, so no {bound!r}") from error
            hint = did_you_mean(bound, self.bounds)
            raise SuiteError(f"promise {self.id} has no bound {bound!r}; {hint}") from error

    @property
    def area(self) -> str:
        """The letters before the number."""
        return self.id.partition("-")[0]


class _Promises(Closed):
    areas: dict[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], Area] = Field(default_factory=dict)
    promises: list[Promise]


def load_promises(path: Path) -> Mapping[str, Promise]:
    """Every promise, by id, in the order of the file.

    Raises:
        RigFileError: the file is not there, breaks the schema, or an id stands twice.
    """
    promises: dict[str, Promise] = {}
    read = read_closed(path, _Promises, kind="promises")
    for promise in read.promises:
        if promise.id in promises:
            raise RigFileError(f"{path}: promises: the id {promise.id} stands twice")
        if read.areas and promise.area not in read.areas:
            hint = did_you_mean(promise.area, read.areas)
            raise RigFileError(f"{path}: promises: {promise.id} is of no area in areas; {hint}")
        area = read.areas.get(promise.area)
        owner = promise.owner or (area.owner if area else "")
        severity = promise.severity or (area.severity if area else "normal")
        promises[promise.id] = promise.model_copy(update={"owner": owner, "severity": severity})
    return promises
