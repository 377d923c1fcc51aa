"""Where a battery may be said to hang when it is provisioned: its phase and its DER relay.

Source: interface page (1 for Ensemble 1.x, 2 for 2.0; the EMEA example has der_index = phase, from
8.1); public captures agree. That a phase is taken once, and the words of the refusals, are assumed.
"""

from collections.abc import Collection

from hil.simulator.generations import DER_INDEX
from hil.simulator.site_file import WiringTruth
from hil.simulator.world import World
from hil.vocabulary.identity import Firmware

_DER_INDEX = {"1.5": 1, "2.0": 2}


class PlaceRule:
    """The rule of one site."""

    def __init__(
        self,
        world: World,
        wiring: WiringTruth,
        firmware: Firmware,
        *,
        installed: Collection[int] = (),
    ) -> None:
        """`installed`: DER relays that its batteries hang on, whatever the rule is (captures: 3)."""
        self._world, self._wiring, self._firmware = world, wiring, firmware
        self._der_indexes = {_DER_INDEX[wiring.ensemble], *installed}

    def objection(
        self, phase: int | None, der_index: int | None, *, taken: Collection[int | None]
    ) -> str | None:
        """Why a battery may not hang there; None where it may. `taken`: phases of the others."""
        if self._world.has_defect("any-place-accepted"):
            return None
        if phase is not None and phase not in (1, 2, 3):
            return "invalid phase"
        knows_der_index = DER_INDEX.of(self._firmware)
        if self._wiring.phases == "three-phase":
            if phase is None:
                return "phase missing"
            once = self._world.assumptions.gateway.one_battery_per_phase
            if phase in taken and once and not self._world.has_defect("phase-taken-twice"):
                return "phase taken"
            if knows_der_index and der_index != phase:
                return "invalid der_index"
            return None
        if knows_der_index and der_index is not None and der_index not in self._der_indexes:
            return "invalid der_index"
        return None
