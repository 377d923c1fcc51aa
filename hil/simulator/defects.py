"""Deliberate firmware bugs: `hil simulate --defect NAME`. The suite must go red on every one."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """A firmware bug that the simulated rig can be built with."""

    name: str
    sentence: str
    """What the firmware does wrong."""
    promise: str
    """Id of the promise (docs/promises.yaml) that it breaks."""


_ALL = (
    Defect(
        "join-ignores-dj",
        "A device that is out of the network goes on joining although DJ is 1.",
        "ZB-021",
    ),
    Defect(
        "seal-without-last-key",
        "The agent's file is written before the last device's key is in it.",
        "ZB-013",
    ),
    Defect(
        "wrong-key-accepted",
        "The coordinator lets a registered device join whatever its link key is.",
        "ZB-004",
    ),
    Defect(
        "relay-never-opens",
        "The gateway takes the command to open, and the mains relay stays closed.",
        "EN-001",
    ),
    Defect(
        "inverter-keeps-old-profile",
        "The last inverter acknowledges a new grid profile and keeps its old records.",
        "GP-002",
    ),
    Defect(
        "pcs-limit-not-stored",
        "A write of the power control settings is answered, but max_back_feed stays as it was.",
        "SS-010",
    ),
    Defect(
        "der-setting-accepts-illegal",
        "A DER port takes any word and shows it.",
        "SS-011",
    ),
    Defect(
        "dry-contact-setting-forgotten",
        "Settings of a dry contact are answered with 200 and not stored.",
        "SS-012",
    ),
    Defect(
        "gen-config-partly-stored",
        "Of a generator's settings, the warm-up and cool-down times are not stored.",
        "SS-013",
    ),
    Defect(
        "gen-mode-forgotten",
        "A generator command is answered with success and not stored.",
        "SS-014",
    ),
    Defect(
        "gen-schedule-swaps-hours",
        "The generator's exercise is stored twelve hours off.",
        "SS-015",
    ),
    Defect(
        "tariff-accepted-and-ignored",
        "A tariff is answered with 200 and not stored.",
        "SS-016",
    ),
    Defect(
        "relaxed-params-not-removed",
        "Relaxed parameters are still there after they were deleted.",
        "GP-003",
    ),
    Defect(
        "relaxed-params-stores-invalid",
        "A body that is no JSON replaces the relaxed parameters.",
        "GP-003",
    ),
    Defect(
        "inverter-status-always-applied",
        "Every inverter is told to carry the profile, however far it has got.",
        "GP-004",
    ),
    Defect(
        "power-missing-a-battery",
        "The last battery is missing where the power of each is told.",
        "EN-020",
    ),
    Defect(
        "dry-contacts-ignore-island",
        "A load that an island is to shed stays on.",
        "EN-021",
    ),
)

DEFECTS: Mapping[str, Defect] = {defect.name: defect for defect in _ALL}
"""Every defect by its name."""
