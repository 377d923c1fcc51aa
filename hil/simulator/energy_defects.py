"""The deliberate bugs that power and charge can have."""

from hil.simulator.defect import Defect

ENERGY_DEFECTS = (
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
        "overload-stays-dark",
        "An island that was overloaded does not start again.",
        "EN-041",
        rig="sim-heavy-load",
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
        "discharges-below-reserve",
        "On the grid the batteries give of their reserve.",
        "SS-033",
        rig="sim-battery-only",
    ),
)
"""Part of the catalogue in `defects.py`."""
