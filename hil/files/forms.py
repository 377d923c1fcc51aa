"""How serial numbers, versions and promises are written in files."""

import re
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


def _promise_id(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}-\d{3}", text):
        raise ValueError(f"{text!r} is no promise; one like ZB-004 is wanted")
    return text


def _promise_or_area(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}(-\d{3})?", text):
        raise ValueError(f"{text!r} is no promise; one like ZB-004, or an area like ZB, is wanted")
    return text


SerialNumber = Annotated[str, AfterValidator(_serial_number)]
"""Twelve decimal digits, as text: YAML would drop a leading zero."""

FirmwareText = Annotated[str, AfterValidator(_firmware)]
"""A gateway firmware, with or without its letter: `"D8.2.127"`."""

PromiseId = Annotated[str, AfterValidator(_promise_id)]
"""A promise of docs/promises.yaml: `ZB-004`."""

PromiseOrArea = Annotated[str, AfterValidator(_promise_or_area)]
"""A promise, or the area in front of the ids of several: `EN-001`, `EN`."""
