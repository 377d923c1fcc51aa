"""The microinverters: awake while they have AC and sun, and silent otherwise.

Power line communication is not modelled: an inverter that is awake is heard.
"""

from collections.abc import Sequence


class Inverter:
    """One microinverter."""

    def __init__(self) -> None:
        self.is_awake = True

    def power_off(self) -> None:
        """Cut its AC: it neither produces nor answers, as at night."""
        self.is_awake = False

    def power_on(self) -> None:
        """Give it AC again; it answers at once (assumed: nothing here waits for seconds)."""
        self.is_awake = True


class Inverters:
    """All of a site, by serial number."""

    def __init__(self, serial_numbers: Sequence[str]) -> None:
        self.by_serial_number = {serial: Inverter() for serial in serial_numbers}

    def answers(self, serial_number: str) -> bool:
        """Whether this one is heard now."""
        return self.by_serial_number[serial_number].is_awake

    @property
    def share_awake(self) -> float:
        """Of the site's PV power; all of it where the site file names no inverter."""
        states = [inverter.is_awake for inverter in self.by_serial_number.values()]
        return sum(states) / len(states) if states else 1.0
