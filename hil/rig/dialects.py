"""How each console of a rig speaks: hil's own guesses, the lab's file of dialects, the device's own entries.

Each says otherwise what stands in front of it.
"""

from typing import TypeVar

from pydantic import Field

from hil.consoles.dialect import Dialect, Overridable, encharge_dialect, enpower_dialect
from hil.consoles.shell_dialect import ShellDialect
from hil.files.closed_yaml import Closed, read_closed
from hil.rig.console_entry import DialectEntry
from hil.rig.rig_file import DeviceEntry, EnpowerEntry, RigFile

DialectT = TypeVar("DialectT", bound=Overridable)


class DialectFile(Closed):
    """Entries by kind of console; what each is called stands in the dialect of that kind."""

    encharge: DialectEntry = Field(default_factory=dict)
    enpower: DialectEntry = Field(default_factory=dict)
    envoy_shell: DialectEntry = Field(default_factory=dict)


def dialect_of(description: RigFile, device: DeviceEntry) -> Dialect:
    """A device's.

    Raises:
        RigFileError: the file of dialects cannot be read, or an entry cannot be used.
    """
    is_switch = isinstance(device, EnpowerEntry)
    kind = "enpower" if is_switch else "encharge"
    guessed = enpower_dialect() if is_switch else encharge_dialect()
    return _of_the_lab(description, guessed, kind).with_overrides(
        device.dialect, where=f"{description.path}: {kind} {device.serial_number}: dialect"
    )


def shell_dialect_of(description: RigFile) -> ShellDialect:
    """The gateway's shell's. Raises as `dialect_of`."""
    serial = description.envoy.serial_shell
    return _of_the_lab(description, ShellDialect(), "envoy_shell").with_overrides(
        serial.dialect if serial else {}, where=f"{description.path}: envoy.shell.serial.dialect"
    )


def _of_the_lab(description: RigFile, guessed: DialectT, kind: str) -> DialectT:
    if description.dialects is None:
        return guessed
    path = description.folder / description.dialects
    entries = getattr(read_closed(path, DialectFile, kind="file of dialects"), kind)
    return guessed.with_overrides(entries, where=f"{path}: {kind}")
