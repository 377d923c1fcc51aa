"""A serial console in a rig file. Keys: `rigs/README.md`."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field

from hil.consoles.dialect import LISTED
from hil.files.closed_yaml import Closed, Misfit
from hil.rig.addresses import SerialPort


def _dialect(entries: Mapping[str, object]) -> Mapping[str, object]:
    for name, value in entries.items():
        if name in LISTED:
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise Misfit("a list of texts is wanted", at=(name,))
        elif value is not None and not isinstance(value, str | int | float | bool):
            raise Misfit("one text, number or true/false is wanted", at=(name,))
    return entries


DialectEntry = Annotated[Mapping[str, Any], AfterValidator(_dialect)]
"""Entries of a dialect by name, said otherwise; whether there are such is not checked here."""


class ConsoleEntry(Closed):
    """The serial console of a device, 8N1."""

    port: SerialPort
    baud: Annotated[int, Field(gt=0)] = 115200
    reopen_within_s: Annotated[float, Field(gt=0)] | None = None
    """This console's own, in wall seconds; None: as `recording` has it."""


class RiggedConsole(NamedTuple):
    """A serial line of the rig."""

    name: str
    """The serial number of the device it leads to."""
    device: str
    """Kind and serial number."""
    entry: ConsoleEntry

    @property
    def wire(self) -> str:
        """What messages and the timeline call it."""
        return f"{self.device} console"
