"""What is said of captured bodies, above all of those that nobody here has met yet."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies

from hil.capture.check import Checked, Verdict, check_body, check_capture
from hil.envoy.views import READS
from hil.files.capture_folder import Captured, file_name, read_capture
from hil.vocabulary.identity import Firmware
from selftest.envoy import made_up, made_up_settings

RELAY, INVENTORY = "ivp_ensemble_relay", "ivp_ensemble_inventory"
PAGE_401 = """<html>\r
<head><title>401 Authorization Required</title></head>\r
<body>\r
<center><h1>401 Authorization Required</h1></center>\r
<script>setTimeout(function () { window.location.replace("/login.html") }, 500)</script>\r
</body>\r
</html>\r
"""
LOGIN = "<!DOCTYPE html>\n<html><head><title>Sign\n in</title></head><body></body></html>"
OLD_PAGE = """    <!DOCTYPE html PUBLIC "-//IETF//DTD HTML 2.0//EN">
    <html><body><h2>Page Not Found</h2></body></html>
"""


def a_capture(
    folder: Path, bodies: dict[str, object], *, firmware: str | None = "D8.2.127", **said: object
) -> Path:
    """`bodies` by file name, JSON unless it is text or bytes; `said` is what was said beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    if firmware is not None:
        (folder / "info").write_text(made_up.info(firmware))
    for name, body in bodies.items():
        text = body if isinstance(body, str | bytes) else json.dumps(body, indent=4)
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    if said:
        (folder / "_http.json").write_text(json.dumps(said))
    return folder


def of(folder: Path, name: str) -> Checked:
    return next(body for body in check_capture(folder).bodies if body.file == name)


def told(body: Checked) -> list[str]:
    return [f"{each.kind} {each}" for each in body.differences]


@pytest.mark.parametrize(
    ("name", "body", "said", "note"),
    [
        (INVENTORY, '{ "error" : "404 - Not Found" }', {"status": 404}, '404, "404 - Not Found"'),
        (INVENTORY, '{ "error" : "404 - Not Found" }', {}, "says '404 - Not Found'"),
        ("ivp_ss_pel_settings", ' { "err": "404 - Not Found" }\n', {}, "says '404 - Not Found'"),
        ("ivp_ensemble_status", PAGE_401, {"status": 401}, "401, not let in"),
        ("ivp_ensemble_status", PAGE_401, {}, "a page for people: 401 Authorization Required"),
        ("ivp_ensemble_power", LOGIN, {"status": 200}, "200, a page for people: Sign in"),
        ("admin_lib_tariff", OLD_PAGE, {"status": 200}, "200, a page for people: Page Not Found"),
        ("admin_lib_tariff", "Error: 401\n", {}, "401, as text"),
        ("ivp_meters", "", {"status": 404}, "404"),
        ("ivp_meters", "", {}, "empty: no text"),
        (RELAY, "{}", {"status": 200}, "empty: {}"),
        ("ivp_ss_der_settings", "[]", {}, "empty: []"),
        (RELAY, "busy", {"status": 503}, "503, the gateway is starting or overloaded, or"),
        ("ivp_sc_status", "", {"status": 301}, "301, a redirect to nowhere, which is not followed"),
        (
            "ivp_ensemble_power",
            '{"status": 401, "error": "", "info": "Authentication required", "moreInfo": ""}',
            {},
            "says 'Authentication required'",
        ),
    ],
)
def test_a_gateway_that_says_no_is_understood(
    name: str, body: str, said: dict[str, object], note: str, tmp_path: Path
) -> None:
    found = of(a_capture(tmp_path, {name: body}, firmware=None, **{name: said}), name)

    assert (found.verdict, found.differences) == (Verdict.UNDERSTOOD, ())
    assert found.note.startswith(note)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("ivp_ensemble_relay.json", made_up.relay()),
        (RELAY, b"\xef\xbb\xbf" + json.dumps(made_up.relay()).encode()),
        (RELAY, json.dumps(made_up.relay(), indent=1).replace("\n", "\r\n") + "\r\n\r\n"),
        ("ivp_ss_gen_config", {}),
        ("ivp_ss_pel_settings", {"PEL": False}),
        (INVENTORY, []),
        (INVENTORY, [{"type": "ENCHARGE", "devices": []}]),
        (INVENTORY, [{"type": "SOMETHING NEW", "devices": [made_up.device("1", **{"Mid V": 3})]}]),
        (INVENTORY, made_up.inventory(made_up.encharge(temperature="unknown"))),
        # As somebody has made it unrecognisable.
        (INVENTORY, made_up.inventory(made_up.encharge(serial_num="12345678901006"))),
        ("ivp_ensemble_submod", {"serial_nums": {}}),
        ("ivp_ensemble_dataraw_122000000131", {"data_records": {"122000000131": {"x": [1]}}}),
        ("ivp_adc_relaxedparams_add", {"anything": 1}),
        ("admin_lib_tariff", {"tariff": made_up_settings.rates(), "schedule": {"what": "ever"}}),
        # A byte that is no UTF-8, in a name that somebody has typed.
        (
            "ivp_ss_dry_contact_settings",
            json.dumps({"dry_contacts": [made_up_settings.contact("NC1", load_name="K?che")]})
            .encode()
            .replace(b"?", b"\xfc"),
        ),
    ],
)
def test_a_body_that_is_known_is_understood_however_it_was_kept(
    name: str, body: object, tmp_path: Path
) -> None:
    found = of(a_capture(tmp_path, {name: body}), name)

    assert (found.verdict, told(found), found.note) == (Verdict.UNDERSTOOD, [], "")


