"""What the drivers recognise of a device CLI, as data that a lab overrides in its rig file.

Written from docs/wires/device-cli.md. Marked *seed* there: `devinfo`, `zb verbose on`, `znr`,
`zb at DJ`, `pair get_key`, `psts`, the words WAITING TO JOIN. Everything else is assumed, so
everything here can be overridden: `dialect: {prompt: "BAT# ", echo: false}`.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from hil.errors import RigFileError
from hil.files.closed_yaml import did_you_mean


def _compiled(pattern: object) -> object:
    if not isinstance(pattern, str):
        return pattern
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error


def _with_groups(*names: str) -> AfterValidator:
    def check(pattern: re.Pattern[str]) -> re.Pattern[str]:
        if missing := [name for name in names if name not in pattern.groupindex]:
            groups = ", ".join(f"(?P<{name}>…)" for name in missing)
            raise ValueError(f"{pattern.pattern!r} needs the group {groups}")
        return pattern

    return AfterValidator(check)


def _names_the_at_command(template: str) -> str:
    if "{what}" not in template:
        raise ValueError(f"{template!r} needs {{what}}, where the AT command stands")
    return template


def _as_tuple(patterns: object) -> object:
    return tuple(patterns) if isinstance(patterns, list) else patterns


Text = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Pattern = Annotated[re.Pattern[str], BeforeValidator(_compiled)]
ValueLine = Annotated[Pattern, _with_groups("value")]
"""The whole of a reply's line that carries one value, in the group `value`."""


LISTED = frozenset({"death_lines"})
"""The entries that are a list of patterns."""


