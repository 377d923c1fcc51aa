"""What the replies of a device CLI mean: text to values; pure.

`reply` is a reply with a line each, `device` the device's name for messages. Every function
raises `Unintelligible`, naming the field, with the reply in it (keys masked).
"""

import re
from dataclasses import dataclass

from hil.consoles.dialect import Dialect
from hil.errors import Unintelligible
from hil.evidence.redaction import Redactor
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.secret import Secret
from hil.vocabulary.zigbee import AssociationCode

_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{8,}")


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """`devinfo`: who a device is, and what it runs."""

    serial_number: str
    device_type: int
    """A `DeviceType` where the number is a known one."""
    part_number: str
    app_firmware: str
    radio_firmware: str
    mac: str
    """Upper case."""


@dataclass(frozen=True, slots=True)
class Psts:
    """`psts`: pairing as the device sees it. Its words are assumed and not checked here."""

    pairing: str
    zb: str
    parent: int
    """Short address."""
    retries: int


def parse_device_info(reply: str, dialect: Dialect, *, device: str) -> DeviceInfo:
    """Read the answer to `devinfo`."""

    def value(field: str, line: re.Pattern[str]) -> str:
        return _value(reply, line, field=field, of=f"{device}: {dialect.devinfo}")

    number = int(value("type", dialect.device_type_line))
    return DeviceInfo(
        serial_number=value("serial number", dialect.serial_number_line),
        device_type=DeviceType(number) if number in set(DeviceType) else number,
        part_number=value("part number", dialect.part_number_line),
        app_firmware=value("application firmware", dialect.app_firmware_line),
        radio_firmware=value("radio firmware", dialect.radio_firmware_line),
        mac=value("MAC", dialect.mac_line).upper(),
    )


def parse_key(reply: str, dialect: Dialect, *, device: str) -> Secret | None:
    """Read the answer to `pair get_key`: the link key in upper case, None where there is none."""
    for line in reply.split("\n"):
        if match := dialect.key_line.fullmatch(line):
            return Secret(match["value"].upper()) if match["value"] else None
    # What is no key as it should be may still be most of one.
    raise _unintelligible(_HEXADECIMAL.sub("…", reply), "key", f"{device}: {dialect.get_key}")


def parse_psts(reply: str, dialect: Dialect, *, device: str) -> Psts:
    """Read the answer to `psts`."""

    def value(field: str, line: re.Pattern[str]) -> str:
        return _value(reply, line, field=field, of=f"{device}: {dialect.psts}")

    return Psts(
        pairing=value("pairing", dialect.pairing_line),
        zb=value("zb", dialect.zb_line),
        parent=int(value("parent", dialect.parent_line), 16),
        retries=int(value("retries", dialect.retries_line)),
    )


def parse_at_value(reply: str, dialect: Dialect, *, what: str, device: str) -> int:
    """Read the answer to an AT query, a hexadecimal number, as `AT AI FF`."""
    for line in reply.split("\n"):
        match = dialect.at_value_line.fullmatch(line)
        if match and match["what"] == what:
            return int(match["value"], 16)
    raise _unintelligible(reply, what, f"{device}: {dialect.at_command(what)}")


def association_code(number: int) -> AssociationCode | int:
    """What an AI value means; the number itself where that is not known."""
    return AssociationCode(number) if number in set(AssociationCode) else number


def _value(reply: str, line: re.Pattern[str], *, field: str, of: str) -> str:
    for text in reply.split("\n"):
        if match := line.fullmatch(text):
            return match["value"]
    raise _unintelligible(reply, field, of)


def _unintelligible(reply: str, field: str, of: str) -> Unintelligible:
    shown = Redactor().scrub(reply)
    return Unintelligible(f"{of}: no {field} in the reply {shown!r}", document=shown)
