"""A million steps of random days and faults on a simulated site, in pieces that can be run one by one.

`pytest selftest/long/test_energy_for_long.py -k piece-7` is one of them, the same each time; half an
hour for all on one processor.
"""

import pytest

from selftest.simulator.test_energy_machine import live

PIECES, STEPS = 20, 50_000


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("piece", range(PIECES), ids=lambda piece: f"piece-{piece}")
def test_a_million_steps_of_random_days_and_faults(piece: int) -> None:
    assert live(STEPS, seeded=piece) >= STEPS
