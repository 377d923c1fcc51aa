"""`/info`: who the gateway is and what it runs; XML, and open to everybody on every firmware."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from hil.envoy.reading import accept, unintelligible
from hil.evidence.redaction import Redactor
from hil.transports.http import Reply
from hil.vocabulary.identity import Firmware

TOKENS_SINCE = Firmware.parse("7.0")
"""`web-tokens` is said from here on; real clients choose token or digest by it."""


@dataclass(frozen=True, slots=True)
class Package:
    """One installed part of the firmware: `app`, `agf`, `essimg`, …"""

    name: str
    part_number: str
    version: str
    build: str


@dataclass(frozen=True, slots=True)
class Info:
    """What `/info` says. `raw` is the document itself."""

    serial_number: str
    part_number: str
    software: str
    """With the letter of its build stream: `D8.2.4286`."""
    firmware: Firmware
    time: int
    """The gateway's clock when it answered, UNIX seconds."""
    has_meters: bool | None
    """`imeter`; not said by firmware 3."""
    web_tokens: bool
    packages: Mapping[str, Package]
    build: Mapping[str, str]
    """`build_info`: empty on firmware 3; the release pair only from 7.3 on, and not always."""
    raw: str = field(repr=False)


def parse_info(reply: Reply, *, gateway: str, redactor: Redactor) -> Info:
    """Read the answer to GET /info. Its Content-Type is wrong on some firmware, so not looked at.

    Raises:
        NotAnEnvoy: a page for people, or XML of something else than a gateway.
        Unintelligible: no XML, or an element is missing or wrong; names it.
        RigError, Refused: as `hil.envoy.reading.accept`.
    """
    accept(reply, gateway=gateway, redactor=redactor)

    def wrong(problem: str) -> Exception:
        return unintelligible(reply, [problem], gateway=gateway, redactor=redactor)

    try:
        root = ElementTree.fromstring(reply.text.strip().encode())
    except ElementTree.ParseError as error:
        raise wrong(f"no XML: {error}") from error

    def text(path: str) -> str:
        element = root.find(path)
        if element is None or not (element.text or "").strip():
            raise wrong(f"{path} missing")
        return (element.text or "").strip()

    def flag(path: str) -> bool | None:
        if root.find(path) is None:
            return None
        if (word := text(path)) not in ("true", "false"):
            raise wrong(f"{path}: true or false expected, not {word!r}")
        return word == "true"

    software = text("device/software")
    try:
        firmware = Firmware.parse(software)
    except ValueError as error:
        raise wrong(f"device/software: {error}") from error
    if not (time := text("time")).isdecimal():
        raise wrong(f"time: UNIX seconds expected, not {time!r}")
    web_tokens = flag("web-tokens")
    if web_tokens is None and firmware >= TOKENS_SINCE:
        raise wrong(f"web-tokens missing (required since firmware {TOKENS_SINCE})")
    return Info(
        serial_number=text("device/sn"),
        part_number=text("device/pn"),
        software=software,
        firmware=firmware,
        time=int(time),
        has_meters=flag("device/imeter"),
        web_tokens=bool(web_tokens),
        packages={
            element.get("name", ""): Package(
                name=element.get("name", ""),
                part_number=element.findtext("pn", ""),
                version=element.findtext("version", ""),
                build=element.findtext("build", ""),
            )
            for element in root.findall("package")
        },
        build={element.tag: element.text or "" for element in root.findall("build_info/*")},
        raw=reply.text,
    )
