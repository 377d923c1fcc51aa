"""Random days and faults: whatever happens to a site, its account balances and its tables hold.

10,000 steps in CI; a million with `make long` (selftest/long/test_energy_for_long.py).
"""

import copy
import json
import math
from pathlib import Path

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from hil.simulator.energy import FLOWS
from hil.simulator.flows import DARK
from hil.simulator.generator import GeneratorState
from hil.simulator.grid import AT_ONCE
from hil.simulator.meters import CONSUMPTION
from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import answer
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site
from hil.vocabulary.grid import MainsState
from selftest.simulator.energy_audit import EnergyAudit
from selftest.simulator.site_machine import LASTS, SiteMachine

SITES = Path(__file__).parents[2] / "sites"
NAMES = ("split-phase-generator", "three-phase-emea", "battery-only")
FRESH = {name: build_site(load_site(SITES / f"{name}.yaml"), epoch=DEFAULT_EPOCH) for name in NAMES}
STEPS_PER_RUN = 100
FILLED = 0.8
"""Share of that which a run has at least, on the average: Hypothesis ends some early."""
SLEWS = st.sampled_from([AT_ONCE, AT_ONCE, 0.5])
"""V/s, Hz/s."""
TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
DAYS = st.dictionaries(TIMES, st.integers(0, 9000).map(float), min_size=1, max_size=5)
"""Of sun or house, W at times of day."""
POWERS = st.sampled_from([0.0, 20.0, 300.0, 650.0, 1500.0, 2600.0, 4000.0, 15_000.0])


