"""The powers of a site at one moment, in whole milliwatts, and how they lie on its legs.

Signs as livedata has them: PV, generator and load positive, storage positive when it discharges,
grid positive when it is imported.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flows:
    """mW. Load is exactly the sum of the others."""

    pv_mw: int = 0
    storage_mw: int = 0
    grid_mw: int = 0
    generator_mw: int = 0

    @property
    def load_mw(self) -> int:
        """Computed, not measured: as the gateway does it."""
        return self.pv_mw + self.storage_mw + self.grid_mw + self.generator_mw


DARK = Flows()


def on_legs(
    flows: Flows,
    *,
    load_shares: Sequence[float],
    storage_mw: Sequence[int] | None,
    is_island: bool,
) -> tuple[Flows, ...]:
    """`flows` on each live leg; they sum to the whole exactly.

    PV and generator lie on all legs alike, load as `load_shares` say. On the grid the batteries are
    where they are (`storage_mw` by leg; None: on all alike) and the grid takes up the difference;
    in an island there is none, and what forms it carries each leg.
    """
    count = len(load_shares)
    even = [1.0 / count] * count
    pv, generator = _split(flows.pv_mw, even), _split(flows.generator_mw, even)
    load = _split(flows.load_mw, load_shares)
    if is_island:
        return tuple(
            Flows(pv[n], load[n] - pv[n] - generator[n], 0, generator[n]) for n in range(count)
        )
    storage = _split(flows.storage_mw, even) if storage_mw is None else storage_mw
    return tuple(
        Flows(pv[n], storage[n], load[n] - pv[n] - storage[n] - generator[n], generator[n])
        for n in range(count)
    )


def _split(whole_mw: int, shares: Sequence[float]) -> list[int]:
    parts = [int(whole_mw * share) for share in shares[:-1]]
    return [*parts, whole_mw - sum(parts)]
