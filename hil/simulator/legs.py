"""How the powers of a site lie on its legs: in live data and in the meters alike."""

from collections.abc import Mapping, Sequence

from hil.simulator.flows import Flows, on_legs
from hil.simulator.site_file import EnchargeTruth, WiringTruth


class Legs:
    """The live conductors of one site."""

    def __init__(
        self,
        wiring: WiringTruth,
        *,
        load_shares: Sequence[float] | None,
        encharges: Sequence[EnchargeTruth],
    ) -> None:
        self.count = wiring.legs
        self._shares = tuple(load_shares or (1 / wiring.legs,) * wiring.legs)
        # On split phase every battery lies between both legs.
        is_three_phase = wiring.phases == "three-phase"
        self._leg_of = (
            {each.serial_number: each.phase - 1 for each in encharges} if is_three_phase else None
        )

    def of(
        self, flows: Flows, powers_mw: Mapping[str, int], *, is_island: bool
    ) -> tuple[Flows, ...]:
        """`flows` leg by leg; `powers_mw` is what each battery gives or takes."""
        storage_mw: list[int] | None = None
        if self._leg_of is not None:
            storage_mw = [0] * self.count
            for serial_number, leg in self._leg_of.items():
                storage_mw[leg] += powers_mw[serial_number]
        return on_legs(flows, load_shares=self._shares, storage_mw=storage_mw, is_island=is_island)