class Dialect(BaseModel):
    """One kind of device CLI. Patterns match whole lines, except `log_line` and `death_lines`,
    which are searched. All see a line without its escape sequences and control characters.

    In YAML a pattern is best put in single quotes: `'sn: (?P<value>\\d{12})'`.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, hide_input_in_errors=True, defer_build=True
    )

    prompt: Text
    """No line end behind it. It is stripped where it stands in front of a line."""
    end_of_command: Literal["\r", "\n", "\r\n"] = "\r"
    echo: bool = True
    """Whether the device repeats what is typed. If so, a reply begins behind the echo."""

    log_line: Annotated[Pattern, _with_groups("text")] = re.compile(
        r"\[ *(?P<uptime>\d+\.\d{3})\] ZB: (?P<text>.*)"
    )
    waiting_to_join: Text = "WAITING TO JOIN"
    """Words of a log line and of `psts`: the node is out of the network. Seed."""

    end_of_reply: Pattern = re.compile(
        r"OK|.* OK|ERR \d+ .*|AT \S+: no response|unknown command: .*"
    )
    refusal: Annotated[Pattern, _with_groups("number", "text")] = re.compile(
        r"ERR (?P<number>\d+) (?P<text>.*)"
    )
    radio_busy: Pattern = re.compile(r"ERR 2 .*")
    """A refusal that may be another answer next time."""
    no_response: Pattern = re.compile(r"AT \S+: no response")
    """The radio was scanning or associating, and did not answer the CLI in time."""
    unknown_command: Pattern = re.compile(r"unknown command: .*")

    busy: Pattern = re.compile(r"(?i:(?:ERR \d+ )?(?:CLI|console) (?:is )?busy\b.*)")
    """The CLI has not taken the command, and will take it a little later. Assumed."""
    locked: Pattern = re.compile(
        r"(?i:(?:ERR \d+ )?(?:CLI|console) (?:is )?locked\b.*|(?:ERR \d+ )?firmware (?:update|upgrade) in "
        r"progress.*)"
    )
    """The CLI takes no command while a firmware update runs. Assumed."""

    death_lines: Annotated[tuple[Pattern, ...], BeforeValidator(_as_tuple)] = (
        re.compile(r"(?i)\bpanic\b"),
        re.compile(r"(?i)\bassert(?:ion)?\b.*(?:fail|:\d)"),
        re.compile(r"(?i)\b(?:hard|bus|usage|memmanage|secure) ?fault\b"),
        re.compile(r"(?i)\bstack (?:overflow|smashing)\b"),
        re.compile(r"(?i)\b(?:watchdog|wdt|wdog)\b.*\b(?:reset|timeout|expired|fired|bite)\b"),
        re.compile(r"(?i)\breset\b.*\b(?:watchdog|wdt|wdog)\b"),
        re.compile(r"(?i)\bbrown-?out\b"),
    )
    """What a device says when it dies or comes back from dying; ends whatever is waited for on the
    rig. Assumed: what firmware of this kind often says."""

    devinfo: Text = "devinfo"
    verbose_on: Text = "zb verbose on"
    verbose_off: Text = "zb verbose off"
    reset_network: Text = "znr"
    at: Annotated[Text, AfterValidator(_names_the_at_command)] = "zb at {what}"
    get_key: Text = "pair get_key"
    psts: Text = "psts"
    radio_reset: Text | None = "zb at FR"
    """Frees a stuck radio (assumed); null where the device has nothing of the kind."""

    join_every_s: Seconds = 5.0
    """Rig seconds between two tries of a node out of the network to join. Assumed: its radio's
    own pace is not published. The forced-loss recipe's times follow from it."""
    at_timeout_s: Seconds = 2.0
    """Rig seconds the CLI waits for a radio that is busy before it says `no response`. Assumed.
    How long a reply is waited for, and how often a busy radio is asked, follow from it."""

    busy_every_s: Seconds = 1.0
    """Rig seconds between two tries while the CLI is busy. Assumed."""

    char_delay_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """Rig seconds between two characters that are typed, for a device that loses some otherwise."""
    abandon_line: Text | None = None
    """What makes the CLI forget a command that is half typed, `"\x15"` (Ctrl-U) on many. Null where
    nothing does: such a command is then ended, and so carried out, before another is typed."""
    cursor_report: Text | None = None
    """The answer to `ESC[6n`, for a CLI that waits for one: `"\x1b[1;80R"`. Null: none is given."""

    serial_number_line: ValueLine = re.compile(r"sn: (?P<value>\d{12})")
    device_type_line: ValueLine = re.compile(r"type: (?P<value>\d+)")
    part_number_line: ValueLine = re.compile(r"part: (?P<value>\S+)")
    app_firmware_line: ValueLine = re.compile(r"app_fw: (?P<value>\S+)")
    radio_firmware_line: ValueLine = re.compile(r"zb_fw: (?P<value>\S+)")
    mac_line: ValueLine = re.compile(r"mac: (?P<value>[0-9A-Fa-f]{14,16})")
    """16 hexadecimal digits; 14 are taken too (the interface page prints such)."""
    key_line: ValueLine = re.compile(r"link_key: (?:none|(?P<value>[0-9A-Fa-f]{32}))")
    """Without a `value` the device has no key."""
    pairing_line: ValueLine = re.compile(r"pairing: (?P<value>\S+)")
    zb_line: ValueLine = re.compile(r"zb: (?P<value>.+)")
    parent_line: ValueLine = re.compile(r"parent: (?P<value>[0-9A-Fa-f]{1,4})")
    retries_line: ValueLine = re.compile(r"retries: (?P<value>\d+)")
    at_value_line: Annotated[Pattern, _with_groups("what", "value")] = re.compile(
        r"AT (?P<what>[A-Z]{2}) (?P<value>[0-9A-Fa-f]+)"
    )

    def at_command(self, what: str) -> str:
        """`AI` → `zb at AI`, `DJ 1` → `zb at DJ 1`."""
        return self.at.replace("{what}", what)

    def with_overrides(self, overrides: Mapping[str, object], *, where: str = "dialect") -> Self:
        """This dialect with some entries said otherwise; `where` they are, for the message.

        Raises:
            RigFileError: no such entry, or a value that cannot be one.
        """
        known = type(self).model_fields
        for key in overrides:
            if key not in known:
                raise RigFileError(f"{where}: unknown key {key!r}; {did_you_mean(key, known)}")
        try:
            return type(self).model_validate({**dict(self), **overrides})
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]
            reason = wrong["msg"].removeprefix("Value error, ")
            raise RigFileError(f"{where}.{wrong['loc'][0]}: {reason}") from error


def encharge_dialect() -> Dialect:
    """An Encharge's console, as far as anybody knows."""
    return Dialect(prompt="ENC> ")


def enpower_dialect() -> Dialect:
    """An Enpower's console, as far as anybody knows."""
    return Dialect(prompt="ENP> ")
