"""When a limit of power begins: after its own time, counted from its cause."""

from hil.simulator.export_limits import Delayed


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
