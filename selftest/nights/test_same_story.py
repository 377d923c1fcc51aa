"""A run is a function of its seed and order: two alike write the same timeline.

The whole suite so: `make long`.
"""

from pathlib import Path

from selftest.same_story import differ_first


def test_the_same_seed_and_order_tell_the_same_timeline(tmp_path: Path) -> None:
    assert (
        differ_first(tmp_path, "tests/zigbee/test_forced_loss.py", "tests/gateway/test_shell.py")
        is None
    )
