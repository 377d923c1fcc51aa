"""The bench's programmable attenuator: the commands it knows, and the antennas on its channels.

docs/wires/instruments.md is the contract: the SCPI of a common family, in part.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from hil.simulator.radio_path import RadioPath

MODEL = "MN=SIM-ATT-95"
MOST_DB = 95.0

_SET = re.compile(r":?CHAN:(\d+):SETATT[:=](\S+)", re.IGNORECASE)
_ASK = re.compile(r":?CHAN:(\d+):ATT\?", re.IGNORECASE)

TOO_LITTLE, TAKEN, TOO_MUCH = "0", "1", "2"
UNKNOWN = "-99 Unrecognized Command. Model=SIM-ATT-95"


class Antenna(Protocol):
    """What hangs on a channel."""

    path: RadioPath

    def attenuate(self, attenuation_db: float) -> None: ...


class Attenuator:
    """Channels from 1, in the order of `antennas` (serial number, radio)."""

    def __init__(self, antennas: Sequence[tuple[str, Antenna]]) -> None:
        self._antennas = dict(enumerate((antenna for _, antenna in antennas), start=1))
        self.channels = {serial: number for number, (serial, _) in enumerate(antennas, start=1)}
        """Number of the channel by serial number of what hangs on it."""

    @staticmethod
    def weak_db(link_budget_db: float, fade_db: float) -> float:
        """Where 30 % of what is sent is lost."""
        return round(link_budget_db - 0.7 * fade_db, 1)

    def execute(self, line: str) -> str | None:
        """Carry out one line; every one is answered, but an empty one."""
        line = line.strip()
        if not line:
            return None
        if line.upper() in (":MN?", "MN?"):
            return MODEL
        if (asked := _ASK.fullmatch(line)) and (antenna := self._antenna(asked[1])):
            return f"{antenna.path.attenuation_db:g}"
        if (wanted := _SET.fullmatch(line)) and (antenna := self._antenna(wanted[1])):
            return _set(antenna, wanted[2])
        return UNKNOWN

    def _antenna(self, channel: str) -> Antenna | None:
        return self._antennas.get(int(channel))


def _set(antenna: Antenna, text: str) -> str:
    try:
        wanted_db = float(text)
    except ValueError:
        return UNKNOWN
    if wanted_db < 0:
        return TOO_LITTLE
    if not wanted_db <= MOST_DB:
        return TOO_MUCH
    antenna.attenuate(wanted_db)
    return TAKEN
