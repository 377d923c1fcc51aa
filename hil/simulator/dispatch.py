"""Who gives and takes how much: on the grid, in an island, beside a generator, and in the dark.

A decision holds until something changes; what it follows from is all here, so that asking twice at
the same moment decides the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hil.simulator.batteries import Batteries, rated_mw, takes_mw
from hil.simulator.battery import Battery
from hil.simulator.export_limits import ExportLimits
from hil.simulator.flows import DARK, Flows
from hil.simulator.generator import Generator
from hil.simulator.island import Island, IslandState
from hil.simulator.site_settings import SiteSettings
from hil.simulator.world import World


@dataclass(frozen=True, slots=True)
class Asked:
    """What sun and house would have, mW."""

    pv_mw: int
    """Below 0 while the inverters stand by."""
    sun_mw: int
    """What the inverters will have once they do not."""
    load_mw: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The powers until something changes."""

    flows: Flows
    set_point_mw: int
    """What all batteries are told; at an end of their charge they cannot follow it."""
    curtailed: float = 0.0
    """Share of the PV power that an island has no use for."""


class Dispatch:
    """Decides the powers of one site."""

    def __init__(
        self,
        world: World,
        *,
        batteries: Batteries,
        island: Island,
        generator: Generator,
        limits: ExportLimits,
        settings: SiteSettings,
        reserve_pct: Callable[[], float],
    ) -> None:
        self._world, self._batteries, self._island = world, batteries, island
        self._generator, self._limits, self._settings = generator, limits, settings
        self._reserve_pct = reserve_pct

    def without_ac(self) -> Decision:
        """The site hangs on a grid that is dead, or is an island that is."""
        self._limits.stand_by()
        self._batteries.rest(dead_pct=self._world.assumptions.physics.dead_soc_pct)
        return Decision(DARK, 0)

    def shut_down(self, asked: Asked) -> Decision:
        """On the grid, and every DER relay is open: the grid alone feeds the house."""
        self._limits.stand_by()
        self._island.ac_is_back()
        self._batteries.rest(dead_pct=self._world.assumptions.physics.dead_soc_pct)
        return Decision(Flows(0, 0, asked.load_mw), 0)

    # On the grid.

    def on_grid(self, asked: Asked, *, top_up_mw: int | None = None) -> Decision:
        """The batteries follow the house as their mode says, the grid does the rest.

        `top_up_mw`: they are charged with so much instead, the site is about to leave the grid.
        """
        self._island.ac_is_back()
        if self._world.has_defect("discharges-below-reserve"):
            givers = self._batteries.able_to_give(0)
        else:
            givers = self._batteries.able_to_give(self._reserve_pct())
        takers = self._batteries.able_to_take()
        pv_cap_mw = self._limits.pv_mw
        pv_mw = asked.pv_mw if pv_cap_mw is None else min(asked.pv_mw, pv_cap_mw)
        wish_mw = self._wish_mw(asked.load_mw - pv_mw) if top_up_mw is None else -top_up_mw
        most_mw = self._most_mw(givers if wish_mw > 0 else takers, charge=wish_mw < 0)
        active_mw = min(wish_mw, most_mw) if wish_mw > 0 else max(wish_mw, -most_mw)
        pv_mw, active_mw = self._spare_the_panel(pv_mw, active_mw)
        if self._limits.is_tripped:
            # Batteries have inverters of their own: they feed the house alone.
            active_mw = min(active_mw, max(0, asked.load_mw - pv_mw))
        able = givers if active_mw > 0 else takers
        storage_mw = self._batteries.carry(active_mw, able, forms_island=False)
        limit_mw = self._limits.soft_mw(pv_mw + storage_mw - asked.load_mw)
        if limit_mw is not None:
            # The sun gives way first (assumed), and then the batteries.
            too_much_mw = min(0, pv_mw) + storage_mw - asked.load_mw - limit_mw
            if too_much_mw > 0:
                active_mw -= too_much_mw
                storage_mw = self._batteries.carry(active_mw, able, forms_island=False)
            pv_mw = self._keep_the_export(pv_mw, asked.load_mw - storage_mw, limit_mw)
        flows = Flows(pv_mw, storage_mw, asked.load_mw - pv_mw - storage_mw)
        if self._limits.trips(-flows.grid_mw):
            return self.on_grid(asked, top_up_mw=top_up_mw)
        return Decision(flows, self._set_point_mw(wish_mw, active_mw))

    def _most_mw(self, able: Sequence[Battery], *, charge: bool) -> int:
        breaker_mw = self._limits.storage_mw
        if breaker_mw is None:
            return rated_mw(able)
        if charge:
            # What the others take for themselves goes through it as well.
            breaker_mw -= sum(
                each.idle_mw for each in self._batteries if each.is_on and each not in able
            )
        return min(rated_mw(able), max(0, breaker_mw))

    def _wish_mw(self, missing_mw: int) -> int:
        override = self._settings.set_point
        if override.enable and not self._world.has_defect("set-point-override-ignored"):
            return round(rated_mw([*self._batteries]) * override.setpoint_pct / 100)
        storage = self._settings.tariff.storage_settings
        if storage.mode != "backup":
            return missing_mw
        takers = self._batteries.able_to_take()
        return -rated_mw(takers) if storage.charge_from_grid else min(0, missing_mw)

    def _spare_the_panel(self, pv_mw: int, active_mw: int) -> tuple[int, int]:
        panel_mw = self._limits.panel_mw(pv_mw + max(0, active_mw))
        if panel_mw is None:
            return pv_mw, active_mw
        pv_mw = min(pv_mw, panel_mw)
        return pv_mw, min(active_mw, panel_mw - pv_mw) if active_mw > 0 else active_mw

    def _keep_the_export(self, pv_mw: int, used_mw: int, limit_mw: int) -> int:
        if self._world.has_defect("export-limit-starves-the-load"):
            used_mw = 0
        return min(pv_mw, used_mw + limit_mw)

    def _set_point_mw(self, wish_mw: int, active_mw: int) -> int:
        """Saturated where the batteries cannot follow at all (public captures, full and at reserve)."""
        if active_mw or not wish_mw:
            return active_mw
        return rated_mw([*self._batteries]) * (1 if wish_mw > 0 else -1)

    # Off the grid.

    def in_island(self, asked: Asked) -> Decision:
        """The batteries carry the difference, or the island is dark."""
        if self._island.state is IslandState.DARK and self._island.is_due:
            self._try_again(asked)
        if not self._island.is_dark:
            decision = self._carried(asked)
            if decision is not None:
                return decision
        self._note_the_end()
        return self.without_ac()

    def beside_generator(self, asked: Asked) -> Decision:
        """The generator carries the house and charges; the batteries help where it is too small."""
        self._limits.stand_by()
        self._island.ac_is_back()
        takers, givers = self._batteries.able_to_take(), self._givers()
        net_mw = asked.load_mw - asked.pv_mw
        # The batteries that are idle are fed by it as well.
        most_mw = self._generator.rated_mw - sum(each.idle_mw for each in self._batteries)
        charge_mw = (
            min(rated_mw(takers), max(0, most_mw - net_mw)) if self._generator.charges else 0
        )
        help_mw = min(max(0, net_mw - most_mw), rated_mw(givers))
        active_mw = help_mw - charge_mw
        storage_mw = self._batteries.carry(
            active_mw, givers if active_mw > 0 else takers, forms_island=False
        )
        load_mw = min(asked.load_mw, self._generator.rated_mw + asked.pv_mw + storage_mw)
        least_mw = self._generator.least_mw
        pv_mw = min(asked.pv_mw, max(load_mw - storage_mw - least_mw, 0))
        generator_mw = load_mw - pv_mw - storage_mw
        return Decision(Flows(pv_mw, storage_mw, 0, generator_mw), active_mw)

    def _carried(self, asked: Asked) -> Decision | None:
        """The powers of an island that lives; None where it has just collapsed."""
        self._limits.stand_by()
        givers = self._givers()
        most_mw = rated_mw(givers)
        load_mw = int(asked.load_mw * self._island.share_of_load)
        if self._island.skips_load:
            load_mw = min(
                load_mw, max(0, most_mw + asked.pv_mw)
            )  # inverters that stand by take some
        missing_mw = load_mw - asked.pv_mw
        if missing_mw <= 0:
            return self._with_too_much_sun(asked, load_mw)
        peak_mw = int(most_mw * self._world.assumptions.physics.peak_factor)
        is_over = self._island.state is IslandState.OVERLOADED and self._island.is_due
        if missing_mw > peak_mw or (missing_mw > most_mw and is_over):
            self._island.collapse(for_want_of_charge=not givers)
            return None
        if missing_mw > most_mw:
            self._island.overloaded()
        else:
            self._island.carried()
        self._batteries.carry(missing_mw, givers, forms_island=True)
        return Decision(Flows(asked.pv_mw, missing_mw, 0), missing_mw)

    def _with_too_much_sun(self, asked: Asked, load_mw: int) -> Decision | None:
        on = [each for each in self._batteries if each.is_on]
        if not on:
            self._island.collapse(for_want_of_charge=True)  # nothing forms a grid
            return None
        self._island.carried()
        takers = self._batteries.able_to_take()
        surplus_mw = asked.pv_mw - load_mw
        if surplus_mw > rated_mw(takers):
            takers = on
        taken_mw = min(surplus_mw, takes_mw(takers))
        if self._world.has_defect("island-sun-not-curtailed"):
            taken_mw = surplus_mw
        self._batteries.carry(-taken_mw, takers, forms_island=True)
        pv_mw = load_mw + taken_mw
        lost = (asked.pv_mw - pv_mw) / asked.pv_mw if asked.pv_mw > 0 else 0.0
        return Decision(Flows(pv_mw, -taken_mw, 0), -taken_mw, lost)

    def _givers(self) -> list[Battery]:
        if self._world.has_defect("island-empties-its-batteries"):
            return self._batteries.able_to_give(0)
        kept_pct = self._settings.tariff.storage_settings.very_low_soc
        if self._world.has_defect("little-charge-carries-no-island"):
            kept_pct += 3
        return self._batteries.able_to_give(kept_pct)

    def _try_again(self, asked: Asked) -> None:
        """A black start: with charge it works; without, only the sun can carry the house."""
        if self._givers() or (
            any(each.is_on for each in self._batteries) and asked.sun_mw >= asked.load_mw
        ):
            self._island.retry()
        else:
            self._island.try_later()

    def _note_the_end(self) -> None:
        dead_pct = self._world.assumptions.physics.dead_soc_pct
        has_any = any(each.is_above(dead_pct) for each in self._batteries)
        if self._world.has_defect("empty-island-tries-again"):
            return
        if self._island.state is IslandState.DARK and not has_any:
            self._island.drained()
