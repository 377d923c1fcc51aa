"""The installer's password that the simulated gateway takes is the one that real clients compute."""

import pytest
from envoy_utils.envoy_utils import EnvoyUtils

from hil.simulator.installer_password import installer_password


@pytest.mark.parametrize("start", [121_547_058_000, 122_000_000_000, 202_411_990_000])
def test_every_serial_number_has_the_password_that_a_client_computes(start: int) -> None:
    serial_numbers = [str(number) for number in range(start, start + 2_000)]
    passwords = {serial: installer_password(serial) for serial in serial_numbers}
    assert passwords == {
        serial: EnvoyUtils.get_password(serial, "installer") for serial in serial_numbers
    }
