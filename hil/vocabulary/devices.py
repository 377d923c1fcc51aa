"""The kinds of device on an Ensemble site, by the numbers the gateway gives them."""

from collections.abc import Mapping
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


STATE_WORDS: Mapping[int, str] = {
    6: "ENCHG_STATE_READY",
    21: "ENPWR_STATE_OPER_NO_GRID",
    24: "ENPWR_STATE_OPER_CLOSED",
    30: "ENPWR_STATE_OPER_GEN_CLOSE",
    43: "ENS_DEVICE_STATE_READY",
    63: "ENCMN_MDE_ENCHARGE_READY",
    80: "ENCMN_C6_RGM_DEV_CONNECTED",
    82: "ENCMN_C6_CC_READY",
    88: "ENCMN_MDE_ON_GRID",
}
"""`admin_state_str` by `admin_state`, as far as captures show both; there are more."""

IS_WELL = "envoy.global.ok"
"""In `device_status` of a device that is heard (public captures)."""
