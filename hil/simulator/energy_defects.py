"""The deliberate bugs that power and charge can have."""

from hil.simulator.defect import Defect

ENERGY_DEFECTS = (
    Defect(
        "black-starts-keep-their-pace",
        "Every black start comes ten minutes after the one before.",
        "EN-094",
        rig="sim-low-charge",
    ),
    Defect(
        "gives-a-load-up-too-soon",
        "A load is left out after its third collapse.",
        "EN-064",
        rig="sim-heavy-load",
    ),
    Defect(
        "fast-grid-gets-all-of-the-sun",
        "The inverters give all they have, however fast the grid is.",
        "EN-093",
    ),
    Defect(
        "opens-under-full-sun",
        "The mains relay opens with all of the sun still there.",
        "EN-090",
    ),
    Defect(
        "opens-without-topping-up",
        "The mains relay opens without charging its batteries before.",
        "EN-090",
    ),
    Defect(
        "opens-during-an-update",
        "The mains relay opens while a device programs itself.",
        "EN-091",
    ),
    Defect(
        "opens-while-commissioning",
        "The mains relay opens while devices are being commissioned.",
        "EN-092",
    ),
    Defect(
        "bias-counts-hertz",
        "The scaled frequency bias counts Hz times 256, not rad/s.",
        "EN-030",
    ),
    Defect(
        "bias-volts-of-another-scale",
        "The scaled voltage bias counts sixteenths of a volt.",
        "EN-030",
    ),
    Defect(
        "available-energy-without-reserve",
        "The available energy is told without what the reserve keeps.",
        "EN-031",
    ),
    Defect(
        "charge-of-the-fullest-battery",
        "The charge of all batteries is told as that of the fullest.",
        "EN-031",
    ),
    Defect(
        "backup-energy-of-the-charge",
        "The backup energy is the reserve's share of the charge, not of the capacity.",
        "EN-031",
    ),
    Defect(
        "live-charge-of-one-battery",
        "Live data shows the charge of the first battery as that of all.",
        "EN-032",
    ),
    Defect(
        "load-misses-storage",
        "Live data's load leaves out what the batteries give or take.",
        "EN-033",
    ),
    Defect(
        "load-misses-a-leg",
        "Live data shows no load on the second leg.",
        "EN-033",
    ),
    Defect(
        "apparent-load-has-no-sign",
        "Live data adds apparent powers up without their signs.",
        "EN-033",
    ),
    Defect(
        "island-sun-not-curtailed",
        "The sun of an island is not curtailed; its batteries take whatever comes.",
        "EN-040",
        rig="sim-sunny",
    ),
    Defect(
        "island-stays-at-nominal",
        "An island curtails its sun by word alone: its frequency stays where it was.",
        "EN-074",
        rig="sim-sunny",
    ),
    Defect(
        "island-frequency-runs-away",
        "An island raises its frequency beyond what inverters ride through.",
        "EN-074",
        rig="sim-sunny",
    ),
    Defect(
        "overload-stays-dark",
        "An island that was overloaded does not start again.",
        "EN-041",
        rig="sim-heavy-load",
    ),
    Defect(
        "overload-restarts-at-once",
        "An island that was overloaded starts again within seconds.",
        "EN-041",
        rig="sim-heavy-load",
    ),
    Defect(
        "heavy-load-never-left-out",
        "An island is brought down by the same load again and again.",
        "EN-064",
        rig="sim-heavy-load",
    ),
    Defect(
        "gives-a-load-up-too-late",
        "A load is left out after its sixth collapse.",
        "EN-064",
        rig="sim-heavy-load",
    ),
    Defect(
        "first-black-start-at-once",
        "An island down to its very low charge tries to start again within a minute.",
        "EN-079",
        rig="sim-low-charge",
    ),
    Defect(
        "third-pause-left-out",
        "After the second try to start comes the fourth pause, without the third.",
        "EN-079",
        rig="sim-low-charge",
    ),
    Defect(
        "fourth-pause-like-the-third",
        "The last of the pauses between tries to start is as long as the one before.",
        "EN-079",
        rig="sim-low-charge",
    ),
    Defect(
        "little-charge-carries-no-island",
        "An island begun with little more than the very low charge is dark at once.",
        "EN-094",
        rig="sim-low-charge",
    ),
    Defect(
        "empty-island-tries-again",
        "An island starts by itself with batteries that are all but empty.",
        "EN-063",
        rig="sim-empty",
    ),
    Defect(
        "charge-leaps",
        "Every other report of a battery tells 20 % less charge than it has.",
        "EN-066",
    ),
    Defect(
        "charge-stands-still",
        "The gateway does not take the charge from the reports of its batteries.",
        "EN-066",
    ),
    Defect(
        "rides-through-for-ever",
        "The relay lets go of a grid that is gone, and never of one that is beyond a limit.",
        "EN-067",
    ),
    Defect(
        "slowest-limit-only",
        "Of each trip curve only the slowest point is heeded, however far the grid is beyond the others.",
        "EN-067",
    ),
    Defect(
        "trips-at-once",
        "The relay lets go of a grid as soon as it is beyond a limit.",
        "EN-067",
    ),
    Defect(
        "sun-stands-by-for-long",
        "The inverters stand by for minutes after the mains relay has moved.",
        "EN-065",
    ),
    Defect(
        "contact-without-hysteresis",
        "A contact that follows the charge is open wherever its high end is not reached.",
        "EN-062",
    ),
    Defect(
        "contact-never-closes-by-charge",
        "A contact that was opened for want of charge does not close when there is enough.",
        "EN-062",
    ),
    Defect(
        "contact-looks-once",
        "A contact follows the charge when its settings are written, and never again.",
        "EN-062",
        rig="sim-sunny",
    ),
    Defect(
        "rapid-shutdown-spares-the-sun",
        "Rapid shutdown opens the DER relays by its word, and the inverters go on.",
        "EN-060",
    ),
    Defect(
        "rapid-shutdown-opens-the-mains",
        "Rapid shutdown opens the mains relay too.",
        "EN-060",
    ),
    Defect(
        "rapid-shutdown-stays",
        "The DER relays stay open after the end of a rapid shutdown.",
        "EN-060",
    ),
    Defect(
        "exercise-by-the-clock-alone",
        "The generator is exercised whenever the clock says so, however lately it was.",
        "EN-061",
        rig="sim-split-phase-generator",
    ),
    Defect(
        "unmetered-export-unlimited",
        "Without its meter the export is not limited at all.",
        "SS-040",
        rig="sim-sunny",
    ),
    Defect(
        "opens-without-charge",
        "The relay is commanded open although the batteries are at their very low charge.",
        "EN-042",
        rig="sim-low-charge",
    ),
    Defect(
        "island-empties-its-batteries",
        "In an island the batteries go on giving below their very low charge.",
        "EN-043",
        rig="sim-low-charge",
    ),
    Defect(
        "generator-holds-on",
        "The generator's relay stays closed when the grid comes back.",
        "EN-050",
        rig="sim-split-phase-generator",
    ),
    Defect(
        "generator-closes-onto-the-grid",
        "The generator's relay closes for want of charge although the grid is there.",
        "EN-050",
        rig="sim-split-phase-generator",
    ),
    Defect(
        "generator-looks-once",
        "Whether there is too little charge is asked when the grid fails, and never again.",
        "EN-075",
        rig="sim-split-phase-generator",
    ),
    Defect(
        "generator-mode-unsaid",
        "While the generator feeds the site, the modes read off grid.",
        "EN-050",
        rig="sim-split-phase-generator",
    ),
    Defect(
        "generator-never-stops",
        "The generator does not stop at the charge that its window ends with.",
        "EN-051",
        rig="sim-split-phase-generator",
    ),
    Defect(
        "soft-limit-never-acts",
        "A soft export limit is a rule, and nothing is curtailed.",
        "SS-030",
        rig="sim-sunny",
    ),
    Defect(
        "export-limit-starves-the-load",
        "Under a soft export limit the inverters give the limit alone, whatever the house draws.",
        "SS-030",
        rig="sim-sunny",
    ),
    Defect(
        "limit-in-percent-is-watts",
        "An export limit in percent is taken for as many watts.",
        "SS-034",
        rig="sim-sunny",
    ),
    Defect(
        "dead-band-in-percent-is-watts",
        "The dead band of an export limit in percent is taken for as many watts.",
        "SS-034",
        rig="sim-sunny",
    ),
    Defect(
        "limit-in-va-not-kept",
        "An export limit of apparent power is stored, and nothing is curtailed.",
        "SS-034",
        rig="sim-sunny",
    ),
    Defect(
        "dead-band-counts-twice",
        "An export limit acts from twice its dead band on only.",
        "SS-030",
        rig="sim-sunny",
    ),
    Defect(
        "hard-limit-never-trips",
        "The inverters stay on however much is exported above a hard limit.",
        "SS-031",
        rig="sim-sunny",
    ),
    Defect(
        "panel-not-spared",
        "A main panel that is to be spared gets all that inverters and batteries have.",
        "SS-032",
    ),
    Defect(
        "panel-limit-is-the-whole-breaker",
        "Power control goes as far as a breaker's rating, which it carries for a while only.",
        "SS-021",
    ),
    Defect(
        "discharges-below-reserve",
        "On the grid the batteries give of their reserve.",
        "SS-033",
        rig="sim-battery-only",
    ),
)
"""Part of the catalogue in `defects.py`."""
