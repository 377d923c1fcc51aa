"""A million steps of random days and faults on a simulated site."""

import pytest

from selftest.simulator.test_energy_machine import live

STEPS = 1_000_000


@pytest.mark.timeout(4 * 3600)
def test_a_million_steps_of_random_days_and_faults() -> None:
    assert live(STEPS) >= STEPS
