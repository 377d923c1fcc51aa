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
        "nonsense-turns-the-limit-over",
        "A write of the export limit that is refused turns it on or off all the same.",
        "GW-001",
    ),
    Defect(
        "versions-file-is-old",
        "The list of versions on the gateway names a firmware from before the last update.",
        "GW-020",
    ),
    Defect(
        "agent-file-stays-on-disk",
        "Opening the seal leaves a file behind on the gateway's disk.",
        "GW-021",
    ),
    Defect(
        "relaxed-file-stays-on-disk",
        "Deleting relaxed parameters leaves their file on the gateway's disk.",
        "GW-022",
    ),
    Defect(
        "access-point-never-starts",
        "The wireless script says that the access point was started, and nothing is.",
        "GW-023",
    ),
    Defect(
        "access-point-stays-on",
        "The first stopAP does not end the access point.",
        "GW-023",
    ),
    Defect(
        "loopback-leads-to-https",
        "The gateway leads those who are on it to HTTPS, as everybody else.",
        "GW-024",
    ),
    Defect(
        "update-keeps-the-old-firmware",
        "An update ends as successful, and the devices run what they ran before.",
        "FW-001",
    ),
    Defect(
        "update-leaves-a-device-dark",
        "The last device of an update does not start again.",
        "FW-001",
    ),
    Defect(
        "update-ignores-the-island",
        "A firmware update goes on although the site is an island.",
        "FW-002",
    ),
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
        "profile-never-retried",
        "A device that was away when the grid profile changed is never tried again.",
        "GP-005",
    ),
    Defect(
        "late-inverter-mixes-profiles",
        "An inverter that was asleep when the profile changed keeps the frequency trips it had.",
        "GP-005",
    ),
    Defect(
        "any-place-accepted",
        "A battery may be provisioned at any phase and der_index.",
        "ZB-009",
    ),
    Defect(
        "bad-serial-spoils-the-others",
        "One bad serial number makes the gateway refuse every device of the request.",
        "ZB-005",
    ),
    Defect(
        "deleted-device-stays-listed",
        "A deleted device is never taken out of the inventory.",
        "ZB-006",
    ),
    Defect(
        "delete-stops-after-the-first",
        "Of several devices in one request only the first is deleted.",
        "ZB-007",
    ),
    Defect(
        "seals-too-early",
        "The site is sealed although a registered device is not paired.",
        "ZB-010",
    ),
    Defect("seal-leaves-joining-open", "Sealing does not close the window for joining.", "ZB-011"),
    Defect(
        "reopening-keeps-the-file",
        "Reopening the site leaves the agent's file where it is.",
        "ZB-012",
    ),
    Defect(
        "lost-node-communicates",
        "A device that is out of the network is shown as communicating for ever.",
        "ZB-021",
    ),
    Defect(
        "left-node-stays-joined", "A device that left is not struck off the joined nodes.", "ZB-021"
    ),
    Defect(
        "rejoined-node-never-reports",
        "The reports of a device that was away are dropped.",
        "ZB-022",
    ),
    Defect("dj-throws-out-a-joined-node", "DJ 1 makes a joined device leave.", "ZB-023"),
    Defect(
        "synchronizing-unsaid",
        "While the island is not yet in step, the actual state reads just open.",
        "EN-002",
    ),
    Defect("closes-too-late", "The mains relay takes more than a minute to close.", "EN-003"),
    Defect(
        "modes-never-return",
        "Batteries and inverters are shown off grid after the relay has closed.",
        "EN-003",
    ),
    Defect(
        "open-again-closes",
        "The command to open, given to an island in step, closes the relay.",
        "EN-004",
    ),
    Defect(
        "closes-only-after-opening",
        "A command to close that comes before the relay has opened is obeyed only afterwards.",
        "EN-005",
    ),
    Defect(
        "live-data-misses-the-relay", "Live data shows the mains relay closed for ever.", "EN-006"
    ),
    Defect(
        "active-profile-shows-the-old-one",
        "The view of the active grid profile shows the one before.",
        "GP-001",
    ),
    Defect("export-limit-is-capped", "An export limit over 1000 is stored as 1000.", "SS-001"),
    Defect(
        "negative-limit-is-zero", "An export limit below 0 is accepted, and stored as 0.", "SS-002"
    ),
    Defect(
        "pcs-limit-not-stored",
        "A write of the power control settings is answered, and nothing of it is stored.",
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
        "An exercise of the generator in the afternoon is stored in the morning.",
        "SS-015",
    ),
    Defect(
        "export-limit-not-in-force",
        "An export limit is stored, and no rule comes of it.",
        "SS-020",
    ),
    Defect(
        "breaker-not-in-force",
        "Power control keeps to a breaker of 40 A, whatever is set.",
        "SS-021",
    ),
    Defect(
        "der-states-ignore-settings",
        "The relay view shows something on every DER port, whatever hangs on it.",
        "SS-022",
    ),
    Defect(
        "reserve-not-in-force",
        "A tariff is stored, and the batteries keep to the reserve they had.",
        "SS-024",
    ),
    Defect(
        "generator-view-ignores-settings",
        "The generator's own view shows no window, whatever its schedule says.",
        "SS-023",
    ),
    Defect(
        "tariff-accepted-and-ignored",
        "A tariff is answered with 200 and not stored.",
        "SS-016",
    ),
    Defect(
        "relaxed-params-not-removed",
        "Relaxed parameters are still there after they were deleted, until that is done again.",
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
        "meter-has-a-phase-too-many",
        "Every meter counts one phase more than it has.",
        "MT-001",
    ),
    Defect(
        "power-missing-a-battery",
        "The last battery is missing where the power of each is told.",
        "EN-020",
    ),
    Defect(
        "relay-chatters",
        "A command that is taken back at once moves the contactor all the same, there and back.",
        "EN-005",
    ),
    Defect(
        "lost-enpower-reads-open",
        "While the Enpower is out of the network its relay is shown open.",
        "EN-007",
    ),
    Defect(
        "blind-open",
        "A command that reached no Enpower is kept, and carried out once one hears it.",
        "EN-008",
    ),
    Defect(
        "unheard-command-accepted",
        "A command that reaches no Enpower is answered as if it had.",
        "EN-008",
    ),
    Defect(
        "lost-enpower-holds-on",
        "An Enpower that is out of the network does not let go of a grid that fails.",
        "EN-009",
    ),
    Defect(
        "unused-contact-sheds-too",
        "In an island the dry contacts without a use follow their actions too.",
        "EN-021",
    ),
    Defect(
        "shed-load-stays-off",
        "A load that an island has shed is not applied again when the grid is back.",
        "EN-021",
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
    Defect(
        "mac-is-ignored",
        "A device is registered by its serial number, whatever MAC it was given.",
        "ZB-015",
    ),
    Defect(
        "expired-entry-unsaid",
        "A device whose key entry has expired is shown as registered for ever.",
        "ZB-015",
    ),
    Defect(
        "unknown-serial-stops-a-delete",
        "One unknown serial number among several makes the gateway delete none of them.",
        "ZB-016",
    ),
    Defect(
        "old-release-deletes-a-list",
        "A gateway before 6.0.92 deletes the devices of a list all the same.",
        "ZB-017",
    ),
    Defect(
        "power-cut-loses-the-key",
        "A device that loses its power does not know its link key any more.",
        "ZB-018",
    ),
    Defect(
        "delete-keeps-the-key",
        "The coordinator keeps the key of a deleted device, and lets it in.",
        "ZB-019",
    ),
    Defect(
        "one-wrong-key-at-a-time",
        "While one device is named for its wrong key, no other is.",
        "ZB-020",
    ),
    Defect(
        "closed-window-admits",
        "The coordinator lets any device join although its window is closed.",
        "ZB-025",
    ),
    Defect(
        "rejoin-leaks-a-buffer",
        "Each device that joins leaves one of the gateway's message buffers in use.",
        "ZB-026",
    ),
    Defect(
        "boards-not-listed",
        "The list of sub-modules names the devices and lacks their boards.",
        "GW-002",
    ),
)

DEFECTS: Mapping[str, Defect] = {defect.name: defect for defect in _ALL}
"""Every defect by its name."""
