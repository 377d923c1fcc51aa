"""The kinds of device on an Ensemble site, by the numbers the gateway gives them."""

from enum import IntEnum


class DeviceType(IntEnum):
    """`device_type` as it appears in provisioning bodies and in status views.

    Source: interface page (13, 17); public captures (1).
    """

    PCU = 1
    """Microinverter."""
    ENCHARGE = 13
    """Storage battery."""
    ENPOWER = 17
    """System switch: the relay between site and grid."""


class BatteryLight(IntEnum):
    """`led_status` of a battery that does something; an idle one shows its charge with others.

    Source: inferred from public captures.
    """

    CHARGING = 12
    DISCHARGING = 13
