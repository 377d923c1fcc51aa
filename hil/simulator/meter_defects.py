"""The deliberate bugs that meters, reports of inverters and lists of devices can have."""

from hil.simulator.defect import Defect

METER_DEFECTS = (
    Defect(
        "total-consumption-is-net",
        "On the production page total consumption is what is imported, without what was produced.",
        "MT-010",
    ),
    Defect(
        "report-misses-a-leg",
        "The meters' reports leave the last leg out of the sum.",
        "MT-010",
    ),
    Defect(
        "page-shows-one-leg",
        "The production page shows what the first leg produces as all of it.",
        "MT-011",
    ),
    Defect(
        "counter-falls-to-half",
        "Every third minute the counters of the meters read half of what they are.",
        "MT-012",
    ),
    Defect(
        "counter-counts-double",
        "The counters of the meters count twice what flows.",
        "MT-012",
    ),
    Defect(
        "page-forgets-an-inverter",
        "The inverters' line of the production page leaves the last inverter out.",
        "MT-013",
    ),
    Defect(
        "inverter-never-reports",
        "The first inverter is never heard of, though it works.",
        "MT-013",
    ),
    Defect(
        "totals-with-today-twice",
        "The seven days before today, of the totals, have today in them.",
        "MT-014",
    ),
    Defect(
        "records-of-two-kinds",
        "The records of production by the meter are those of the inverters.",
        "MT-014",
        firmware="8.3.5433",
    ),
    Defect(
        "inverters-report-half",
        "Every inverter reports half of what it has made.",
        "MT-015",
    ),
    Defect(
        "front-page-forgets-a-battery",
        "The front page counts one battery too few.",
        "GW-010",
    ),
    Defect(
        "inventory-forgets-an-inverter",
        "The device inventory leaves the last inverter out.",
        "GW-010",
    ),
)
"""Part of the catalogue in `defects.py`."""
