"""The AC source that plays the grid: voltage, frequency, output. Wire: docs/wires/instruments.md."""

from typing import NamedTuple

from hil.errors import EquipmentRefused
from hil.transports.tcp_lines import TcpLines

AT_ONCE = "9.9E37"
"""A slew that takes no time: SCPI's infinity."""


class Supply(NamedTuple):
    """What the source was set to: line to neutral, rms."""

    is_on: bool
    voltage_v: float
    frequency_hz: float

    def __str__(self) -> str:
        return f"{'on' if self.is_on else 'off'}, {self.voltage_v:g} V, {self.frequency_hz:g} Hz"


class AcSource:
    """One source and its nominal values, which are those of the site's grid."""

    def __init__(self, lines: TcpLines, *, nominal_v: float, nominal_hz: float) -> None:
        self._lines = lines
        self.nominal = Supply(True, nominal_v, nominal_hz)
        self.name = f"ac source at {lines.address}"

    def identify(self) -> str:
        """Maker, model, serial number and version, as it says them.

        Raises:
            EquipmentRefused: what answers is no such instrument.
        """
        said = self._lines.ask("*IDN?")
        if said.count(",") < 3:
            raise EquipmentRefused(
                f"{self.name}: answers {said!r} to '*IDN?', which is no SCPI instrument; suspect the "
                "address in the rig file"
            )
        return said

    def supply(self) -> Supply:
        """What it is set to now."""
        return Supply(
            self._lines.ask("OUTP?").strip() in ("1", "ON"),
            self._number("VOLT?"),
            self._number("FREQ?"),
        )

    def outage(self) -> None:
        """The grid is gone."""
        self._set("OUTP OFF")

    def restore(self) -> None:
        """The grid is there, at its nominal values, at once."""
        self.step(voltage_v=self.nominal.voltage_v, frequency_hz=self.nominal.frequency_hz)
        self._set("OUTP ON")

    def step(self, *, voltage_v: float | None = None, frequency_hz: float | None = None) -> None:
        """Change at once.

        Raises:
            EquipmentRefused: out of its range; nothing has changed.
        """
        self._change("VOLT", voltage_v)
        self._change("FREQ", frequency_hz)

    def measured(self) -> tuple[float, float]:
        """Volts and hertz at the terminals."""
        return self._number("MEAS:VOLT?"), self._number("MEAS:FREQ?")

    def _change(self, what: str, wanted: float | None) -> None:
        if wanted is not None:
            self._set(f"{what}:SLEW {AT_ONCE}")
            self._set(f"{what} {wanted:g}")

    def _set(self, command: str) -> None:
        # A command has no answer: *OPC? tells that it was read before anything else happens.
        self._lines.ask(command, "*OPC?")
        error = self._lines.ask("SYST:ERR?")
        if not error.startswith(("0,", "+0,")):
            raise EquipmentRefused(f"{self.name}: refused {command!r}: {error}")

    def _number(self, query: str) -> float:
        said = self._lines.ask(query)
        try:
            return float(said)
        except ValueError as error:
            raise EquipmentRefused(f"{self.name}: {said!r} to {query!r} is no number") from error
