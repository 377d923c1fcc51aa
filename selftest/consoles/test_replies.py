"""Replies: text to meaning, and what is said when there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.consoles.dialect import encharge_dialect
from hil.consoles.replies import (
    DeviceInfo,
    Psts,
    association_code,
    parse_at_value,
    parse_device_info,
    parse_key,
    parse_psts,
)
from hil.errors import Unintelligible
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.secret import Secret
from hil.vocabulary.zigbee import AssociationCode

DIALECT = encharge_dialect()
KEY = "9A4C62E8F15B07D3A6287E9CB1F04D35"
DEVINFO = """sn: 122000000131
type: 13
part: 830-00703-r67
app_fw: 2.0.5663_rel/22.13
zb_fw: 100D
zb_bl: 1.8.1
mac: 0013a20041D00131
OK"""
PSTS = "pairing: key-set\nzb: WAITING TO JOIN\nparent: FFFE\nretries: 12\nOK"


def test_devinfo_says_who_it_is_and_what_it_runs() -> None:
    assert parse_device_info(DEVINFO, DIALECT, device="encharge") == DeviceInfo(
        serial_number="122000000131",
        device_type=DeviceType.ENCHARGE,
        part_number="830-00703-r67",
        app_firmware="2.0.5663_rel/22.13",
        radio_firmware="100D",
        mac="0013A20041D00131",
    )


def test_a_device_of_an_unknown_type_is_still_read() -> None:
    info = parse_device_info(DEVINFO.replace("13\n", "99\n"), DIALECT, device="encharge")
    assert info.device_type == 99


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("sn: 122000000131", "serial number"),
        ("type: 13", "type"),
        ("part: 830-00703-r67", "part number"),
        ("app_fw: 2.0.5663_rel/22.13", "application firmware"),
        ("zb_fw: 100D", "radio firmware"),
        ("mac: 0013a20041D00131", "MAC"),
    ],
)
def test_a_missing_field_is_named_with_the_device_and_the_reply(line: str, field: str) -> None:
    with pytest.raises(Unintelligible, match=f"^encharge 1: devinfo: no {field} in") as caught:
        parse_device_info(DEVINFO.replace(line, "?"), DIALECT, device="encharge 1")
    assert "?" in caught.value.document
    assert caught.value.document.endswith("OK")


def test_a_key_is_read_in_upper_case_and_never_shown() -> None:
    key = parse_key(f"link_key: {KEY.lower()}\nOK", DIALECT, device="encharge")
    assert key == Secret(KEY)
    assert KEY[:8] not in repr(key)


def test_no_key_is_none() -> None:
    assert parse_key("link_key: none\nOK", DIALECT, device="encharge") is None


@pytest.mark.parametrize("broken", [KEY[:-1], KEY + "0", KEY[:16] + "-" + KEY[16:]])
def test_a_broken_key_is_not_shown_either(broken: str) -> None:
    with pytest.raises(Unintelligible, match="pair get_key: no key") as caught:
        parse_key(f"link_key: {broken}\nOK", DIALECT, device="encharge")
    shown = str(caught.value) + caught.value.document
    assert not [start for start in range(25) if KEY[start : start + 8] in shown]


def test_psts_is_read() -> None:
    assert parse_psts(PSTS, DIALECT, device="encharge") == Psts(
        pairing="key-set", zb="WAITING TO JOIN", parent=0xFFFE, retries=12
    )


def test_psts_without_retries_is_named() -> None:
    with pytest.raises(Unintelligible, match="psts: no retries in"):
        parse_psts(PSTS.replace("retries", "tries"), DIALECT, device="encharge")


@pytest.mark.parametrize(
    ("reply", "value"), [("AT AI 0\nOK", 0), ("AT AI FF\nOK", 255), ("AT AI af\nOK", 0xAF)]
)
def test_an_at_value_is_hexadecimal(reply: str, value: int) -> None:
    assert parse_at_value(reply, DIALECT, what="AI", device="encharge") == value


def test_the_value_of_another_at_command_is_not_taken() -> None:
    with pytest.raises(Unintelligible, match="zb at AI: no AI in the reply 'AT DJ 0"):
        parse_at_value("AT DJ 0\nOK", DIALECT, what="AI", device="encharge")


def test_an_association_code_nobody_knows_stays_a_number() -> None:
    assert association_code(0x23) is AssociationCode.JOIN_NOT_ALLOWED
    assert association_code(0x77) == 0x77


@given(st.text())
def test_whatever_a_device_says_is_read_or_unintelligible(reply: str) -> None:
    for read in (
        lambda: parse_device_info(reply, DIALECT, device="d"),
        lambda: parse_key(reply, DIALECT, device="d"),
        lambda: parse_psts(reply, DIALECT, device="d"),
        lambda: parse_at_value(reply, DIALECT, what="AI", device="d"),
    ):
        with pytest.raises(Unintelligible):
            read()
