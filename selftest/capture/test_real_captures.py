"""Real captures, wherever they are at hand."""

from pathlib import Path

import pytest

from hil.capture.check import Verdict, check_capture
from selftest.envoy.real_bodies import VARIABLE, real_dumps

FOLDER = real_dumps()
CAPTURES = sorted(each for each in FOLDER.iterdir() if each.is_dir()) if FOLDER else []

pytestmark = pytest.mark.skipif(
    FOLDER is None, reason=f"{VARIABLE} names no folder with real bodies"
)


@pytest.mark.parametrize("folder", CAPTURES, ids=lambda folder: folder.name)
def test_a_real_capture_is_understood_and_differs_nowhere(folder: Path) -> None:
    found = check_capture(folder)

    assert found.of(Verdict.UNDERSTOOD)
    assert [(body.file, body.note) for body in found.of(Verdict.UNINTELLIGIBLE)] == []
    assert [(body.file, body.differences) for body in found.of(Verdict.DRIFT)] == []
