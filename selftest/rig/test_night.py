"""A bench in the dark: its inverters sleep, and the rig is put back all the same."""

from collections.abc import Iterator

import pytest

from hil.rig.loading import load_rig
from hil.rig.rig import Rig, open_rig
from hil.simulator.process import simulator
from selftest.rig.desk import TRUTH


@pytest.fixture(scope="module")
def dark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("dark")
    no_sun = TRUTH.energy.model_copy(update={"pv_w": 0.0})
    truth = TRUTH.model_copy(update={"energy": no_sun})
    with simulator(truth, speed=None, rig_file=folder / "dark.yaml"):
        description = load_rig(str(folder / "dark.yaml"), folder)
        with open_rig(description, seed=0, directory=folder / "run") as rig:
            yield rig


def test_a_profile_is_put_back_though_no_inverter_takes_it_over(dark: Rig) -> None:
    other = TRUTH.previous_profile
    assert dark.is_dark()
    dark.envoy.grid_profile.select(other.name, other.version)
    put_back = [each.what for each in dark.baseline.restore()]
    assert "grid profile" in put_back
    assert dark.envoy.grid_profile.arf().name == TRUTH.profile.name
    dark.clock.sleep(1800)
    asleep = [
        each.serial_num
        for each in dark.envoy.grid_profile.inverters_status().root
        if not each.has_taken_over
    ]
    assert asleep == [each.serial_number for each in TRUTH.inverters]
    assert dark.baseline.differences() == []