def test_a_tariff_of_an_old_firmware_lacks_what_only_later_ones_say(tmp_path: Path) -> None:
    rates = made_up_settings.rates()
    for key in ("logger", "date", "storage_settings", "seasons_sell"):
        del rates[key]
    rates["single_rate"] = {"rate": 0.2}
    body = {"tariff": rates, "schedule": {"source": "Tariff"}}

    before = of(a_capture(tmp_path / "4", {"admin_lib_tariff": body}, firmware="R4.10.35"), FILE)
    after = of(a_capture(tmp_path / "8", {"admin_lib_tariff": body}), FILE)

    assert told(before) == []
    assert [each.path for each in after.differences] == [
        f"$.tariff.{key}" for key in ("logger", "date", "storage_settings", "seasons_sell")
    ] + ["$.tariff.single_rate.sell"]
    assert {str(each.kind) for each in after.differences} == {"missing"}


FILE = "admin_lib_tariff"
KEYS = {
    field.alias or name for model in READS.values() for name, field in model.model_fields.items()
} | {"type", "devices", "serial_nums", "err", "device_type", "new key"}


@pytest.mark.parametrize(
    ("name", "body", "differences"),
    [
        (RELAY, made_up.relay(der4_state=1), ["unknown $.der4_state"]),
        (
            RELAY,
            made_up.relay(der1_state="1", mains_oper_state="half open"),
            [
                "changed $.der1_state: Input should be a valid integer",
                "unknown $.mains_oper_state = 'half open'",
            ],
        ),
        (
            RELAY,
            {key: word for key, word in made_up.relay().items() if key != "der3_state"},
            ["missing $.der3_state missing (required since firmware 8.2.127)"],
        ),
        (
            "ivp_ensemble_power",
            {"devices": []},
            [
                "missing $['devices:'] missing (on every firmware known)",
                "unknown $.devices",
            ],
        ),
        (
            INVENTORY,
            made_up.inventory(made_up.encharge(percentFull=61.5, heat=1), made_up.encharge(heat=2)),
            [
                "changed $[0].devices[0].percentFull: Input should be a valid integer",
                "unknown $[*].devices[*].heat",
            ],
        ),
        (
            "ivp_ss_pel_settings",
            {key: word for key, word in made_up.pel().items() if key != "PEL_db"},
            ["changed PEL_db missing beside the other settings"],
        ),
        # As a terminal on the gateway's own shell has it.
        (
            RELAY,
            json.dumps(made_up.relay()) + "[11:03:03][envoy:~$]",
            ["changed 20 characters follow the document"],
        ),
    ],
)
def test_what_is_new_lacking_or_changed_is_drift_and_says_where(
    name: str, body: object, differences: list[str], tmp_path: Path
) -> None:
    found = of(a_capture(tmp_path, {name: body}), name)

    assert found.verdict is Verdict.DRIFT
    assert told(found) == differences


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        (RELAY, '{"mains_admin_state": "clo', "no JSON: Unterminated string starting at: line 1"),
        (RELAY, "mains: closed", "no JSON: Expecting value: line 1 column 1"),
        (RELAY, [1], "JSON, but a list where an object should be"),
        (INVENTORY, '"nothing"', "JSON, but text where a list should be"),
        (INVENTORY, {"devices": {"a": 1}}, "JSON, but an object where a list should be"),
        ("info", '{"serial": 1}', "no XML: not well-formed"),
        ("info", made_up.info()[:200], "no XML: "),
        ("info", "<rss><item/></rss>", "XML, but of 'rss' and not of 'envoy_info'"),
    ],
)
def test_what_is_of_another_kind_cannot_be_understood_and_says_why(
    name: str, body: object, why: str, tmp_path: Path
) -> None:
    found = of(a_capture(tmp_path, {name: body}, firmware=None), name)

    assert found.verdict is Verdict.UNINTELLIGIBLE
    assert found.note.startswith(why)


