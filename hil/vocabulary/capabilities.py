"""What a bench can do besides talking to its devices; `@pytest.mark.needs` asks for it."""

from enum import StrEnum


class Capability(StrEnum):
    """A rig file declares these; a test that needs another is skipped by name."""

    POWER_SWITCH = "power_switch"
    """The power of single devices can be cut and restored."""
    GATEWAY_POWER = "gateway_power"
    """The power of the gateway can be cut and restored."""
    GRID_SOURCE = "grid_source"
    """The mains come from an AC source that can be told to fail."""
    ENPOWER = "enpower"
    """There is a system switch, so the site can be an island."""
    TWO_BATTERIES = "two_batteries"
    """There are two batteries at least."""
    INVERTERS = "inverters"
    """The rig file names microinverters."""
    LIST_DELETE = "list_delete"
    """The gateway deletes several devices by one request: firmware 6.0.92 or later."""
    SINGLE_DELETE = "single_delete"
    """The gateway deletes one device a request: firmware before 6.0.92."""
    INVERTER_POWER = "inverter_power"
    """A microinverter can be cut off from AC, which makes it as silent as the night does."""
    SECOND_GRID_PROFILE = "second_grid_profile"
    """The rig file names another grid profile that a test may activate for a while."""
    FIRMWARE_UPDATE = "firmware_update"
    """The rig file names the firmware that the gateway holds for its devices: tests may install it."""
    GATEWAY_SHELL = "gateway_shell"
    """The rig file says how to get a shell on the gateway."""
    SPLIT_PHASE = "split_phase"
    THREE_PHASE = "three_phase"
