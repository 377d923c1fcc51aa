"""The powers of a site and the charge of its batteries, exact at every moment.

Between two events nothing changes, so power times time is the energy: whole mW times whole µs are
whole nJ. What may change a power touches the world, and is followed before time goes on.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from hil.simulator.batteries import Aggregate, Batteries, aggregate, rated_mw
from hil.simulator.battery import PPM, Battery
from hil.simulator.day_profile import DayProfile
from hil.simulator.dispatch import Asked, Decision, Dispatch
from hil.simulator.enter_service import EnterService
from hil.simulator.export_limits import ExportLimits
from hil.simulator.flows import DARK, Flows
from hil.simulator.generator import Generator
from hil.simulator.grid import Grid
from hil.simulator.inverters import Inverters
from hil.simulator.island import Island
from hil.simulator.legs import Legs
from hil.simulator.meter_counters import MeterCounters
from hil.simulator.meters import Meter
from hil.simulator.network import Network
from hil.simulator.polling import NodeView
from hil.simulator.pre_island import PreIsland
from hil.simulator.rapid_shutdown import RapidShutdown
from hil.simulator.relay import MainsRelay
from hil.simulator.relay_guards import Guard
from hil.simulator.site_file import EnchargeTruth, EnergyTruth
from hil.simulator.site_settings import SiteSettings
from hil.simulator.steps import has_come, wait_for
from hil.simulator.world import MICROSECOND_S, World

ACTOR = "energy"
FLOWS = ("pv_mw", "storage_mw", "grid_mw", "generator_mw", "load_mw")


class Energy:
    """Sun, house, batteries, generator and grid of one site, together."""

    def __init__(
        self,
        world: World,
        *,
        network: Network,
        relay: MainsRelay,
        grid: Grid,
        encharges: Sequence[EnchargeTruth],
        inverters: Inverters,
        settings: SiteSettings,
        limits: ExportLimits,
        legs: Legs,
        meters: Mapping[int, Meter],
        rapid_shutdown: RapidShutdown,
        enters: EnterService,
        truth: EnergyTruth,
    ) -> None:
        self._world, self._network, self._relay = world, network, relay
        self.legs = legs
        self._grid, self._inverters, self.limits = grid, inverters, limits
        self._rapid_shutdown, self._enters = rapid_shutdown, enters
        step_s = world.assumptions.physics.profile_step_s
        self._sun = DayProfile(truth.pv_w, step_s=step_s)
        self._load = DayProfile(truth.load_w, step_s=step_s)
        self._reserve_pct = truth.reserve_pct
        self.fleet = Batteries([_battery(world, encharge) for encharge in encharges])
        self.island = Island(world)
        self._pre_island = PreIsland(world, relay)
        self.generator = Generator(
            world,
            relay=relay,
            settings=settings,
            batteries=self.fleet,
            island=self.island,
            clock=network.clock,
        )
        self._dispatch = Dispatch(
            world,
            batteries=self.fleet,
            island=self.island,
            generator=self.generator,
            limits=limits,
            settings=settings,
            reserve_pct=self._reserve,
        )
        self._settings = settings
        self._counters = MeterCounters(world, legs.count, meters=meters, settings=settings)
        self._decision = Decision(DARK, 0)
        self._on_legs = (DARK,) * legs.count
        self._shared = (0, 0, inverters.awake)
        self._uncounted_us = 0
        self._lived_us = _us(world.now_s)
        self._wake: int | None = None
        self.on_told: Callable[[], None] = _nobody
        """Called when a battery has reported; set by whoever follows what the gateway knows."""
        self.account_nj = dict.fromkeys(FLOWS, 0)
        """What has flowed since the site was built."""
        world.add(ACTOR, self)
        world.watch(self.look)
        relay.guards.watch(Guard.LOW_CHARGE, self._is_at_very_low_charge)
        relay.guards.watch(Guard.OVERLOAD, self._would_be_overloaded)
        network.on_report = self.take_report
        network.on_power = self.battery_switched
        for battery in self.fleet:
            battery.report()
        world.touch()

    def live(self) -> None:
        """Bring charge and counters up to now."""
        self._world.settle()
        self._live()
        self._count()

    @property
    def batteries(self) -> Mapping[str, Battery]:
        """By serial number, as they are; brought up to now."""
        self._world.settle()
        self._live()
        return self.fleet.by_serial_number

    @property
    def counters(self) -> MeterCounters:
        """What the meters have counted until now."""
        self.live()
        return self._counters

    @property
    def flows(self) -> Flows:
        """The powers at this moment."""
        self._world.settle()
        return self._decision.flows

    @property
    def decision(self) -> Decision:
        """What they follow from."""
        self._world.settle()
        return self._decision

    @property
    def frequency_hz(self) -> float:
        """Of the site: an island raises it to curtail its sun (the height is assumed)."""
        if not self._relay.is_open:
            return self._grid.frequency_hz
        if self.flows == DARK:
            return 0.0
        rise_hz = self._world.assumptions.physics.island_rise_hz
        if self._world.has_defect("island-stays-at-nominal"):
            rise_hz = 0.0
        if self._world.has_defect("island-frequency-runs-away"):
            rise_hz *= 1.5
        return self._grid.nominal_hz + rise_hz * self.decision.curtailed

    @property
    def voltage_v(self) -> float:
        """Of each leg of the site; an island's is the nominal one."""
        if not self._relay.is_open:
            return self._grid.voltage_v
        return 0.0 if self.flows == DARK else self._grid.nominal_v

    @property
    def is_island(self) -> bool:
        """Whether the mains contactor is open."""
        return self._relay.is_open

    @property
    def reserve_pct(self) -> float:
        """What the batteries keep on the grid."""
        return self._reserve_pct

    @reserve_pct.setter
    def reserve_pct(self, reserve_pct: float) -> None:
        self._reserve_pct = reserve_pct
        self._world.touch()

    def _reserve(self) -> float:
        return self._reserve_pct

    def ask(
        self,
        *,
        pv_w: float | Mapping[str, float] | None = None,
        load_w: float | Mapping[str, float] | None = None,
    ) -> None:
        """From now on the sun gives, the house takes: always the same, or by time of day."""
        step_s = self._world.assumptions.physics.profile_step_s
        if pv_w is not None:
            self._sun = DayProfile(pv_w, step_s=step_s)
        if load_w is not None:
            self._load = DayProfile(load_w, step_s=step_s)
        self._world.touch()

    def set_charge(self, soc_pct: float, *serial_numbers: str) -> None:
        """Give these batteries (all, where none is named) this charge, and have them tell it."""
        for battery in self.batteries.values():
            if not serial_numbers or battery.serial_number in serial_numbers:
                battery.soc_pct = soc_pct
                battery.report()
        self._world.touch()

    def _is_at_very_low_charge(self) -> bool:
        """Whether no battery that is heard has charge enough for a commanded island."""
        if self._world.has_defect("opens-without-charge"):
            return False
        least_pct = self._settings.tariff.storage_settings.very_low_soc
        least_pct += self._world.assumptions.relay.user_commanded_offgrid_vls_offset
        batteries = self.batteries
        return not any(batteries[each].is_above(least_pct) for each in self._relay.sources)

    def _would_be_overloaded(self) -> bool:
        if not self._world.assumptions.relay.overload_holds_back:
            return False
        return self._asked().load_mw > rated_mw([*self.batteries.values()])

    @property
    def aggregate(self) -> Aggregate:
        """What the gateway says of all batteries together."""
        kept = self._world.has_defect("sums-keep-a-lost-battery")
        listed = [(battery, view.communicating or kept) for battery, view in self.listed]
        if self._network.has_restarted and self._world.has_defect("restart-forgets-a-battery"):
            listed = listed[:-1]
        return aggregate(listed)

    @property
    def listed(self) -> list[tuple[Battery, NodeView]]:
        """The batteries that the gateway has in its inventory, as it sees them."""
        return [
            (self.fleet.by_serial_number[serial], self._network.view(serial))
            for serial in self._network.inventory
            if serial in self.fleet.by_serial_number
        ]

    def take_report(self, serial_number: str) -> None:
        """A device has just reported."""
        battery = self.fleet.by_serial_number.get(serial_number)
        if battery is not None:
            self._live()
            if not self._world.has_defect("charge-stands-still"):
                battery.report()
            if self._world.has_defect("charge-leaps") and self._world.now_s // 300 % 2:
                battery.reported_soc_pct = max(0, battery.reported_soc_pct - 20)
            self.on_told()

    def battery_switched(self, serial_number: str, on: bool) -> None:
        """Its power was cut, or is back."""
        battery = self.fleet.by_serial_number.get(serial_number)
        if battery is not None:
            self._live()
            battery.is_on = on
            self._world.touch()

    def look(self) -> None:
        """Live until now as decided before, and decide anew."""
        self._live()
        self._decision = self.decide()
        flows = self._decision.flows
        powers_mw = {battery.serial_number: battery.power_mw for battery in self.fleet}
        on_legs = self.legs.of(flows, powers_mw, is_island=self.is_island)
        shared = (flows.pv_mw, self._sun_mw(), self._inverters.awake)
        if (on_legs, shared) != (self._on_legs, self._shared):
            self._count()
            self._on_legs, self._shared = on_legs, shared
            self._inverters.share(*shared[:2])
        self._world.cancel(self._wake)
        ahead_s = self._changes_in_s()
        self._wake = None if ahead_s is None else self._world.after(ahead_s, ACTOR, "wake")

    def decide(self) -> Decision:
        """The powers as things are now."""
        self._enters.follow_grid(is_gone=self._grid.is_gone and not self._relay.is_open)
        asked = self._asked()
        if not self._relay.is_open:
            if self._grid.is_gone:
                return self._dispatch.without_ac()
            if self._is_shut_down:
                return self._dispatch.shut_down(asked)
            return self._dispatch.on_grid(asked, top_up_mw=self._pre_island.top_up_mw)
        if self._is_shut_down:
            return self._dispatch.without_ac()
        if self.generator.is_closed:
            return self._dispatch.beside_generator(asked)
        was_dark = self.island.is_dark
        decision = self._dispatch.in_island(asked)
        if self.island.is_dark is not was_dark:
            self._world.touch()  # a generator may have to start
        return decision

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """Something has been reached: by the charge, too, which others look at before this does."""
        self._wake = None
        self._live()
        self._world.touch()

    def _live(self) -> None:
        now_us = _us(self._world.now_s)
        for_us, self._lived_us = now_us - self._lived_us, now_us
        if for_us == 0:
            return
        for battery in self.fleet:
            battery.live(for_us)
        self._uncounted_us += for_us
        for name in FLOWS:
            self.account_nj[name] += getattr(self._decision.flows, name) * for_us

    def _count(self) -> None:
        """Meters and inverters, only where their powers change or somebody looks: there are many."""
        for_us, self._uncounted_us = self._uncounted_us, 0
        self._inverters.live(for_us)
        self._counters.live(self._on_legs, for_us)

    def _asked(self) -> Asked:
        could_mw = self._inverters.power_mw(self._sun_mw())
        cap_mw = self.limits.share_of_sun_mw
        could_mw = could_mw if cap_mw is None else min(could_mw, cap_mw)
        share = 1.0
        if not self._relay.is_open:
            share = self._pre_island.share_of_sun * self._grid.share_of_sun
        if self._enters.stands_by:
            standby_mw = round(self._world.assumptions.physics.pv_standby_w * 1000)
            pv_mw = int(standby_mw * self._inverters.share_awake)
        else:
            may_mw = self._inverters.capped_mw(could_mw, share=self._enters.share)
            pv_mw = int(may_mw * share)
        load_mw = self._load.at(self._world.unix_time + MICROSECOND_S)
        return Asked(pv_mw, int(could_mw * share), load_mw)

    def _sun_mw(self) -> int:
        return self._sun.at(self._world.unix_time + MICROSECOND_S)

    @property
    def _is_shut_down(self) -> bool:
        defect = self._world.has_defect("rapid-shutdown-spares-the-sun")
        return self._rapid_shutdown.is_active and not defect

    def _changes_in_s(self) -> float | None:
        """What is a microsecond away has been reached: decided for already, or of no account."""
        now_s, unix_s = self._world.now_s, self._world.unix_time + MICROSECOND_S
        physics = self._world.assumptions.physics
        ahead = [self._sun.changes_in_s(unix_s), self._load.changes_in_s(unix_s)]
        very_low_pct = self._settings.tariff.storage_settings.very_low_soc
        marks = (self._reserve_pct, very_low_pct, physics.dead_soc_pct)
        reached_us = [battery.next_threshold_us(marks) for battery in self.fleet]
        soc_pct = self.generator.waits_for_soc_pct
        if soc_pct is not None:
            reached_us.append(self.fleet.reach_us(soc_pct))
        ahead += [None if us is None else us / PPM for us in reached_us]
        later = [each for each in ahead if each is not None and each > MICROSECOND_S]
        enters_s, leaves_s = self._enters.changes_in_s, self._pre_island.changes_in_s
        steps = (enters_s, leaves_s, self.island.next_load_in_s)
        later += [each for each in steps if each is not None]
        due = (at_s - now_s for at_s in (*self.limits.due_s, self.island.until_s) if at_s)
        later += [wait_for(each) for each in due if not has_come(each)]
        return min(later, default=None)


def _nobody() -> None:
    pass


def _us(at_s: float) -> int:
    return round(at_s * PPM)


def _battery(world: World, truth: EnchargeTruth) -> Battery:
    physics = world.assumptions.physics
    battery = Battery(
        serial_number=truth.serial_number,
        capacity_wh=truth.capacity_wh,
        rated_power_w=truth.rated_power_w,
        phase=truth.phase,
        stored_nj=0,
        one_way_ppm=round(PPM * math.sqrt(physics.eta_round_trip)),
        idle_mw=round(physics.idle_w * 1000),
        recharge_pct=physics.recharge_pct,
    )
    battery.soc_pct = truth.soc_pct
    return battery