def test_info_tells_the_firmware_and_what_is_new_in_it(tmp_path: Path) -> None:
    page = made_up.info("D9.1.2 (beta)").replace("<seqnum>", "<fuse>1</fuse><seqnum>")
    page = page.replace("</envoy_info>", "<region>made up</region></envoy_info>")
    a_capture(tmp_path, {"info.xml": page, RELAY: made_up.relay()}, firmware=None)

    found = of(tmp_path, "info.xml")
    assert [(str(each.kind), each.path) for each in found.differences] == [
        ("unknown", "/envoy_info/device/fuse"),
        ("unknown", "/envoy_info/region"),
        ("changed", "/envoy_info/device/software"),
    ]
    assert str(check_capture(tmp_path).firmware) == "9.1.2"
    assert "$.srt12_state" in [each.path for each in of(tmp_path, RELAY).differences]


def test_what_is_asked_of_a_firmware_is_not_asked_where_none_is_told(tmp_path: Path) -> None:
    body = made_up.relay()
    del body["der3_state"]
    assert told(of(a_capture(tmp_path, {RELAY: body}, firmware=None), RELAY)) == []


def test_a_view_that_nobody_reads_or_knows_is_named_and_no_fault(tmp_path: Path) -> None:
    a_capture(
        tmp_path,
        {
            "inv": "<html></html>",
            "ivp_sc_sched": {"acb_current_mode": 0},
            "ivp_brand_new": "\x00\x01",
            "README.md": "who took this",
            "ivp_ensemble_relay_log.json": {"headers": {}, "code": 200},
            ".DS_Store": "",
        },
    )
    found = {
        body.file: (body.path, body.verdict, body.note) for body in check_capture(tmp_path).bodies
    }
    del found["info"]
    assert found == {
        "inv": ("/inv", "not read", "no reader in hil"),
        "ivp_sc_sched": ("/ivp/sc/sched", "not read", "no reader in hil"),
        "ivp_brand_new": (None, "not read", "not known to us"),
    }


def test_status_and_headers_are_found_in_a_log_beside_each_file_too(tmp_path: Path) -> None:
    log = {"headers": {"Content-Type": "text/html"}, "code": 401}
    a_capture(tmp_path, {RELAY: PAGE_401, f"{RELAY}_log.json": log})

    (body,) = (each for each in read_capture(tmp_path, ["/ivp/ensemble/relay"]) if each.path)
    assert (body.status, body.headers) == (401, {"content-type": "text/html"})


ANYTHING = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(max_size=5),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(strategies.sampled_from(sorted(KEYS)), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(
    path=strategies.sampled_from(sorted(READS)),
    said=ANYTHING.map(lambda each: json.dumps(each).encode()) | strategies.binary(max_size=20),
    status=strategies.sampled_from([None, 200, 401, 404, 500]),
    firmware=strategies.sampled_from([None, Firmware.parse("5.0"), Firmware.parse("9.1.1")]),
)
def test_whatever_a_gateway_says_there_is_a_verdict(
    path: str, said: bytes, status: int | None, firmware: Firmware | None
) -> None:
    body = Captured("body", path, status, {}, None, said)
    found = check_body(body, firmware)
    assert (found.verdict is Verdict.DRIFT) == bool(found.differences)


def test_a_file_is_named_after_its_request() -> None:
    assert file_name("/ivp/ensemble/power") == "ivp_ensemble_power"
    assert file_name("/production.json?details=1") == "production.json_details_1"
    assert file_name("/ivp/adc/record?eid=1090519312&agf=vrt") == (
        "ivp_adc_record_eid_1090519312_agf_vrt"
    )
