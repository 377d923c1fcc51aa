"""When a limit of power begins, after its own time, counted from its cause; and what it counts."""

from pathlib import Path

from hil.simulator.export_limits import Delayed
from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.site import build_site
from hil.simulator.site_file import load_site

SITES = Path(__file__).parents[2] / "sites"


def test_it_begins_after_its_time_and_ends_with_its_cause() -> None:
    limit = Delayed()
    assert not limit.update(0.0, cause=True, after_s=2.0)
    assert limit.due_s == 2.0
    assert limit.update(2.0, cause=True, after_s=2.0)
    assert not limit.update(3.0, cause=False, after_s=2.0)
    assert limit.due_s is None


def test_a_time_that_is_shortened_while_it_waits_counts_from_the_cause() -> None:
    limit = Delayed()
    limit.update(0.0, cause=True, after_s=2.0)
    assert limit.update(1.0, cause=True, after_s=0.5)


def test_a_time_that_is_lengthened_while_it_waits_counts_from_the_cause() -> None:
    limit = Delayed()
    limit.update(0.0, cause=True, after_s=2.0)
    assert not limit.update(2.0, cause=True, after_s=5.0)
    assert limit.due_s == 5.0


def test_a_cause_that_comes_again_counts_anew() -> None:
    limit = Delayed()
    limit.update(0.0, cause=True, after_s=2.0)
    limit.update(1.0, cause=False, after_s=2.0)
    assert not limit.update(1.5, cause=True, after_s=2.0)
    assert limit.due_s == 3.5


def test_it_goes_on_for_what_keeps_it() -> None:
    limit = Delayed()
    assert limit.update(0.0, cause=True, after_s=0.0)
    assert limit.update(1.0, cause=False, keeps=True, after_s=0.0)
    assert not limit.update(2.0, cause=False, keeps=False, after_s=0.0)


def test_what_full_batteries_take_for_themselves_goes_through_their_breaker_as_well() -> None:
    truth = load_site(SITES / "large.yaml")
    site = build_site(truth, epoch=DEFAULT_EPOCH)
    full = [each.serial_number for each in truth.encharges[:3]]
    site.energy.set_charge(50.0)
    site.energy.set_charge(100.0, *full)
    offering = {"EnchargeOversubscription": True}
    site.settings.change_pcs({"pcsOffering": offering, "enchargeBreaker": 10.0})
    carries_mw = round(1000 * site.energy.limits.spared_w(10.0))
    assert site.energy.flows.storage_mw == -carries_mw
    assert all(site.energy.batteries[each].power_mw < 0 for each in full)
