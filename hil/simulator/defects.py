"""Deliberate firmware bugs: `hil simulate --defect NAME`. The suite must go red on every one."""

from collections.abc import Mapping

from hil.simulator.defect import Defect
from hil.simulator.energy_defects import ENERGY_DEFECTS
from hil.simulator.gateway_defects import GATEWAY_DEFECTS
from hil.simulator.meter_defects import METER_DEFECTS
from hil.simulator.zigbee_defects import ZIGBEE_DEFECTS

__all__ = ["DEFECTS", "Defect"]

_ALL = (
    *ZIGBEE_DEFECTS,
    Defect(
        "nonsense-turns-the-limit-over",
        "A write of the export limit that is refused turns it on or off all the same.",
        "GW-001",
        also_met_in=("site_settings",),
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
        "given-up-update-goes-on",
        "A firmware update is said to be given up, and the devices get their images all the same.",
        "FW-002",
    ),
    Defect(
        "island-update-never-begins",
        "Asked for a firmware update in an island, the gateway shows the reason of an earlier one.",
        "FW-002",
    ),
    Defect(
        "update-ignores-low-charge",
        "A firmware update goes on although the batteries are all but empty.",
        "FW-010",
        rig="sim-empty",
    ),
    Defect(
        "clock-step-loses-devices",
        "Silence is counted by the clock: one that is set ahead makes every device lost.",
        "GW-050",
    ),
    Defect(
        "reports-keep-the-wrong-clock",
        "A report keeps the date of a clock that was wrong.",
        "GW-050",
    ),
    Defect(
        "meters-have-another-clock",
        "Readings of the meters are dated by another clock than the gateway's.",
        "GW-050",
    ),
    Defect(
        "restart-forgets-a-battery",
        "After a restart the last battery is missing from the sums.",
        "GW-051",
        also_met_in=("site_settings",),
    ),
    Defect(
        "temperatures-stay-unknown",
        "After a restart the gateway does not learn again how warm its batteries are.",
        "GW-051",
    ),
    Defect(
        "contacts-read-open-for-good",
        "Normally closed contacts read open for ever after a write of their settings.",
        "SS-041",
        also_met_in=("ensemble",),
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
        "inventory-misses-the-relay",
        "The relay states of the Enpower in the inventory show the mains relay closed for ever.",
        "EN-006",
    ),
    Defect(
        "battery-relay-opens-too",
        "The first battery relay opens with the mains relay.",
        "EN-073",
    ),
    Defect(
        "outage-keeps-its-number",
        "The state number of the Enpower stays that of a closed relay in an outage.",
        "EN-010",
    ),
    Defect(
        "switch-keeps-old-profile",
        "The Enpower says that it has taken over a profile, and goes on by the one before.",
        "GP-011",
    ),
    Defect(
        "active-profile-shows-the-old-one",
        "The view of the active grid profile shows the one before.",
        "GP-001",
    ),
    Defect("export-limit-is-capped", "An export limit over 1000 is stored as 1000.", "SS-001"),
    Defect(
        "negative-limit-is-zero",
        "An export limit below 0 is accepted, and stored as 0.",
        "SS-002",
        also_met_in=("gateway",),
    ),
    Defect(
        "dead-band-never-shrinks",
        "The dead band of an export limit stays at the largest that was written.",
        "SS-003",
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
        also_met_in=("gateway",),
    ),
    Defect(
        "dry-contact-setting-forgotten",
        "Settings of a dry contact are answered with 200 and not stored.",
        "SS-012",
        also_met_in=("ensemble",),
    ),
    Defect(
        "gen-config-partly-stored",
        "Of a generator's settings, the warm-up and cool-down times are not stored.",
        "SS-013",
        rig="sim-split-phase-generator",
    ),
    Defect(
        "gen-mode-forgotten",
        "A generator command is answered with success and not stored.",
        "SS-014",
        rig="sim-split-phase-generator",
    ),
    Defect(
        "gen-schedule-swaps-hours",
        "An exercise of the generator in the afternoon is stored in the morning.",
        "SS-015",
        rig="sim-split-phase-generator",
        also_met_in=("ensemble",),
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
        also_met_in=("ensemble",),
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
        rig="sim-split-phase-generator",
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
        also_met_in=("gateway",),
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
        "light-shows-the-charge-only",
        "The light of a battery shows its charge, also while it gives or takes power.",
        "EN-077",
    ),
    Defect(
        "power-keeps-a-lost-battery",
        "A battery that is lost is still listed with the power that it had.",
        "ZB-062",
    ),
    Defect(
        "live-data-keeps-a-lost-battery",
        "Live data counts among the storage what a lost battery gives.",
        "ZB-062",
    ),
    Defect(
        "sums-keep-a-lost-battery",
        "Capacity and energy of all batteries count one that is lost.",
        "ZB-062",
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
        "opens-without-a-battery",
        "A command to open is carried out although no battery could carry the island.",
        "EN-018",
    ),
    Defect(
        "reconnects-by-another-window",
        "After an outage the window of another grid code is waited for, and not the profile's.",
        "EN-078",
        rig="sim-three-phase-emea",
    ),
    Defect(
        "closes-onto-a-bad-grid",
        "After an outage only the voltage of the grid is looked at, not its frequency.",
        "EN-016",
    ),
    Defect(
        "boards-not-listed",
        "The list of sub-modules names the devices and lacks their boards.",
        "GW-002",
    ),
)

DEFECTS: Mapping[str, Defect] = {
    defect.name: defect for defect in (*_ALL, *ENERGY_DEFECTS, *METER_DEFECTS, *GATEWAY_DEFECTS)
}
"""Every defect by its name."""
