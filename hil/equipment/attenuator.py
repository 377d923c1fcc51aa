"""The programmable attenuator between the antennas: who is in reach. Wire: docs/wires/instruments.md."""

from collections.abc import Mapping

from hil.errors import EquipmentRefused
from hil.transports.tcp_lines import TcpLines

TAKEN = "1"
"""What it answers to a set point that it has taken."""


class Attenuator:
    """One instrument; `channels` by the serial number of the device whose antenna hangs there."""

    def __init__(
        self,
        lines: TcpLines,
        channels: Mapping[str, int],
        *,
        in_reach_db: float,
        out_of_reach_db: float,
        weak_db: float | None = None,
    ) -> None:
        """`weak_db`: with so much about 30 % of what is sent is lost; None: nobody has found out."""
        self._lines, self.channels = lines, dict(channels)
        self.in_reach_db, self._out_of_reach_db = in_reach_db, out_of_reach_db
        self.weak_db = weak_db
        self.name = f"attenuator at {lines.address}"

    def identify(self) -> str:
        """Its model, as it says it.

        Raises:
            EquipmentRefused: what answers is no such instrument.
        """
        said = self._lines.ask(":MN?")
        if not said.startswith("MN="):
            raise EquipmentRefused(
                f"{self.name}: answers {said!r} to ':MN?', which is no attenuator of that family; suspect "
                "the address in the rig file"
            )
        return said.removeprefix("MN=")

    def attenuation_db(self, serial_number: str) -> float:
        """What is set on a device's channel."""
        query = f":CHAN:{self.channels[serial_number]}:ATT?"
        said = self._lines.ask(query)
        try:
            return float(said)
        except ValueError as error:
            raise EquipmentRefused(f"{self.name}: {said!r} to {query!r} is no number") from error

    def set(self, serial_number: str, attenuation_db: float) -> None:
        """Set a device's channel.

        Raises:
            EquipmentRefused: it has no such channel, or not so much attenuation.
        """
        command = f":CHAN:{self.channels[serial_number]}:SETATT:{attenuation_db:g}"
        said = self._lines.ask(command)
        if said != TAKEN:
            raise EquipmentRefused(
                f"{self.name}: answers {said!r} to {command!r}; suspect channels, in_reach_db and "
                "out_of_reach_db in the rig file, or another model"
            )

    def take_out_of_reach(self, serial_number: str) -> None:
        """No radio hears the device any more. Raises as `set`."""
        self.set(serial_number, self._out_of_reach_db)

    def weaken(self, serial_number: str) -> None:
        """Much of what is sent to the device is lost. Raises as `set`."""
        if self.weak_db is None:
            raise EquipmentRefused(f"{self.name}: the rig file names no weak_db")
        self.set(serial_number, self.weak_db)

    def bring_back(self, serial_number: str) -> None:
        """The device is in reach. Raises as `set`."""
        self.set(serial_number, self.in_reach_db)
