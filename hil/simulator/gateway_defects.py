"""The deliberate bugs of the gateway's own endpoints: those of the interface page, and its ways in."""

from hil.simulator.defect import Defect

GATEWAY_DEFECTS = (
    Defect(
        "gateway-temperature-in-fahrenheit",
        "The gateway tells how warm it is in degrees Fahrenheit.",
        "GW-040",
    ),
    Defect(
        "live-counters-stand-still",
        "The counters of live data, asked for by themselves, count no more.",
        "GW-041",
    ),
    Defect(
        "live-tasks-of-another-time",
        "The tasks of live data, asked for by themselves, have another time.",
        "GW-041",
    ),
    Defect(
        "live-stream-never-starts",
        "Switching the stream of live data on is answered, and it stays off.",
        "GW-042",
    ),
    Defect(
        "live-test-stops-the-stream",
        "A look at the test of live data switches its stream off.",
        "GW-043",
    ),
    Defect(
        "idle-update-reads-running",
        "With no update under way the firmware manager has the number of that and another word.",
        "GW-044",
    ),
    Defect(
        "unknown-word-starts-the-access-point",
        "The wireless script starts the access point at a word that it does not know.",
        "GW-045",
    ),
    Defect(
        "boards-of-another-device",
        "The list of sub-modules has the boards under other serial numbers than the status.",
        "GW-046",
    ),
    Defect(
        "no-boards-listed",
        "The list of sub-modules is empty, whatever devices there are.",
        "GW-046",
    ),
    Defect(
        "disabled-meter-goes-on",
        "Switching a meter off is answered, and it stays on.",
        "GW-047",
    ),
    Defect(
        "signature-not-looked-at",
        "A token is taken whoever has signed it.",
        "GW-060",
        rig="sim-split-phase-token",
    ),
    Defect(
        "ended-token-accepted",
        "A token that has ended opens what it did.",
        "GW-061",
        rig="sim-split-phase-token",
    ),
    Defect(
        "any-role-will-do",
        "Every good token opens everything, whatever its role.",
        "GW-062",
        rig="sim-split-phase-token",
    ),
    Defect(
        "session-never-ends",
        "A session that nobody uses goes on for ever.",
        "GW-063",
        rig="sim-split-phase-token",
    ),
    Defect(
        "pv-limit-not-kept",
        "A limit of the inverters' production is stored, and they give what they have.",
        "SS-050",
        rig="sim-sunny",
    ),
    Defect(
        "high-backup-soc-forgotten",
        "A high backup SoC limit is answered with 200 and not stored.",
        "SS-053",
    ),
    Defect(
        "set-point-override-ignored",
        "An override of the set point is stored, and the batteries follow the house as before.",
        "SS-051",
    ),
    Defect(
        "third-party-pv-forgotten",
        "Inverters of another maker are answered with 200 and not stored.",
        "SS-052",
    ),
    Defect(
        "contact-command-moves-another",
        "A command for one dry contact moves the next.",
        "EN-072",
    ),
    Defect(
        "bias-override-stays",
        "Biases that somebody has overridden are never written anew.",
        "EN-070",
    ),
    Defect(
        "raw-data-of-another-battery",
        "Raw data is that of the first battery, whichever was asked for.",
        "EN-071",
    ),
    Defect(
        "inverter-phase-forgotten",
        "The phase of an inverter that is set by hand is answered with 200 and not stored.",
        "GP-010",
    ),
    Defect(
        "added-battery-not-listed",
        "A battery that is added to the list of devices is answered with 200 and not taken in.",
        "ZB-060",
        also_met_in=("gateway",),
    ),
    Defect(
        "reset-resets-nothing",
        "A device that is to be reset goes on as if nothing had been asked.",
        "ZB-061",
    ),
    Defect(
        "battery-temperature-in-fahrenheit",
        "The temperature of a battery is told in °F.",
        "EN-081",
    ),
    Defect(
        "cell-temperature-in-fahrenheit",
        "The highest temperature of a battery's cells is told in °F.",
        "EN-081",
    ),
    Defect(
        "switch-temperature-in-celsius",
        "The temperature of the Enpower is told in °C.",
        "EN-081",
    ),
    Defect(
        "signal-counts-percent",
        "The signal of a device is told in percent, not in bars.",
        "ZB-050",
    ),
    Defect(
        "other-signal-outlives-the-link",
        "A device that is lost is shown with the signal of its sub-GHz radio.",
        "ZB-050",
    ),
    Defect(
        "places-unsaid",
        "A gateway of 8.1 or later does not say where a battery hangs.",
        "GW-002",
        also_met_in=("ensemble", "site_settings", "zigbee"),
    ),
    Defect(
        "lowest-charge-unsaid",
        "A gateway of 8.1 or later does not say the very low charge.",
        "GW-002",
        also_met_in=("ensemble", "site_settings", "zigbee"),
    ),
    Defect(
        "third-relay-unsaid",
        "A gateway of 8.1 or later does not say how the third relay of the batteries is.",
        "GW-002",
        also_met_in=("ensemble", "site_settings", "zigbee"),
    ),
    Defect(
        "old-keys-unsaid",
        "A gateway before 8 does not say whether a device operates.",
        "GW-002",
        firmware="7.3.517",
        also_met_in=("ensemble", "site_settings", "zigbee"),
    ),
    Defect(
        "reports-dated-ahead",
        "Reports of devices are dated ten minutes ahead of the gateway's clock.",
        "GW-050",
    ),
    Defect(
        "state-number-of-another-word",
        "The Enpower's state has its word, and the number of another.",
        "GW-056",
    ),
    Defect(
        "status-names-another-state",
        "The status of a battery names another state than the inventory.",
        "GW-056",
    ),
    Defect(
        "gateway-update-does-not-take",
        "After an update of its own firmware the gateway starts with the old one.",
        "GW-055",
    ),
    Defect(
        "gateway-update-forgets-the-seal",
        "An update of its own firmware costs the gateway the file that seals the site.",
        "GW-055",
    ),
    Defect(
        "gateway-update-resets-the-export-limit",
        "After an update of its own firmware the gateway has the export limit it was delivered with.",
        "GW-055",
    ),
    Defect(
        "update-not-in-the-versions-file",
        "After an update of its own firmware the list of versions on its disk names the old one.",
        "GW-055",
    ),
)
"""Part of the catalogue in `defects.py`."""
