"""How much rig time a test may use, and the backstop in wall time behind it."""

import math

import pytest

DEFAULT_LIMIT_S = 7200.0
"""Rig seconds, without a `limit` marker."""

VIRTUAL_BACKSTOP_S = 120.0
"""Wall seconds for the body of a test in virtual time, where rig time costs next to nothing."""

BACKSTOP_MARGIN_S = 60.0
"""Wall seconds behind the rig-time limit, for what does not go through the clock."""


def limit_s(item: pytest.Item) -> float:
    """The rig time `item` may use. Raises ValueError with the right form of the marker."""
    marker = item.get_closest_marker("limit")
    if marker is None:
        return DEFAULT_LIMIT_S
    match marker.args, marker.kwargs:
        case (int() | float() as seconds,), {} if not marker.kwargs and seconds > 0:
            return float(seconds)
        case (), {"seconds": int() | float() as seconds} if len(marker.kwargs) == 1 and seconds > 0:
            return float(seconds)
    raise ValueError("write @pytest.mark.limit(seconds), a positive number of rig seconds")


def backstop_s(rig_limit_s: float, *, speed: float) -> float:
    """Wall seconds after which pytest-timeout ends the body of a test.

    `speed` is in rig seconds per wall second; infinite in virtual time.
    """
    if math.isinf(speed):
        return VIRTUAL_BACKSTOP_S
    return rig_limit_s / speed + BACKSTOP_MARGIN_S
