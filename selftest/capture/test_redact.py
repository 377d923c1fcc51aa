"""What may lie in a folder that is mailed: no key, no token, no network's name."""

import json

import pytest

from hil.capture.redact import Anonymous, redacted
from hil.evidence.redaction import Redactor
from hil.vocabulary.secret import Secret

KEY = "D2A94C7710FE4B3E95C86A01F37B42E8"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJhdWQiOiIxMjIwMDAwMDAwMDEifQ.c2lnbmF0dXJl"
KNOWN = "installer-secret-4711"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"link_key": KEY}, {"link_key": "‹hidden›"}),
        # In a form that nobody would recognise it by.
        ({"link_key": "0xD2 A9"}, {"link_key": "‹hidden›"}),
        ({"ssid": 'The Smiths\' "home"'}, {"ssid": "‹hidden›"}),
        ({"ESSID": "café", "psk": "12345678"}, {"ESSID": "‹hidden›", "psk": "‹hidden›"}),
        ({"pin": 1234, "Password": "x"}, {"pin": "‹hidden›", "Password": "‹hidden›"}),
        (
            {"access_token": "abc", "sessionId": "1"},
            {"access_token": "‹hidden›", "sessionId": "‹hidden›"},
        ),
        ({"zigbee_ic": "", "essid": ""}, {"zigbee_ic": "", "essid": ""}),
        ({"web-tokens": "true", "keypad": "on"}, {"web-tokens": "true", "keypad": "on"}),
        ({"serial_num": "122000000131"}, {"serial_num": "122000000131"}),
    ],
)
def test_secrets_are_hidden_by_their_name_and_the_json_stays_json(
    said: dict[str, object], kept: dict[str, object]
) -> None:
    assert json.loads(redacted(json.dumps(said, indent=4), Redactor())) == kept


def test_secrets_are_hidden_by_what_the_rig_knows_and_by_their_form() -> None:
    said = f'{{"note": "{KEY} {TOKEN} {KNOWN}"}}'

    kept = redacted(said, Redactor([Secret(KNOWN)]))

    assert json.loads(kept)
    for secret in (KEY, TOKEN, KNOWN):
        assert secret[:8] not in kept


def test_every_device_gets_another_serial_number_and_the_same_everywhere() -> None:
    anonymous = Anonymous()

    first = anonymous.text('{"122000000131": {"serial_num": "122000000017", "eid": 1090519312}}')
    second = anonymous.text('<sn>122000000017</sn> "122000000017EIM1" "/dataraw/122000000131"')

    assert first == '{"990000000001": {"serial_num": "990000000002", "eid": 1090519312}}'
    assert second == '<sn>990000000002</sn> "990000000002EIM1" "/dataraw/990000000001"'
    assert anonymous.text(first) == first, "what is another one already stays"


def test_what_only_looks_like_a_serial_number_stays() -> None:
    said = '{"whLifetime": 122000000131, "at": "1700000000000", "fw": "001.002.1.7.1"}'
    assert Anonymous().text(said) == said


def test_addresses_are_others_too() -> None:
    said = '{"mac": "00:1D:C0:00:00:01", "mac_addr": "0013A20041D00131", "ip": "10.1.2.3"}'
    assert json.loads(Anonymous().text(said)) == {
        "mac": "02:00:00:00:00:01",
        "mac_addr": "0200000000000001",
        "ip": "192.0.2.1",
    }
