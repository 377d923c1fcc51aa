"""What one firmware of the gateway says or does and another does not, in one table.

Source, unless said otherwise: the public captures of 5.0.62 to 8.3.5433. Captures on both sides of a
bound differ; what lies between two captures is taken for the older one.
"""

from collections.abc import Mapping
from typing import Any

from hil.vocabulary.identity import Firmware


class Feature:
    """Something that only some firmware has: from `since` on, and before `until`."""

    def __init__(self, *, since: str | None = None, until: str | None = None) -> None:
        self._since = Firmware.parse(since) if since else None
        self._until = Firmware.parse(until) if until else None

    def of(self, firmware: Firmware) -> bool:
        """Whether `firmware` has it."""
        return (self._since is None or firmware >= self._since) and (
            self._until is None or firmware < self._until
        )


# The web server in front.

WEB_TOKENS = Feature(since="7.0")
"""HTTPS and tokens, and a web server that names itself, keeps connections and adds headers."""

SECURITY_HEADERS_ON_REFUSALS = Feature(since="7.3.466")

LOGIN_PAGE = Feature(since="8.0")
"""Where the 401 page leads; before it was `/home`."""

COOKIE_ON_EVERY_REPLY = Feature(since="8.3.5289")

OWNERS_SHUT_OUT = Feature(since="7.0", until="7.3.466")
"""An owner's token opens neither Ensemble's power, status, … nor the site settings (7.3.130)."""

ENSEMBLE = Feature(since="6.0")
"""`/ivp/ensemble` and the processes beside it. Captures up to 5.0.62 have none, the interface page
names 6.0.92; the version in between is inferred."""

LIST_DELETE = Feature(since="6.0.92")
"""Several devices are deleted by one request (interface page)."""

DER_INDEX = Feature(since="8.1")
"""Batteries are provisioned with the DER relay that they hang on (interface page)."""

# Documents: what only some firmware says. A key that stands nowhere here is always there.

Keys = Mapping[str, Feature]

INVENTORY: Keys = {
    "operating": Feature(until="8.0"),
    "zigbee_dongle_fw_version": Feature(until="8.0"),
    "phase": Feature(since="8.1"),
    "der_index": Feature(since="8.1"),
    "reported_enc_grid_state": Feature(since="8.2"),
    "bmu_ibl_fw_version": Feature(since="8.3.6086"),
    "isMidDevice": Feature(since="8.3.6086"),
}

RELAY: Keys = {
    "der3_state": Feature(since="8.1.41"),
    "srt12_state": Feature(since="8.2.4264"),
    "srt13_state": Feature(since="8.2.4264"),
    "user_commanded_offgrid_vls_offset": Feature(since="8.3.6086"),
}

SECONDARY_CONTROL: Keys = {
    "ENC_agg_soh": Feature(since="7.6"),
    "VLS_Limit": Feature(since="8.1.41"),
    "Commission_in_progress": Feature(since="8.1.41"),
    "Recovery_threshold_soc": Feature(since="8.1.41", until="8.2"),
    "ESS_in_progress": Feature(since="8.2"),
    "soc_rec_enabled": Feature(since="8.2"),
    "soc_recovery_entry": Feature(since="8.2"),
    "soc_recovery_exit": Feature(since="8.2"),
    "offgrid_secctrl": Feature(since="8.3.1598"),
    "ESS_R3_To_R4_in_progress": Feature(since="8.3.5433"),
    "seq_reset_needed": Feature(since="8.3.5433"),
}

STATUS: Keys = {
    **RELAY,
    **SECONDARY_CONTROL,
    "counters": Feature(until="8.0"),
    "profile": Feature(until="8.0"),
    "fakeit": Feature(until="8.2"),
    "com_interface_str": Feature(since="8.1"),
    "device_id": Feature(since="8.1"),
    "der_index": Feature(since="8.1"),
    "zb_fw_version": Feature(until="8.0"),
    "zb_bootloader_vers": Feature(until="8.0"),
}

PHASE_IS_A_WORD = Feature(since="8.0")
"""`ph-a` in the status; before, 1."""

NO_GENERATOR_IS_ABSENT = Feature(since="8.2.4264")
"""`/ivp/ensemble/generator` without one: present 0, type 1; before, the other way round."""

DRY_CONTACT_SETTINGS: Keys = {
    "essential_start_time": Feature(since="8.1.41"),
    "essential_end_time": Feature(since="8.1.41"),
    "priority": Feature(since="8.1.41"),
    "black_s_start": Feature(since="8.1.41"),
    "manual_override": Feature(since="8.1.41"),
    "safe_state_action": Feature(since="8.3.5433"),
    "black_start_retries": Feature(since="8.3.5433"),
    "action_retries": Feature(since="8.3.5433"),
    "pv_phase_select": Feature(since="8.3.5433"),
}

TARIFF: Keys = {
    "logger": Feature(since="7.0"),
    "date": Feature(since="7.0"),
    "storage_settings": Feature(since="7.0"),
    "opt_schedules": Feature(since="8.2.4264"),
    "peak_rule": Feature(since="8.2"),
}

TARIFF_SCHEDULE: Keys = {
    "filename": Feature(since="8.2"),
    "batt_mode": Feature(since="8.2"),
    "opt_schedules": Feature(since="8.2.4264"),
} | {
    name: Feature(since="7.0")
    for name in (
        "battery_mode",
        "operation_mode_sub_type",
        "charge_from_grid",
        "reserved_soc",
        "very_low_soc",
        "schedule",
        "override",
        "override_backup_soc",
        "override_chg_dischg_rate",
        "override_tou_mode",
    )
}

TARIFF_IS_NATIVE = Feature(since="8.2.127")
"""Without a Content-Type; before, the slow pages' JSON."""

LIVEDATA: Keys = {
    f"agg_{kind}_ph_{leg}_{unit}": Feature(since="8.0")
    for kind, unit in (("p", "mw"), ("s", "mva"))
    for leg in "abc"
} | {
    name: Feature(since="8.0")
    for name in ("enc_agg_soc", "enc_agg_energy", "acb_agg_soc", "acb_agg_energy")
}

INFO_IS_SORTED = Feature(since="8.3")
"""Packages by name, tabs, and no Content-Type."""
DOUBLE_QUOTES_IN_INFO = Feature(since="8.2.4286")
RELEASE_IN_INFO = Feature(since="7.3")
"""`release_ver` and `release_stage`; 8.1.41 alone lacks them (captures)."""
ESS_PACKAGES = Feature(since="7.0")

ENSEMBLES_WITH_THIRD_PARTY_PV = ("2.0",)
"""`/ivp/sc/third_party_pv` came with Ensemble 1.7 (interface page)."""

DEVICE_DATA = Feature(since="8.2.4264")
"""`/ivp/pdm/device_data`, `energy` and `production` (from which version on is inferred: real clients
ask from 8.2.4 on, the captures that have it are of 8.3)."""


def trimmed(document: Any, keys: Keys, firmware: Firmware) -> Any:
    """`document`, which has everything that any firmware says, as `firmware` says it."""
    if isinstance(document, dict):
        return {
            name: trimmed(value, keys, firmware)
            for name, value in document.items()
            if name not in keys or keys[name].of(firmware)
        }
    if isinstance(document, list | tuple):
        return [trimmed(each, keys, firmware) for each in document]
    return document
