"""The gateway's clock: what goes by it, what does not, and that it is right again by itself."""

from pathlib import Path

import pytest

from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site

SITES = Path(__file__).parents[2] / "sites"


@pytest.fixture
def site() -> Site:
    return build_site(load_site(SITES / "split-phase-generator.yaml"), epoch=DEFAULT_EPOCH)


def let_pass(site: Site, for_s: float) -> None:
    site.world.advance(site.world.now_s + for_s)


@pytest.mark.parametrize("by_s", [-7200, 600])
def test_a_time_server_puts_it_right_and_no_report_was_ever_of_the_future(
    site: Site, by_s: float
) -> None:
    clock = site.gateway.clock
    clock.set(site.world.unix_time + by_s)
    for _ in range(110):
        let_pass(site, 10)
        for serial_number in site.nodes:
            seen = site.network.view(serial_number)
            assert seen.communicating
            assert 0 <= clock.unix_time - seen.last_report_unix <= 301
    assert clock.off_s == 0


def exercised(site: Site, start: int, *, weeks: int = 1) -> None:
    schedule = site.settings.gen_schedule
    assert schedule is not None
    exercise = {"freq_in_weeks": weeks, "start": start, "duration": 10, "day": "Mon"}
    site.settings.change_gen_schedule(schedule.model_dump() | {"exercise_config": exercise})


def begins(site: Site, *, for_s: float) -> list[int]:
    """Minutes from now at which an exercise begins."""
    found, was_on = [], False
    for second in range(0, int(for_s), 30):
        let_pass(site, 30)
        is_on = site.energy.generator.exercise.is_on
        if is_on and not was_on:
            found.append((second + 30) // 60)
        was_on = is_on
    return found


def test_an_exercise_begins_at_its_minute_and_not_again_for_its_weeks(site: Site) -> None:
    exercised(site, 12 * 60 + 20)
    assert begins(site, for_s=3600) == [20]
    assert begins(site, for_s=8 * 86_400) == [7 * 1440 - 40]
    exercised(site, 12 * 60 + 20, weeks=3)
    assert begins(site, for_s=15 * 86_400) == []


def test_one_that_the_clock_has_passed_over_is_made_late_and_not_twice(site: Site) -> None:
    exercised(site, 12 * 60 + 20)
    site.gateway.clock.set(site.world.unix_time + 25 * 60)
    assert begins(site, for_s=900) == [0]
    site.gateway.clock.set(site.world.unix_time)
    assert begins(site, for_s=3600) == []
