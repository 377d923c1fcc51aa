"""How a site's energy is at one moment, as the second account of it sees that."""

from dataclasses import dataclass
from enum import StrEnum

from hil.simulator.flows import Flows
from hil.simulator.island import IslandState
from hil.simulator.relay_states import RelayState
from hil.simulator.site import Site
from hil.simulator.site_file import EnchargeTruth
from hil.simulator.site_settings import PelSettings, SiteSettings
from hil.simulator.site_settings_control import SetPointOverride
from hil.simulator.site_settings_power import PcsOffering
from hil.simulator.site_settings_tariff import StorageSettings

MICROSECONDS = 1_000_000
J_NJ = 1_000_000_000
"""A mark of a battery's charge that is so near has been reached."""
NJ_PER_WH = 3600 * J_NJ


class Supply(StrEnum):
    """Who forms the site's AC."""

    GRID = "grid"
    GRID_ALONE = "grid, in a rapid shutdown"
    GENERATOR = "generator"
    BATTERIES = "batteries"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Cell:
    """A battery; its ratings are those of the site file."""

    truth: EnchargeTruth
    power_mw: int
    stored_nj: int
    is_on: bool
    is_full: bool

    @property
    def rated_mw(self) -> int:
        return self.truth.rated_power_w * 1000

    def mark_nj(self, soc_pct: float) -> int:
        """What it holds at that charge."""
        return round(self.truth.capacity_wh * NJ_PER_WH * soc_pct / 100)

    def is_above(self, soc_pct: float) -> bool:
        return self.stored_nj > self.mark_nj(soc_pct) + J_NJ


@dataclass(frozen=True, slots=True)
class Told:
    """The settings that powers follow from."""

    reserve_pct: float
    storage: StorageSettings
    set_point: SetPointOverride
    pel: PelSettings
    pcs: PcsOffering
    batteries_carry_mw: int | None
    """What the batteries' breaker carries for good, where it is to be spared."""
    is_metered: bool

    @property
    def limits_sun(self) -> bool:
        return self.pel.PEL or self.pcs.PVOversubscription or self.pcs.MPUAvoidance

    @property
    def has_soft_limit_alone(self) -> bool:
        others = self.pel.Hard_PEL or self.pcs.PVOversubscription or self.pcs.MPUAvoidance
        return self.pel.PEL and self.pel.Soft_PEL and self.is_metered and not others

    @property
    def limits_batteries(self) -> bool:
        return self.pel.PEL or self.pcs.EnchargeOversubscription or self.pcs.MPUAvoidance


@dataclass(frozen=True, slots=True)
class Moment:
    """From `at_us` (rig microseconds) until something changes."""

    at_us: int
    supply: Supply
    flows: Flows
    cells: tuple[Cell, ...]
    account_nj: dict[str, int]
    told: Told
    stands_by: bool
    """Whether the inverters have to wait before they give power again."""
    leaves_load_out: bool
    """Whether an island that collapsed time and again carries less than is asked."""
    rated_generator_mw: int
    least_generator_mw: int
    overload_us: int
    """For so long batteries may give more than they are rated for."""
    awake: tuple[bool, ...]
    """Whether each inverter is, in the order of the site file."""
    sun_limit: float | None
    """What the inverters may give of their ratings, as is set."""
    soft_start: float
    """The same on their way back, up to 1."""
    share_of_load: float
    """What is back of the house after an overload, up to 1."""
    share_by_frequency: tuple[float, float]
    """Least and most of the sun that inverters may give, by how fast the grid is."""
    leaves_grid: bool
    """Whether the site was commanded off the grid, and its relay is about to open."""

    @property
    def able_to_take(self) -> list[Cell]:
        return [each for each in self.cells if each.is_on and not each.is_full]

    @property
    def may_give(self) -> list[Cell]:
        """Those above what has to stay in them."""
        on_grid = self.supply is Supply.GRID
        least_pct = self.told.reserve_pct if on_grid else self.told.storage.very_low_soc
        return [each for each in self.cells if each.is_on and each.is_above(least_pct)]


