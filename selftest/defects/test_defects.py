"""A suite that cannot go red proves nothing: each deliberate firmware bug turns its own test red."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from hil.simulator.defects import DEFECTS
from hil.simulator.site_file import SiteFile, load_site
from selftest.suite_runs import ROOT, SuiteRun, run_suite

AREA_OF = {
    "ZB": "zigbee",
    "EN": "ensemble",
    "GP": "ensemble",
    "MT": "ensemble",
    "SS": "site_settings",
}
WITH_GENERATOR = "split-phase-generator"
SITE_OF = {
    "gen-config-partly-stored": WITH_GENERATOR,
    "gen-mode-forgotten": WITH_GENERATOR,
    "gen-schedule-swaps-hours": WITH_GENERATOR,
    "generator-view-ignores-settings": WITH_GENERATOR,
}
"""Defects that the default site has nothing to show."""

FORCED_LOSS = frozenset({"ensemble"})
ALSO_MET_BY: Mapping[str, frozenset[str]] = {
    "join-ignores-dj": FORCED_LOSS,
    "lost-node-communicates": FORCED_LOSS,
}
"""Areas beside its own that have to meet a defect: they force a device out of the network too."""


NO_TEST = "no test cuts the gateway's power yet"
AWAITING_A_TEST = {
    "reboot-forgets-the-seal": NO_TEST,
}
"""Defects that no product test can meet on any simulated rig, and why. Shrinks, never grows."""


def test_what_awaits_a_test_is_a_defect() -> None:
    assert AWAITING_A_TEST.keys() <= DEFECTS.keys()


@pytest.mark.parametrize("name", [name for name in DEFECTS if name not in AWAITING_A_TEST])
def test_a_defect_turns_its_own_test_red_and_no_other_area(name: str, tmp_path: Path) -> None:
    defect = DEFECTS[name]
    area = AREA_OF[defect.promise[:2]]
    site = SITE_OF.get(name, "split-phase")

    run = run_suite(tmp_path, f"--rig=sim-{site}", "--sim-defect", name, "-l")

    assert run.returncode == 1, run.printed
    own = [outcome for outcome in run.failed if outcome.message.startswith(f"{defect.promise} ")]
    assert own, [outcome.message for outcome in run.failed]
    areas = {outcome.area for outcome in run.failed}
    assert areas == {area} | ALSO_MET_BY.get(name, frozenset()), run.printed
    assert any(
        device in own[0].message
        for device in (
            "encharge ",
            "Enpower",
            "enpower ",
            "inverter ",
            "envoy ",
            "gateway",
            "batteries",
            "meter ",
        )
    ), f"the first line names no device: {own[0].message}"
    assert "‹secret " in (run.directory / "timeline.jsonl").read_text("utf-8"), "no key was said"
    assert leaked(run, load_site(ROOT / "sites" / f"{site}.yaml")) == []


def leaked(run: SuiteRun, truth: SiteFile) -> list[str]:
    """Where eight characters of a key stand, right or wrong, in anything that the run wrote."""
    keys = [key for node in truth.nodes for key in (node.link_key, node.link_key[::-1])]
    pieces = {key[start : start + 8] for key in keys for start in range(len(key) - 7)}
    found = ["the terminal"] if pieces & eights(run.printed) else []
    for path in run.directory.rglob("*"):
        if path.is_file() and pieces & eights(path.read_text("utf-8", "replace")):
            found.append(str(path))
    return found


def eights(text: str) -> set[str]:
    """Every run of eight hexadecimal digits in `text`, overlapping ones too."""
    return {match.group(1) for match in re.finditer(r"(?=([0-9A-F]{8}))", text.upper())}