class EnergyMachine(SiteMachine):
    """One site, and everything that may happen to its power."""

    steps = 0

    @initialize(name=st.sampled_from(NAMES))
    def begins(self, name: str) -> None:
        self.begin_with(copy.deepcopy(FRESH[name]))

    def begin_with(self, site: Site) -> None:
        self.begin_site(site)
        self.serials = [each.serial_number for each in self.site.truth.encharges]
        self.audit = EnergyAudit(self.site)
        self.begin_anew()

    @rule(pv_w=POWERS, load_w=POWERS)
    def sun_and_house_change(self, pv_w: float, load_w: float) -> None:
        self.audit.asked(pv_w=pv_w, load_w=load_w)
        self.site.energy.ask(pv_w=pv_w, load_w=load_w)

    @rule(sun=DAYS, house=DAYS)
    def the_day_is_another(self, sun: dict[str, float], house: dict[str, float]) -> None:
        self.audit.asked(pv_w=sun, load_w=house)
        self.site.energy.ask(pv_w=sun, load_w=house)

    @rule(
        soc_pct=st.sampled_from([0.0, 1.9, 2.0, 9.9, 10.0, 20.0, 50.0, 75.0, 98.9, 99.99, 100.0]),
        data=st.data(),
    )
    def charge_is_another(self, soc_pct: float, data: st.DataObject) -> None:
        self.batteries_hold(soc_pct, data.draw(st.sampled_from(self.serials)))

    @rule(lasts_s=LASTS)
    def grid_fails(self, lasts_s: float | None) -> None:
        self.site.grid.switch(on=False)
        self.after(lasts_s, lambda: self.site.grid.switch(on=True))

    @rule()
    def grid_is_as_it_should_be(self) -> None:
        grid = self.site.grid
        grid.switch(on=True)
        grid.set_voltage(to=grid.nominal_v, slew=AT_ONCE)
        grid.set_frequency(to=grid.nominal_hz, slew=AT_ONCE)

    @rule(volts=st.sampled_from([0.4, 0.9, 1.07, 1.25]), slew=SLEWS, lasts_s=LASTS)
    def grid_sags_or_swells(self, volts: float, slew: float, lasts_s: float | None) -> None:
        grid = self.site.grid
        grid.set_voltage(to=volts * grid.nominal_v, slew=slew)
        self.after(lasts_s, lambda: grid.set_voltage(to=grid.nominal_v))

    @rule(hertz=st.sampled_from([-4.0, -1.2, -0.3, 0.05, 0.3, 3.0]), slew=SLEWS, lasts_s=LASTS)
    def grid_is_fast_or_slow(self, hertz: float, slew: float, lasts_s: float | None) -> None:
        grid = self.site.grid
        grid.set_frequency(to=grid.nominal_hz + hertz, slew=slew)
        self.after(lasts_s, lambda: grid.set_frequency(to=grid.nominal_hz))

    @rule(
        share=st.sampled_from([0.8, 1.02, 1.4, 1.6]),
        lasts_s=st.sampled_from([9.0, 11.0, 100.0, 500.0]),
        soc_pct=st.sampled_from([10.1, 60.0]),
    )
    def an_island_has_a_heavy_load(self, share: float, lasts_s: float, soc_pct: float) -> None:
        """So much of what its batteries are rated for."""
        rated_w = sum(each.rated_power_w for each in self.site.truth.encharges)
        self.sun_and_house_change(pv_w=0.0, load_w=rated_w * share)
        self.batteries_hold(soc_pct)
        self.grid_fails(lasts_s=lasts_s)

    @rule(wanted=st.sampled_from([MainsState.OPEN, MainsState.CLOSED]))
    def relay_is_commanded(self, wanted: MainsState) -> None:
        self.site.relay.command(wanted)

    @rule(command=st.sampled_from(["on", "off", "auto"]), start=st.integers(1, 60))
    def generator_is_set(self, command: str, start: int) -> None:
        if self.site.settings.gen_config is None or self.site.settings.gen_schedule is None:
            return
        self.site.settings.change_gen_mode({"gen_cmd": command})
        schedule = self.site.settings.gen_schedule.model_dump()
        window = {"start_soc": start, "stop_soc": start + 10}
        self.site.settings.change_gen_schedule(schedule | {"default_soc": window})

    @rule(
        soft=st.booleans(),
        hard=st.booleans(),
        limit_w=st.sampled_from([0.0, 500.0, 3000.0]),
        response_ms=st.sampled_from([0.0, 2000.0]),
    )
    def export_is_limited(self, soft: bool, hard: bool, limit_w: float, response_ms: float) -> None:
        self.site.settings.change_pel(
            {
                "PEL": soft or hard,
                "Soft_PEL": soft,
                "Hard_PEL": hard,
                "PEL_Limit": limit_w,
                "Resp_Time_SoftPEL": response_ms,
                "Resp_Time_HardPEL": response_ms,
                "Comm_Time_Loss": 120_000.0,
            }
        )

    @rule(
        mode=st.sampled_from(["self-consumption", "backup"]),
        very_low=st.integers(5, 25),
        from_grid=st.booleans(),
    )
    def tariff_is_another(self, mode: str, very_low: int, from_grid: bool) -> None:
        tariff = self.site.settings.tariff.model_dump()
        changes = {"mode": mode, "very_low_soc": very_low, "charge_from_grid": from_grid}
        tariff["storage_settings"] |= changes
        self.site.settings.change_tariff(tariff)

    @rule(reserve_pct=st.sampled_from([0.0, 20.0, 57.3, 100.0]))
    def another_reserve_is_kept(self, reserve_pct: float) -> None:
        self.site.energy.reserve_pct = reserve_pct

    @rule(enable=st.booleans(), pct=st.sampled_from([-100.0, -3.1, 0.0, 40.0, 100.0]))
    def batteries_are_told_a_set_point(self, enable: bool, pct: float) -> None:
        self.site.settings.change_set_point({"enable": enable, "setpoint_pct": pct})

    @rule(enable=st.booleans(), pct=st.sampled_from([0, 35, 100]))
    def the_sun_is_limited(self, enable: bool, pct: int) -> None:
        self.site.settings.change_pv_limit({"enable": enable, "pv_limit_pct": pct})

    @rule(
        sun=st.booleans(),
        batteries=st.booleans(),
        panel=st.booleans(),
        breaker_a=st.sampled_from([0.0, 2.0, 15.0]),
    )
    def breakers_are_spared(
        self, sun: bool, batteries: bool, panel: bool, breaker_a: float
    ) -> None:
        names = ("PVOversubscription", "EnchargeOversubscription", "MPUAvoidance")
        breakers = ("pvBreaker", "enchargeBreaker", "mainPanelDERBreaker")
        offering = dict(zip(names, (sun, batteries, panel), strict=True))
        rated = dict.fromkeys(breakers, breaker_a)
        self.site.settings.change_pcs({"pcsOffering": offering, **rated})

    @rule(data=st.data(), is_on=st.booleans())
    def an_inverter_loses_its_power(self, data: st.DataObject, is_on: bool) -> None:
        if not self.site.truth.inverters:
            return
        truth = data.draw(st.sampled_from(self.site.truth.inverters))
        inverter = self.site.energy._inverters.by_serial_number[truth.serial_number]
        if is_on:
            inverter.power_on()
        else:
            inverter.power_off()

    @rule(lasts_s=LASTS)
    def somebody_shuts_the_site_down(self, lasts_s: float | None) -> None:
        self.site.rapid_shutdown.power_off()
        self.after(lasts_s, self.site.rapid_shutdown.power_on)

    @rule()
    def the_shutdown_ends(self) -> None:
        self.site.rapid_shutdown.power_on()

    @rule(is_lost=st.booleans())
    def the_export_is_not_measured(self, is_lost: bool) -> None:
        self.site.settings.disabled_meters = frozenset({CONSUMPTION} if is_lost else ())

    @rule(start=st.integers(0, 1439))
    def the_generator_is_exercised(self, start: int) -> None:
        if self.site.settings.gen_schedule is None:
            return
        schedule = self.site.settings.gen_schedule.model_dump()
        exercise = {"freq_in_weeks": 1, "start": start, "duration": 10, "day": "Mon"}
        self.site.settings.change_gen_schedule(schedule | {"exercise_config": exercise})

    @invariant()
    def the_second_account_agrees(self) -> None:
        EnergyMachine.steps += 1
        self.audit.look()

    @invariant()
    def the_account_balances_to_the_nanojoule(self) -> None:
        energy = self.site.energy
        assert energy.batteries
        moved = {name: energy.account_nj[name] - self.before_nj[name] for name in FLOWS}
        assert moved["load_mw"] == sum(moved[name] for name in FLOWS if name != "load_mw")
        gained_nj = self.stored() - self.stored_nj
        assert gained_nj + self.lost() - self.lost_nj == -moved["storage_mw"]

    @invariant()
    def charge_is_within_its_bounds(self) -> None:
        for battery in self.site.energy.batteries.values():
            assert 0 <= battery.stored_nj <= battery.capacity_nj
            assert 0 <= battery.reported_soc_pct <= 100
            if not battery.is_on:
                assert battery.power_mw == 0

    @invariant()
    def the_relays_exclude_each_other(self) -> None:
        energy, relay = self.site.energy, self.site.relay
        if energy.generator.state is GeneratorState.CLOSED:
            assert relay.is_open
        if self.site.rapid_shutdown.is_active:
            assert (energy.flows.pv_mw, energy.flows.storage_mw) == (0, 0)
        if energy.island.is_dark and relay.is_open and not energy.generator.is_closed:
            assert energy.flows == DARK

    @invariant()
    def deciding_again_decides_the_same(self) -> None:
        """Nothing that a power follows from has changed unnoticed."""
        flows = self.site.energy.flows
        self.site.energy.look()
        assert self.site.energy.flows == flows

    @rule()
    def somebody_looks(self) -> None:
        meters = json.loads(answer(self.site, Request("GET", "/ivp/livedata/status")).body)[
            "meters"
        ]
        sources = [meters[name] for name in ("pv", "storage", "grid", "generator")]
        for key, load in meters["load"].items():
            assert load == sum(source[key] for source in sources)
        assert (meters["main_relay_state"], meters["gen_relay_state"]) != (1, 7)

    def batteries_hold(self, soc_pct: float, *serial_numbers: str) -> None:
        self.audit.forget()
        self.site.energy.set_charge(soc_pct, *serial_numbers)
        self.begin_anew()

    def begin_anew(self) -> None:
        self.stored_nj, self.lost_nj = self.stored(), self.lost()
        self.before_nj = dict(self.site.energy.account_nj)

    def stored(self) -> int:
        return sum(each.stored_nj for each in self.site.energy.batteries.values())

    def lost(self) -> int:
        return sum(each.lost_nj for each in self.site.energy.batteries.values())


def live(steps: int, *, seeded: int | None = None) -> int:
    """Random runs with at least about so many steps; how many it were.

    `seeded`: the same runs each time, another number others.
    """
    before = EnergyMachine.steps
    machine = type("SeededEnergyMachine", (EnergyMachine,), {})
    if seeded is not None:
        machine = seed(seeded)(machine)
    chosen = settings(
        max_examples=math.ceil(steps / STEPS_PER_RUN / FILLED),
        stateful_step_count=STEPS_PER_RUN,
        deadline=None,
        # What another piece has failed at would be tried first: each is the same, alone or not.
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)
    return EnergyMachine.steps - before


def test_ten_thousand_steps_of_random_days_and_faults() -> None:
    # The same each time: other runs are those of `make long`.
    assert live(10_000, seeded=2026) >= 10_000
