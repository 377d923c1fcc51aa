"""As much output as a rig makes in a night and more: all of it in the logs, in flat memory.

Four consoles at 115,200 baud say 2 GB in twelve hours. Here the devices write as fast as they are
read, twice as much: a few minutes, and 10 GB of disk while it lasts.
"""

import pytest

from benchmarks.soak import soak

MEGABYTES = 4000


@pytest.mark.timeout(3600)
def test_a_nights_output_is_recorded_in_flat_memory() -> None:
    soaked = soak(MEGABYTES)

    assert soaked.logged_lines == soaked.sent_lines, "every line is in a log"
    assert soaked.is_well, f"memory grew by {soaked.grown_mb:.0f} MB after a quarter of the way"
