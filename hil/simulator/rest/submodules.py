"""The boards inside a device, as `/ivp/ensemble/status` lists them.

Kinds and number of boards from a public capture of 8.2.127; part numbers are made up.
"""

from hil.simulator.site_file import EnchargeTruth, EnpowerTruth

_PCU, _ENCHARGE_BOARD, _BMU, _ENPOWER_BOARD, _SECOND_ENPOWER_BOARD = 14, 15, 16, 18, 20
_PCUS_PER_ENCHARGE = 4


def encharge_boards(truth: EnchargeTruth, app_firmware: str) -> dict[str, object]:
    """Four microinverters, the controller and the battery management unit, by serial number."""
    pcus = {
        _serial(truth.serial_number, number): _board(
            _PCU,
            part="800-01331-r01",
            dmir=("549-00011-r00", "3.26.0-D10"),
            procload=("521-00011-r00", "3.26.0-D10"),
        )
        for number in range(1, _PCUS_PER_ENCHARGE + 1)
    }
    controller = _board(
        _ENCHARGE_BOARD,
        part="800-01851-r01",
        dmir=("546-00012-01", "01"),
        procload=("522-00012-01", app_firmware),
    )
    bmu = _board(
        _BMU, part="620-00291-r01", dmir=("", ""), procload=("", _three_digits(truth.bmu_firmware))
    )
    return {
        **pcus,
        _serial(truth.serial_number, 5): controller,
        _serial(truth.serial_number, 6): bmu,
    }


def enpower_boards(truth: EnpowerTruth, app_firmware: str) -> dict[str, object]:
    """The two controller boards, by serial number."""
    serial, part = second_enpower_board(truth)
    second = _board(
        _SECOND_ENPOWER_BOARD, part=part, dmir=("546-00013-01", "01"), procload=("", "")
    )
    first = _board(
        _ENPOWER_BOARD,
        part="800-01341-r01",
        dmir=("546-00013-01", "01"),
        procload=("522-00013-01", app_firmware),
    )
    return {serial: second, _serial(truth.serial_number, 2): first}


def second_enpower_board(truth: EnpowerTruth) -> tuple[str, str]:
    """Serial and part number of the board that `/inventory.json` lists too (public capture)."""
    return _serial(truth.serial_number, 1), "800-01611-r01"


def _board(
    device_type: int, *, part: str, dmir: tuple[str, str], procload: tuple[str, str]
) -> dict[str, object]:
    return {
        "device_type": device_type,
        "admin_state": 1,
        "part_number": part,
        "assembly_number": part,
        "dmir": {"part_number": dmir[0], "assembly_number": dmir[1]},
        "procload": {"part_number": procload[0], "assembly_number": procload[1]},
    }


def _serial(device: str, number: int) -> str:
    """Twelve digits, unlike those of any device of a site file."""
    return f"199{number}{device[-8:]}"


def _three_digits(version: str) -> str:
    """2.1.34 as a battery management unit writes it: 002.001.034."""
    return ".".join(part.zfill(3) for part in version.split("."))
