"""How bodies are described: by firmware, strictly, and without losing anything."""

from typing import Annotated

import pytest
from pydantic import ValidationError

from hil.envoy.document import Document, Since, Until, to_wire
from hil.envoy.inventory import Inventory
from hil.envoy.pel import PelSettings
from hil.envoy.relay import Relay
from hil.envoy.shape import Difference, differences, drift, missing
from hil.envoy.zigbee_documents import AgentFile
from hil.vocabulary.grid import GridMode, MainsState
from hil.vocabulary.identity import Firmware
from hil.vocabulary.secret import Secret
from selftest.envoy import made_up
from selftest.envoy.made_up import a_reply


class Part(Document):
    old: Annotated[int | None, Until("8.0")] = None
    new: Annotated[int | None, Since("8.1")] = None


class Whole(Document):
    parts: tuple[Part, ...]


@pytest.mark.parametrize(
    ("firmware", "body", "told"),
    [
        ("7.6.185", {"old": 1}, []),
        ("7.6.185", {}, ["$.parts[0].old missing (required until firmware 8.0)"]),
        ("8.0.1", {}, []),
        ("8.1.41", {"new": 1}, []),
        ("8.1.41", {"old": 1}, ["$.parts[0].new missing (required since firmware 8.1)"]),
        ("8.1.41", {"new": None}, ["$.parts[0].new missing (required since firmware 8.1)"]),
    ],
)
def test_a_field_is_required_from_or_until_a_firmware(
    firmware: str, body: dict[str, object], told: list[str]
) -> None:
    assert told_of(missing(Whole, {"parts": [body]}, Firmware.parse(firmware))) == told


def test_unknown_keys_are_kept_and_told_without_their_place_in_a_list() -> None:
    batteries = [made_up.encharge(new_key=1), made_up.encharge(new_key=2, other={"a": [1]})]
    body = made_up.inventory(*batteries)
    inventory = Inventory.model_validate_json(a_reply(body).text)

    assert told_of(drift(Inventory, body)) == ["$[*].devices[*].new_key", "$[*].devices[*].other"]
    assert to_wire(inventory) == body


def test_an_unknown_word_stays_text_and_is_drift() -> None:
    body = made_up.relay(mains_oper_state="half open", Enchg_grid_mode="multimode-offgrid")
    relay = Relay.model_validate_json(a_reply(body).text)

    assert relay.mains_oper_state == "half open"
    assert relay.mains_admin_state is MainsState.CLOSED
    assert relay.enchg_grid_mode is GridMode.OFF_GRID
    assert told_of(drift(Relay, body)) == ["$.mains_oper_state = 'half open'"]


def test_an_unknown_word_where_the_field_may_be_absent_is_drift_too() -> None:
    body = made_up.inventory(made_up.encharge(reported_enc_grid_state="sulking"))
    assert told_of(drift(Inventory, body)) == [
        "$[*].devices[*].reported_enc_grid_state = 'sulking'"
    ]


def test_hardware_that_is_not_tested_is_no_drift() -> None:
    body = [
        *made_up.inventory(),
        {"type": "COLLAR", "devices": [{"serial_num": "1", "part_num": "2", "mid state": "x"}]},
        {
            "grid_profile_name": "made up",
            "id": "x:0",
            "grid_profile_version": "1",
            "item_count": 3,
        },
    ]
    inventory = Inventory.model_validate_json(a_reply(body).text)
    assert told_of(drift(Inventory, body)) == []
    assert to_wire(inventory) == body


@pytest.mark.parametrize("value", ["62", 62.5, True, None, [62]])
def test_types_are_strict(value: object) -> None:
    body = made_up.inventory(made_up.encharge(percentFull=value))
    with pytest.raises(ValidationError, match="percentFull"):
        Inventory.model_validate_json(a_reply(body).text)


def test_a_temperature_may_be_unknown_after_a_restart() -> None:
    body = made_up.inventory(made_up.encharge(temperature="unknown", maxCellTemp="unknown"))
    inventory = Inventory.model_validate_json(a_reply(body).text)
    assert inventory.encharges[0].temperature == "unknown"
    assert to_wire(inventory) == body


@pytest.mark.parametrize("limit", [3000, 3000.0, 0.5])
def test_a_number_stays_as_it_was_spelled(limit: float) -> None:
    settings = PelSettings.model_validate_json(a_reply(made_up.pel(PEL_Limit=limit)).text)
    assert settings.limit == limit
    assert type(settings.limit) is type(limit)


def test_a_key_is_a_secret_everywhere_but_on_the_wire() -> None:
    body = made_up.agent_file()
    file = AgentFile.model_validate_json(a_reply(body).text)

    assert file.link_keys == {made_up.ENCHARGE: Secret(made_up.KEY)}
    assert to_wire(file) == body
    for shown in (repr(file), str(file.model_dump()), file.model_dump_json()):
        assert made_up.KEY[:8] not in shown


def test_a_wrong_key_does_not_show_in_the_error_about_it() -> None:
    body = made_up.agent_file(channel="twenty")
    with pytest.raises(ValidationError) as caught:
        AgentFile.model_validate_json(a_reply(body).text)
    assert made_up.KEY[:8] not in repr(caught.value)


def test_export_limits_come_all_or_only_with_their_switch() -> None:
    assert PelSettings.model_validate_json('{"PEL": false}').limit is None
    body = made_up.pel()
    del body["percent"], body["PEL_db"]
    with pytest.raises(ValidationError, match="percent, PEL_db missing beside"):
        PelSettings.model_validate_json(a_reply(body).text)


def test_a_document_cannot_be_changed() -> None:
    relay = Relay.model_validate_json(a_reply(made_up.relay()).text)
    with pytest.raises(ValidationError, match="frozen"):
        relay.der1_state = 0  # type: ignore[misc]


def test_what_a_body_lacks_and_what_it_has_instead_are_both_told() -> None:
    """A key that was given another name is one that is missing and one that is new."""
    battery = made_up.encharge(soc=61)
    del battery["percentFull"]
    body = made_up.inventory(battery, made_up.encharge(led_status="green"))

    found = differences(Inventory, body, a_reply(body).text, Firmware.parse("8.2.127"))
    assert [(each.kind, each.path) for each in found] == [
        ("missing", "$[0].devices[0].percentFull"),
        ("changed", "$[0].devices[1].led_status"),
        ("unknown", "$[*].devices[*].soc"),
    ]
    assert "green" not in "".join(told_of(found)), "a value may be a secret"


def told_of(found: list[Difference]) -> list[str]:
    return [str(each) for each in found]
