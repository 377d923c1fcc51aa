"""How serial numbers and versions are written in files."""

from typing import Annotated

from pydantic import AfterValidator

from hil.vocabulary.identity import Firmware, is_serial_number


def _serial_number(text: str) -> str:
    if not is_serial_number(text):
        raise ValueError(f"{text!r} is no serial number; twelve digits are wanted")
    return text


def _firmware(text: str) -> str:
    Firmware.parse(text)
    return text


SerialNumber = Annotated[str, AfterValidator(_serial_number)]
"""Twelve decimal digits, as text: YAML would drop a leading zero."""

FirmwareText = Annotated[str, AfterValidator(_firmware)]
"""A gateway firmware, with or without its letter: `"D8.2.127"`."""
