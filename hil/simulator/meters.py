"""The meters (current transformers) of a site: what each measures, and on how many phases."""

from dataclasses import dataclass

PRODUCTION, CONSUMPTION = 704_643_328, 704_643_584
"""Eids are made of kind and number, alike in all captures."""


MADE, NET, USED = "production", "net-consumption", "total-consumption"
STORED, LOAD = "storage", "load"
"""The wire's words for what a meter measures."""


@dataclass(frozen=True, slots=True)
class Meter:
    """One meter, as it was set up."""

    eid: int
    measures: str
    """One of these words, or another."""
    phase_mode: str
    """What it could measure: `single`, `split`, `three`."""
    phase_count: int
    flags: tuple[str, ...] = ()


def first_meters(legs: int) -> dict[int, Meter]:
    """The two that every metered site has, by eid."""
    mode, count = ("three", 3) if legs == 3 else ("split", 2)
    measured = {PRODUCTION: MADE, CONSUMPTION: NET}
    return {eid: Meter(eid, what, mode, count) for eid, what in measured.items()}
