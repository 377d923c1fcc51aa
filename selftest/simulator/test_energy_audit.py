"""The second account of energy sees a simulator that is wrong: short lives, told in the machine's rules."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hil.simulator.generator import Generator
from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.site import build_site
from hil.simulator.site_file import load_site
from selftest.simulator.test_energy_machine import SITES, EnergyMachine

Story = Callable[[EnergyMachine], None]


def begun(*, site: str = "split-phase-generator", defect: str | None = None) -> EnergyMachine:
    machine = EnergyMachine()
    truth = load_site(Path(SITES) / f"{site}.yaml")
    defects = () if defect is None else (defect,)
    machine.begin_with(build_site(truth, epoch=DEFAULT_EPOCH, defects=defects))
    return machine


def an_hour(machine: EnergyMachine) -> None:
    for _ in range(4):
        machine.time_passes(for_s=900.0)


def the_mains_are_opened(machine: EnergyMachine) -> None:
    machine.sun_and_house_change(pv_w=900.0, load_w=300.0)
    machine.grid_fails(lasts_s=61.0)
    machine.grid_fails(lasts_s=420.0)


def a_night_at_the_reserve(machine: EnergyMachine) -> None:
    machine.sun_and_house_change(pv_w=0.0, load_w=1500.0)
    machine.another_reserve_is_kept(reserve_pct=57.3)
    an_hour(machine)


def an_island_runs_low(machine: EnergyMachine) -> None:
    machine.generator_is_set(command="off", start=30)
    machine.an_island_has_a_heavy_load(share=0.8, lasts_s=900.0, soc_pct=10.1)


def an_island_has_too_much_sun(machine: EnergyMachine) -> None:
    machine.sun_and_house_change(pv_w=9000.0, load_w=20.0)
    machine.batteries_hold(soc_pct=98.9)
    machine.grid_fails(lasts_s=420.0)


def a_load_is_too_heavy_for_long(machine: EnergyMachine) -> None:
    machine.generator_is_set(command="off", start=30)
    machine.an_island_has_a_heavy_load(share=1.4, lasts_s=900.0, soc_pct=60.0)


def a_day_is_limited(machine: EnergyMachine) -> None:
    machine.sun_and_house_change(pv_w=9000.0, load_w=650.0)
    machine.batteries_hold(soc_pct=100.0)
    machine.export_is_limited(soft=True, hard=False, limit_w=0.0, response_ms=2000.0)
    machine.time_passes(for_s=46.0)


def a_hard_limit(machine: EnergyMachine) -> None:
    machine.sun_and_house_change(pv_w=9000.0, load_w=650.0)
    machine.export_is_limited(soft=False, hard=True, limit_w=0.0, response_ms=2000.0)
    machine.batteries_are_told_a_set_point(enable=True, pct=100.0)
    machine.time_passes(for_s=46.0)


def batteries_export_under_a_soft_limit(machine: EnergyMachine) -> None:
    machine.sun_and_house_change(pv_w=300.0, load_w=20.0)
    machine.export_is_limited(soft=True, hard=False, limit_w=500.0, response_ms=0.0)
    machine.batteries_are_told_a_set_point(enable=True, pct=100.0)
    machine.time_passes(for_s=46.0)


def a_load_is_left_out_while_the_sun_stands_by(machine: EnergyMachine) -> None:
    machine.generator_is_set(command="off", start=30)
    machine.an_island_has_a_heavy_load(share=1.4, lasts_s=900.0, soc_pct=60.0)
    machine.grid_fails(lasts_s=None)
    machine.time_passes(for_s=900.0)
    machine.somebody_shuts_the_site_down(lasts_s=12.0)
    machine.time_passes(for_s=900.0)


def a_day_of_power(machine: EnergyMachine) -> None:
    machine.the_day_is_another(
        sun={"06:30": 0.0, "12:10": 1100.0, "12:50": 40.0},
        house={"12:01": 17.0, "13:30": 2500.0},
    )
    an_hour(machine)


def a_shutdown(machine: EnergyMachine) -> None:
    machine.sun_and_house_change(pv_w=900.0, load_w=300.0)
    machine.somebody_shuts_the_site_down(lasts_s=61.0)
    machine.time_passes(for_s=900.0)


def the_sun_is_limited(machine: EnergyMachine) -> None:
    machine.sun_and_house_change(pv_w=900.0, load_w=300.0)
    machine.the_sun_is_limited(enable=True, pct=35)
    machine.time_passes(for_s=46.0)


def a_set_point_is_told(machine: EnergyMachine) -> None:
    machine.batteries_are_told_a_set_point(enable=True, pct=-100.0)
    machine.time_passes(for_s=46.0)


def a_generator_is_too_small(machine: EnergyMachine) -> None:
    machine.generator_is_set(command="on", start=30)
    machine.sun_and_house_change(pv_w=0.0, load_w=15_000.0)
    machine.grid_fails(lasts_s=420.0)


def a_generator_has_little_to_do(machine: EnergyMachine) -> None:
    machine.generator_is_set(command="on", start=30)
    machine.sun_and_house_change(pv_w=900.0, load_w=1000.0)
    machine.batteries_hold(soc_pct=100.0)
    machine.grid_fails(lasts_s=420.0)


def batteries_are_a_backup(machine: EnergyMachine) -> None:
    machine.sun_and_house_change(pv_w=0.0, load_w=650.0)
    machine.tariff_is_another(mode="backup", very_low=10, from_grid=False)
    machine.time_passes(for_s=46.0)
    machine.tariff_is_another(mode="backup", very_low=10, from_grid=True)
    machine.time_passes(for_s=46.0)


STORIES = (
    a_generator_is_too_small,
    a_generator_has_little_to_do,
    batteries_are_a_backup,
    a_day_of_power,
    the_mains_are_opened,
    a_night_at_the_reserve,
    an_island_runs_low,
    an_island_has_too_much_sun,
    a_load_is_too_heavy_for_long,
    a_day_is_limited,
    a_hard_limit,
    batteries_export_under_a_soft_limit,
    a_load_is_left_out_while_the_sun_stands_by,
    a_shutdown,
    the_sun_is_limited,
    a_set_point_is_told,
)


def live(machine: EnergyMachine, story: Story) -> None:
    story(machine)
    machine.the_second_account_agrees()
    machine.the_account_balances_to_the_nanojoule()


def rule_that_is_broken(machine: EnergyMachine, story: Story) -> str:
    """The function whose assertion fails."""
    with pytest.raises(AssertionError) as caught:
        live(machine, story)
    return caught.traceback[-1].name


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_simulator_without_defects_passes(story: Story) -> None:
    live(begun(), story)


@pytest.mark.parametrize(
    ("defect", "story", "rule"),
    [
        ("discharges-below-reserve", a_night_at_the_reserve, "hold_to_charge"),
        ("island-empties-its-batteries", an_island_runs_low, "hold_to_charge"),
        ("island-sun-not-curtailed", an_island_has_too_much_sun, "hold_to_charge"),
        ("sun-stands-by-for-long", the_mains_are_opened, "_judge_sun"),
        (
            "heavy-load-never-left-out",
            a_load_is_left_out_while_the_sun_stands_by,
            "_judge_excess",
        ),
        ("soft-limit-never-acts", a_day_is_limited, "_judge_excess"),
        ("export-limit-starves-the-load", a_day_is_limited, "_judge_sun"),
        ("hard-limit-never-trips", a_hard_limit, "_judge_excess"),
        ("rapid-shutdown-spares-the-sun", a_shutdown, "_judge_sun"),
        ("pv-limit-not-kept", the_sun_is_limited, "_judge_sun"),
        ("set-point-override-ignored", a_set_point_is_told, "hold_to_wish"),
    ],
)
def test_a_deliberate_defect_is_seen(defect: str, story: Story, rule: str) -> None:
    assert rule_that_is_broken(begun(defect=defect), story) == rule


def the_house_takes_another_load(machine: EnergyMachine) -> None:
    machine.site.energy.ask(load_w=650.001)


def the_sun_gives_more(machine: EnergyMachine) -> None:
    machine.site.energy.ask(pv_w=900.004)


def a_milliwatt_is_not_accounted(machine: EnergyMachine) -> None:
    machine.site.energy.account_nj["grid_mw"] += 1


def a_battery_loses_nothing(machine: EnergyMachine) -> None:
    next(iter(machine.site.energy.fleet)).one_way_ppm = 1_000_000


def a_battery_leaks(machine: EnergyMachine) -> None:
    next(iter(machine.site.energy.fleet)).stored_nj -= 1


def a_battery_does_more_than_it_is_rated_for(machine: EnergyMachine) -> None:
    machine.sun_and_house_change(pv_w=0.0, load_w=4000.0)
    next(iter(machine.site.energy.fleet)).rated_power_w += 1


def a_battery_does_nothing(machine: EnergyMachine) -> None:
    machine.sun_and_house_change(pv_w=0.0, load_w=1500.0)
    machine.site.energy._dispatch._reserve_pct = lambda: 100.0


def a_battery_does_not_live_on_itself(machine: EnergyMachine) -> None:
    machine.grid_fails(lasts_s=None)
    for battery in machine.site.energy.fleet:
        battery.idle_mw = 0
    machine.somebody_shuts_the_site_down(lasts_s=61.0)


def the_generator_gives_too_much(machine: EnergyMachine) -> None:
    machine.site.energy.generator.__class__ = StrongGenerator
    a_generator_is_too_small(machine)


def a_step_of_the_day_is_missed(machine: EnergyMachine) -> None:
    machine.the_day_is_another(sun={"00:00": 0.0}, house={"12:00": 300.0, "13:00": 900.0})
    machine.site.energy._load.changes_in_s = lambda unix_s: None  # type: ignore[method-assign]


class StrongGenerator(Generator):
    """Gives more than stands on its name plate."""

    @property
    def rated_mw(self) -> int:
        return 2 * super().rated_mw


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (the_house_takes_another_load, "_judge_load"),
        (the_sun_gives_more, "_judge_sun"),
        (a_milliwatt_is_not_accounted, "_judge"),
        (a_battery_loses_nothing, "hold_to_charge"),
        (a_battery_leaks, "the_account_balances_to_the_nanojoule"),
        (a_battery_does_more_than_it_is_rated_for, "hold_to_rating"),
        (a_battery_does_nothing, "hold_to_wish"),
        (a_battery_does_not_live_on_itself, "hold_to_charge"),
        (the_generator_gives_too_much, "_judge"),
        (a_step_of_the_day_is_missed, "_judge_load"),
    ],
)
def test_what_is_a_little_wrong_is_seen(wrong: Story, rule: str) -> None:
    machine = begun()
    machine.sun_and_house_change(pv_w=900.0, load_w=650.0)
    machine.time_passes(for_s=46.0)

    def goes_wrong(machine: EnergyMachine) -> None:
        wrong(machine)
        machine.site.world.touch()
        machine.time_passes(for_s=310.0)

    assert rule_that_is_broken(machine, goes_wrong) == rule
