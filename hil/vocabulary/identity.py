"""What a thing is called and which firmware it runs."""

import re
from dataclasses import dataclass
from typing import Self

_FIRMWARE = re.compile(r"(?P<letter>[RDM]?)(?P<numbers>\d+(?:\.\d+)+)")
_SERIAL_NUMBER = re.compile(r"\d{12}")


def is_serial_number(text: str) -> bool:
    """Whether `text` has the form of a device serial number: twelve decimal digits."""
    return _SERIAL_NUMBER.fullmatch(text) is not None


@dataclass(frozen=True, order=True, slots=True)
class Firmware:
    """A gateway firmware version; compares by its numbers only.

    The letter in front (`D8.2.4286`, `R4.10.35`) names a build stream and is dropped before
    comparing, as real clients do.
    """

    numbers: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `D8.2.4286` or `8.2.4286`.

        Raises:
            ValueError: quoting the text, when it is no version.
        """
        match = _FIRMWARE.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is no firmware version; expected something like D8.2.4286")
        return cls(tuple(int(part) for part in match["numbers"].split(".")))

    def __str__(self) -> str:
        return ".".join(str(number) for number in self.numbers)
