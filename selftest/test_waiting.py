"""Waiting: when it looks, when it gives up, what it tells."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.clock import JumpingClock, LimitedClock
from hil.errors import Changed, NotInTime, OutOfTime, ProductError
from hil.waiting import Waiting

Told = list[tuple[str, list[tuple[float, object]], str]]


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def told() -> Told:
    return []


@pytest.fixture
def wait(clock: JumpingClock, told: Told) -> Waiting:
    return Waiting(clock, lambda wait: told.append((wait.what, wait.history, wait.ended)))


def counting(values: list[str]) -> Iterator[str]:
    yield from values
    while True:
        yield values[-1]


def test_what_is_true_at_once_costs_no_time(wait: Waiting, clock: JumpingClock) -> None:
    assert wait.until(lambda: 7, lambda seen: seen == 7, what="seven", within_s=10) == 7
    assert clock.now() == 0


def test_a_wait_in_vain_tells_each_value_once_with_when_it_came(wait: Waiting, told: Told) -> None:
    values = counting(["joined", "joined", "silent", "orphan"])
    with pytest.raises(NotInTime) as late:
        wait.until(lambda: next(values), lambda seen: seen == "back", what="rejoin", within_s=5)
    assert str(late.value) == (
        "rejoin: not within 5 s; saw joined (0 s) → silent (2 s) → orphan (3 s)"
    )
    assert told == [("rejoin", [(0, "joined"), (2, "silent"), (3, "orphan")], "not in time")]


def test_the_last_look_is_at_the_end_of_the_budget(wait: Waiting, clock: JumpingClock) -> None:
    looks: list[float] = []

    def late() -> bool:
        looks.append(clock.now())
        return clock.now() >= 10

    assert wait.until(late, bool, what="late", within_s=10, every_s=4)
    assert looks == [0, 4, 8, 10]


@given(now_s=st.floats(0, 1e6), within_s=st.floats(0.01, 1e4), every_s=st.floats(0.1, 100))
def test_a_wait_in_vain_ends_at_its_deadline_whatever_the_numbers(
    now_s: float, within_s: float, every_s: float
) -> None:
    clock = JumpingClock()
    clock.sleep(now_s)
    with pytest.raises(NotInTime):
        Waiting(clock).until(
            lambda: 0, bool, what="never", within_s=within_s, every_s=max(every_s, within_s / 50)
        )
    assert clock.now() == pytest.approx(now_s + within_s)


def test_the_grain_of_a_paced_clock_is_added_to_the_budget_and_told() -> None:
    class Paced(JumpingClock):
        grain_s = 0.5

    clock = Paced()
    with pytest.raises(NotInTime, match=r"not within 2 s \(\+0.5 s grain of the paced clock\)"):
        Waiting(clock).until(lambda: 0, bool, what="never", within_s=2)
    assert clock.now() == 2.5


def test_what_the_look_itself_raises_passes_through(wait: Waiting, told: Told) -> None:
    def gone() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wait.until(gone, bool, what="gone", within_s=5)
    assert told == [("gone", [], "interrupted")]


def test_what_must_stay_is_looked_at_until_the_end(wait: Waiting, clock: JumpingClock) -> None:
    assert wait.stays(clock.now, lambda at: at <= 60, what="calm", for_s=60, every_s=7) == 60


def test_a_change_ends_it_at_once_and_is_the_products(wait: Waiting) -> None:
    values = counting(["closed", "closed", "open"])
    with pytest.raises(Changed) as changed:
        wait.stays(lambda: next(values), lambda seen: seen == "closed", what="relay", for_s=60)
    assert str(changed.value) == ("relay: changed after 2 s of 60 s; saw closed (0 s) → open (2 s)")
    assert isinstance(changed.value, ProductError)


def test_a_test_that_uses_up_its_rig_time_is_ended_there() -> None:
    inner = JumpingClock()
    clock = LimitedClock(inner)
    clock.limit(100, what="test_forever")
    with pytest.raises(OutOfTime, match="test_forever used up its 100 s of rig time"):
        Waiting(clock).until(lambda: 0, bool, what="never", within_s=1000, every_s=7)
    assert inner.now() == 100


def test_a_lifted_limit_limits_nothing() -> None:
    clock = LimitedClock(JumpingClock())
    clock.limit(100, what="test_forever")
    clock.limit(None)
    clock.sleep(1000)
    assert clock.now() == 1000
