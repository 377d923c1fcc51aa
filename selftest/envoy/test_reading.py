"""From an answer to the error that says whose turn it is."""

import pytest

from hil.envoy.inventory import Inventory
from hil.envoy.reading import accept, read
from hil.envoy.relay import Relay
from hil.envoy.zigbee_documents import AgentFile
from hil.errors import (
    HilError,
    NotAnEnvoy,
    NotAuthorized,
    NotOffered,
    Refused,
    Unavailable,
    Unintelligible,
)
from hil.evidence.redaction import Redactor
from hil.vocabulary.identity import Firmware
from hil.vocabulary.secret import Secret
from selftest.envoy import made_up
from selftest.envoy.made_up import KEY, a_reply

ENVOY = "envoy 122000000001"
TRIED = f"{ENVOY}: GET http://192.0.2.10/ivp/ensemble/relay: "
FIRMWARE = Firmware.parse("8.2.127")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, NotOffered),
        (400, Refused),
        (401, NotAuthorized),
        (403, Refused),
        (404, NotOffered),
        (405, NotOffered),
        (500, Refused),
        (501, Refused),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
    ],
)
def test_each_status_is_the_error_that_says_whose_turn_it_is(
    status: int, error: type[HilError]
) -> None:
    with pytest.raises(HilError) as caught:
        accept(a_reply('{"err": "no"}', status=status), gateway=ENVOY, redactor=Redactor())
    assert type(caught.value) is error
    assert str(caught.value).startswith(TRIED + str(status))


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_passes(status: int) -> None:
    accept(a_reply("{}", status=status), gateway=ENVOY, redactor=Redactor())


def test_a_refusal_quotes_the_explanation_and_carries_status_and_body() -> None:
    body = '{"err": "400 - Bad Request", "msg": "122000000131 is not paired"}'
    with pytest.raises(Refused) as caught:
        accept(a_reply(body, status=400), gateway=ENVOY, redactor=Redactor())
    assert str(caught.value) == (f'{TRIED}400, "400 - Bad Request: 122000000131 is not paired"')
    assert (caught.value.status, caught.value.body) == (400, body)


def test_a_redirect_to_https_names_the_key_of_the_rig_file() -> None:
    moved = a_reply("", status=301, headers={"location": "https://192.0.2.10/ivp"})
    with pytest.raises(NotAnEnvoy, match="interface is at https://; write so in the rig file"):
        accept(moved, gateway=ENVOY, redactor=Redactor())


@pytest.mark.parametrize(
    "page",
    [
        a_reply("<!DOCTYPE html><h2>Welcome</h2>"),
        a_reply("\n <HTML><body>login"),
        a_reply("hello", headers={"content-type": "text/html; charset=utf-8"}),
    ],
)
def test_a_page_for_people_is_not_an_envoy(page: object) -> None:
    with pytest.raises(NotAnEnvoy, match="a page for people came"):
        accept(page, gateway=ENVOY, redactor=Redactor())  # type: ignore[arg-type]


def understand(body: object, model: type[Relay | Inventory | AgentFile] = Relay) -> object:
    redactor = Redactor([Secret("a known secret")])
    return read(model, a_reply(body), firmware=FIRMWARE, gateway=ENVOY, redactor=redactor)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "Invalid JSON: EOF while parsing a value at line 1 column 0"),
        ("[]", "Input should be an object"),
        (made_up.relay(der1_state="1"), "$.der1_state: Input should be a valid integer"),
        (made_up.relay(der3_state=None), "$.der3_state missing (required since firmware 8.2.127)"),
        ({"mains_admin_state": "open"}, "$.mains_oper_state: Field required"),
    ],
)
def test_what_cannot_be_understood_is_named_in_the_first_line(body: object, problem: str) -> None:
    with pytest.raises(Unintelligible) as caught:
        understand(body)
    first_line = str(caught.value).splitlines()[0]
    assert first_line == f"{TRIED}the answer (200) cannot be understood: {problem}"
    assert caught.value.document == a_reply(body).text


def test_the_place_of_a_wrong_field_is_given_in_full() -> None:
    body = made_up.inventory(made_up.encharge(percentFull="62"))
    with pytest.raises(Unintelligible, match=r"\$\[0\]\.devices\[0\]\.percentFull: Input"):
        understand(body, Inventory)


def test_a_long_list_of_problems_is_counted_and_a_long_document_cut() -> None:
    body = {"padding": "x" * 5000}
    with pytest.raises(Unintelligible) as caught:
        understand(body)
    lines = str(caught.value).splitlines()
    assert lines[5] == "  and 1 more"
    assert lines[-1] == "…"
    assert len(str(caught.value)) < 3000
    assert "x" * 5000 in caught.value.document


@pytest.mark.parametrize("cut", [1, 20, 45])
def test_no_error_about_a_document_shows_a_key_of_it(cut: int) -> None:
    whole = a_reply(made_up.agent_file(note="a known secret")).text
    with pytest.raises(Unintelligible) as caught:
        understand(whole[:-cut], AgentFile)

    said = str(caught.value) + caught.value.document
    assert not any(KEY[at : at + 8] in said for at in range(len(KEY) - 7))
    assert "known se" not in said
    assert "link_key" in said


def test_a_key_that_is_cut_off_in_the_middle_is_not_shown_either() -> None:
    text = a_reply(made_up.agent_file()).text
    with pytest.raises(Unintelligible) as caught:
        understand(text[: text.index(KEY) + 20], AgentFile)
    assert KEY[:8] not in str(caught.value) + caught.value.document
