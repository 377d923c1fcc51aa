"""A simulated gateway of any generation says what a client of that generation cannot do without."""

from pathlib import Path

import pytest

from hil.capture.check import Verdict, check_capture
from hil.simulator.site import build_site
from hil.simulator.site_file import load_site
from hil.vocabulary.identity import Firmware
from selftest.capture.simulated import captured
from selftest.suite_runs import ROOT


@pytest.mark.parametrize("version", ["7.3.517", "7.6.185", "8.1.41", "8.2.4286", "8.3.1598"])
def test_no_view_lacks_what_its_firmware_has_to_say(version: str, tmp_path: Path) -> None:
    truth = load_site(ROOT / "sites" / "split-phase.yaml")
    gateway = truth.gateway.model_copy(update={"firmware": Firmware.parse(version)})
    site = build_site(truth.model_copy(update={"gateway": gateway}))

    found = check_capture(captured(site, tmp_path / "site"))

    assert str(found.firmware) == version
    assert len(found.of(Verdict.UNDERSTOOD)) > 20
    assert found.of(Verdict.DRIFT) == found.of(Verdict.UNINTELLIGIBLE) == []
