"""The bench's AC source: the SCPI it understands, and the grid that it plays.

docs/wires/instruments.md is the contract: IEEE 488.2 and the `SOURce` subsystem, in part.
"""

import math
import re
from collections import deque
from collections.abc import Callable, Mapping

from hil.simulator.grid import AT_ONCE, Grid

NO_ERROR = '0,"No error"'
UNDEFINED = '-113,"Undefined header"'
OUT_OF_RANGE = '-222,"Data out of range"'
WRONG_TYPE = '-104,"Data type error"'

_ERRORS_KEPT = 16
_VOLTS, _HERTZ = (0.0, 300.0), (45.0, 65.0)
_SLEW = (1e-3, AT_ONCE)


class _Refused(Exception):
    """A command that is not carried out; the entry for the error queue."""


class AcSource:
    """One instrument: its error queue, and the grid at its terminals."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._errors: deque[str] = deque(maxlen=_ERRORS_KEPT)

    def execute(self, line: str) -> str | None:
        """Carry out one line; its answer, where it is a query."""
        header, _, argument = line.strip().partition(" ")
        if not header:
            return None
        header = _short(header)
        try:
            if header in self._QUERIES:
                if argument.strip():
                    raise _Refused(WRONG_TYPE)
                return self._QUERIES[header](self)
            if header not in self._COMMANDS:
                raise _Refused(UNDEFINED)
            self._COMMANDS[header](self, argument.strip())
        except _Refused as refused:
            self._errors.append(str(refused))
        return None

    def _oldest_error(self) -> str:
        return self._errors.popleft() if self._errors else NO_ERROR

    def _clear(self, argument: str) -> None:
        self._errors.clear()

    def _set_volts(self, argument: str) -> None:
        self._grid.set_voltage(to=_number(argument, *_VOLTS))

    def _slew_volts(self, argument: str) -> None:
        self._grid.set_voltage(slew=_number(argument, *_SLEW))

    def _set_hertz(self, argument: str) -> None:
        self._grid.set_frequency(to=_number(argument, *_HERTZ))

    def _slew_hertz(self, argument: str) -> None:
        self._grid.set_frequency(slew=_number(argument, *_SLEW))

    def _switch(self, argument: str) -> None:
        words = {"ON": True, "1": True, "OFF": False, "0": False}
        if argument.upper() not in words:
            raise _Refused(WRONG_TYPE)
        self._grid.switch(on=words[argument.upper()])

    _QUERIES: Mapping[str, Callable[["AcSource"], str]] = {
        "*IDN?": lambda self: "hil,simulated AC source,0,1",
        "*OPC?": lambda self: "1",
        "VOLT?": lambda self: _shown(self._grid.volts.set_point),
        "FREQ?": lambda self: _shown(self._grid.hertz.set_point),
        "VOLT:SLEW?": lambda self: _shown(self._grid.volts.slew),
        "FREQ:SLEW?": lambda self: _shown(self._grid.hertz.slew),
        "OUTP?": lambda self: "1" if self._grid.is_on else "0",
        "MEAS:VOLT?": lambda self: _shown(self._grid.voltage_v),
        "MEAS:FREQ?": lambda self: _shown(self._grid.frequency_hz),
        "SYST:ERR?": _oldest_error,
    }
    _COMMANDS: Mapping[str, Callable[["AcSource", str], None]] = {
        "*CLS": _clear,
        "VOLT": _set_volts,
        "VOLT:SLEW": _slew_volts,
        "FREQ": _set_hertz,
        "FREQ:SLEW": _slew_hertz,
        "OUTP": _switch,
    }


_LONG = {
    "VOLTAGE": "VOLT",
    "FREQUENCY": "FREQ",
    "OUTPUT": "OUTP",
    "MEASURE": "MEAS",
    "SYSTEM": "SYST",
    "ERROR": "ERR",
    "SOURCE": "SOUR",
}


def _short(header: str) -> str:
    """Upper case, every keyword in its short form, the optional `SOURce` left out."""
    words = header.upper().removeprefix(":").removesuffix("?").split(":")
    short = [_LONG.get(word, word) for word in words]
    if short[0] == "SOUR" and len(short) > 1:
        del short[0]
    return ":".join(short) + ("?" if header.endswith("?") else "")


def _number(argument: str, low: float, high: float) -> float:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(E[+-]?\d+)?", argument, re.ASCII | re.IGNORECASE):
        raise _Refused(WRONG_TYPE)
    value = float(argument)
    if not math.isfinite(value) or not low <= value <= high:
        raise _Refused(OUT_OF_RANGE)
    return value


def _shown(value: float) -> str:
    return f"{value:.6G}"
