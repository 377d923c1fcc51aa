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
        "close-command-ignored",
        "The gateway takes the command to close, and the mains relay stays where it is.",
        "EN-003",
    ),
    Defect(
        "relay-chatters",
        "A command that is taken back at once moves the contactor all the same, there and back.",
        "EN-005",
    ),
    Defect(
        "outage-changes-the-command",
        "When the grid fails, the relay shows that it was commanded open.",
        "EN-010",
    ),
    Defect(
        "closes-before-the-delay",
        "After an outage the relay waits only half of the profile's reconnect delay.",
        "EN-011",
    ),
    Defect(
        "flicker-keeps-the-timer",
        "A grid that fails again during the reconnect delay does not start it anew.",
        "EN-011",
    ),
    Defect(
        "dj-survives-power",
        "A device that loses its power still has the DJ that it was set to.",
        "ZB-024",
    ),
    Defect(
        "reboot-forgets-the-seal",
        "A sealed gateway that loses its power comes back without its devices.",
        "ZB-014",
    ),
)

DEFECTS: Mapping[str, Defect] = {defect.name: defect for defect in _ALL}
"""Every defect by its name."""