def moment_of(site: Site, *, stands_by: bool, soft_start: float, share_of_load: float) -> Moment:
    """How things are; nothing is decided anew by asking."""
    energy, generator, pv_limit = site.energy, site.settings.gen_config, site.settings.pv_limit
    rated_mw = 0 if generator is None else round(generator.name_plate_rating_wat * 1_000_000)
    return Moment(
        at_us=round(site.world.now_s * MICROSECONDS),
        supply=supply_of(site),
        flows=energy.flows,
        cells=tuple(_cell(site, truth) for truth in site.truth.encharges),
        account_nj=dict(energy.account_nj),
        told=_told(site.settings, site),
        stands_by=stands_by,
        leaves_load_out=energy.island.collapses >= site.world.assumptions.physics.overload_tries,
        rated_generator_mw=rated_mw,
        least_generator_mw=0
        if generator is None
        else rated_mw * generator.min_gen_loading_perc // 100,
        overload_us=round(site.world.assumptions.physics.overload_s * MICROSECONDS),
        awake=energy._inverters.awake,
        sun_limit=pv_limit.pv_limit_pct / 100 if pv_limit.enable else None,
        soft_start=soft_start,
        share_of_load=share_of_load,
        share_by_frequency=_share_by_frequency(site),
        leaves_grid=site.relay.state is RelayState.OPENING,
    )


def supply_of(site: Site) -> Supply:
    """Who forms its AC now."""
    is_shut_down = site.rapid_shutdown.is_active
    if not site.relay.is_open:
        if site.grid.is_gone:
            return Supply.NOBODY
        return Supply.GRID_ALONE if is_shut_down else Supply.GRID
    if is_shut_down:
        return Supply.NOBODY
    if site.energy.generator.is_closed:
        return Supply.GENERATOR
    is_dark = site.energy.island.state in (IslandState.DARK, IslandState.DEAD)
    return Supply.NOBODY if is_dark else Supply.BATTERIES


def _share_by_frequency(site: Site) -> tuple[float, float]:
    grid = site.world.assumptions.grid
    if site.relay.is_open:
        return 1.0, 1.0
    too_fast_hz = site.grid.frequency_hz - site.grid.nominal_hz - grid.freq_watt_dead_hz
    # Until something changes it may get faster or slower by less than a step.
    most_hz, least_hz = too_fast_hz + grid.freq_watt_step_hz, too_fast_hz - grid.freq_watt_step_hz
    gone_hz = site.grid.nominal_hz * grid.freq_watt_droop
    least, most = (min(1.0, max(0.0, 1.0 - hz / gone_hz)) for hz in (most_hz, least_hz))
    return least, most


def _cell(site: Site, truth: EnchargeTruth) -> Cell:
    battery = site.energy.fleet.by_serial_number[truth.serial_number]
    return Cell(truth, battery.power_mw, battery.stored_nj, battery.is_on, battery.is_full)


def _told(settings: SiteSettings, site: Site) -> Told:
    return Told(
        reserve_pct=site.energy.reserve_pct,
        storage=settings.tariff.storage_settings,
        set_point=settings.set_point,
        pel=settings.pel,
        pcs=settings.pcs.pcsOffering,
        batteries_carry_mw=_batteries_carry_mw(settings, site),
        is_metered=site.energy.limits.is_metered,
    )


def _batteries_carry_mw(settings: SiteSettings, site: Site) -> int | None:
    rating_a = settings.pcs.enchargeBreaker
    if rating_a <= 0 or not settings.pcs.pcsOffering.EnchargeOversubscription:
        return None
    line_v = site.truth.wiring.legs * site.truth.grid.nominal_v
    return round(1000 * site.world.assumptions.physics.continuous_share * rating_a * line_v)


def over(then: Moment) -> dict[str, int]:
    """What is exceeded, and for how many µs that may last; each kind of limit counts alone."""
    excess: dict[str, int] = {}
    if any(cell.power_mw > cell.rated_mw for cell in then.cells):
        excess["rating"] = 0 if then.leaves_load_out else then.overload_us
    pel = then.told.pel
    limit_mw = round(pel.PEL_Limit * 1000) + round(pel.PEL_db * 1000)
    if then.supply is Supply.GRID and pel.PEL and -then.flows.grid_mw > limit_mw:
        if pel.Soft_PEL and then.told.is_metered:
            excess["soft limit"] = round(pel.Resp_Time_SoftPEL * 1000)
        if pel.Hard_PEL:
            excess["hard limit"] = round(pel.Resp_Time_HardPEL * 1000)
    return excess
