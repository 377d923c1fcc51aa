"""What a bench can do besides talking to its devices; `@pytest.mark.needs` asks for it."""

from enum import StrEnum


class Capability(StrEnum):
    """A rig file declares these; a test that needs another is skipped by name."""

    POWER_SWITCH = "power_switch"
    """The power of single devices can be cut and restored."""
    GRID_SOURCE = "grid_source"
    """The mains come from an AC source that can be told to fail."""
    ENPOWER = "enpower"
    """There is a system switch, so the site can be an island."""
    INVERTERS = "inverters"
    """The rig file names microinverters."""
    INVERTER_POWER = "inverter_power"
    """A microinverter can be cut off from AC, which makes it as silent as the night does."""
    SECOND_GRID_PROFILE = "second_grid_profile"
    """The rig file names another grid profile that a test may activate for a while."""
    SPLIT_PHASE = "split_phase"
    THREE_PHASE = "three_phase"
