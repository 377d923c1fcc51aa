"""Dialect: what a lab may say otherwise, and what it is told when that makes no sense."""

import pytest

from hil.consoles.dialect import encharge_dialect, enpower_dialect
from hil.errors import RigFileError


def test_the_two_kinds_differ_in_the_prompt() -> None:
    assert (encharge_dialect().prompt, enpower_dialect().prompt) == ("ENC> ", "ENP> ")
    assert encharge_dialect().model_copy(update={"prompt": "ENP> "}) == enpower_dialect()


def test_a_lab_says_otherwise_without_code() -> None:
    dialect = encharge_dialect().with_overrides(
        {
            "prompt": "BAT# ",
            "echo": False,
            "at": "radio {what}!",
            "radio_reset": None,
            "join_every_s": 8,
            "serial_number_line": r"SN=(?P<value>\d+)",
        }
    )
    assert dialect.at_command("DJ 1") == "radio DJ 1!"
    assert (dialect.prompt, dialect.echo, dialect.radio_reset) == ("BAT# ", False, None)
    assert dialect.serial_number_line.fullmatch("SN=7")
    assert (dialect.join_every_s, dialect.at_timeout_s) == (8.0, 2.0)
    assert dialect.devinfo == "devinfo", "what is not overridden stays"
    assert encharge_dialect().prompt == "ENC> ", "and the default is untouched"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"promt": "BAT# "}, "dialect: unknown key 'promt'; did you mean 'prompt'?"),
        ({"prompt": ""}, "dialect.prompt: String should have at least 1 character"),
        ({"prompt": 5}, "dialect.prompt: Input should be a valid string"),
        ({"echo": "no"}, "dialect.echo: Input should be a valid boolean"),
        (
            {"end_of_command": "CR"},
            "dialect.end_of_command: Input should be '\\r', '\\n' or '\\r\\n'",
        ),
        (
            {"end_of_reply": "OK("},
            "dialect.end_of_reply: 'OK(' is no regular expression: "
            "missing ), unterminated subpattern at position 2",
        ),
        (
            {"mac_line": "mac: .*"},
            "dialect.mac_line: 'mac: .*' needs the group (?P<value>…)",
        ),
        ({"log_line": r"\[.*"}, r"dialect.log_line: '\\[.*' needs the group (?P<text>…)"),
        (
            {"at": "zb at"},
            "dialect.at: 'zb at' needs {what}, where the AT command stands",
        ),
        ({"get_key": None}, "dialect.get_key: Input should be a valid string"),
        ({"join_every_s": "5"}, "dialect.join_every_s: Input should be a valid number"),
        ({"at_timeout_s": 0}, "dialect.at_timeout_s: Input should be greater than 0"),
        ({"at_timeout_s": True}, "dialect.at_timeout_s: Input should be a valid number"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_override_is_one_message(overrides: dict[str, object], message: str) -> None:
    with pytest.raises(RigFileError) as caught:
        encharge_dialect().with_overrides(overrides)
    assert str(caught.value) == message


def test_the_message_begins_with_where_the_override_stands() -> None:
    with pytest.raises(RigFileError, match=r"^bench-07\.yaml: enpower\.dialect: unknown key"):
        encharge_dialect().with_overrides({"x": 1}, where="bench-07.yaml: enpower.dialect")


@pytest.mark.parametrize(
    "line",
    [
        "OK",
        "AT DJ=1 OK",
        "AT NR OK",
        "ERR 2 radio busy",
        "AT DJ: no response",
        "unknown command: x",
    ],
)
def test_every_end_line_of_the_contract_ends_a_reply(line: str) -> None:
    assert encharge_dialect().end_of_reply.fullmatch(line)


@pytest.mark.parametrize("line", ["verbose on", "AT DJ 1", "sn: 122000000131", "OKAY", "NOK", ""])
def test_no_other_line_ends_a_reply(line: str) -> None:
    assert not encharge_dialect().end_of_reply.fullmatch(line)
