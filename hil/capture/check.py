"""Whether hil understands what was captured, body by body: by the readers that tests use."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import get_origin
from xml.etree import ElementTree

from pydantic import BaseModel, RootModel

from hil.capture.info_check import FIRMWARE_IN, info_differences
from hil.envoy.conversation import INFO_PATH
from hil.envoy.reading import accept
from hil.envoy.shape import Difference, Kind, differences
from hil.envoy.views import KNOWN, read_as
from hil.errors import HilError, NotAnEnvoy
from hil.evidence.redaction import Redactor
from hil.files.capture_folder import Captured, about, read_capture
from hil.transports.http import Reply
from hil.vocabulary.identity import Firmware


class Verdict(StrEnum):
    """What is to be said of one body."""

    UNDERSTOOD = "understood"
    """A refusal and an empty answer are understood, too; the note says so."""
    DRIFT = "drift"
    UNINTELLIGIBLE = "unintelligible"
    UNREAD = "not read"
    """Nobody here reads this view, or its name is not known to us."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One body."""

    file: str
    path: str | None
    status: int | None
    verdict: Verdict
    note: str = ""
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedCapture:
    """All of a folder."""

    folder: Path
    firmware: Firmware | None
    """Of `/info`; None where that is not there, or does not tell."""
    bodies: tuple[Checked, ...]

    def of(self, verdict: Verdict) -> list[Checked]:
        """Those with this verdict."""
        return [body for body in self.bodies if body.verdict is verdict]


def check_capture(folder: Path) -> CheckedCapture:
    """Check every body of one capture.

    Raises:
        OSError: it cannot be read.
    """
    bodies = read_capture(folder, KNOWN)
    firmware = _firmware(bodies, folder)
    return CheckedCapture(folder, firmware, tuple(check_body(body, firmware) for body in bodies))


def check_body(body: Captured, firmware: Firmware | None) -> Checked:
    """Check one body of a gateway with this firmware; None where it is not known."""

    def found(verdict: Verdict, note: str = "", said: Sequence[Difference] = ()) -> Checked:
        return Checked(body.file, body.path, body.status, verdict, note, tuple(said))

    if body.path is None:
        return found(Verdict.UNREAD, "not known to us")
    model = read_as(body.path)
    if model is None and not _is_info(body):
        refused = body.status is not None and not 200 <= body.status < 300
        if refused and (refusal := _refusal(body)):
            return found(Verdict.UNDERSTOOD, refusal)
        return found(Verdict.UNREAD, "no reader in hil")
    if refusal := _refusal(body):
        return found(Verdict.UNDERSTOOD, refusal)
    try:
        told = info_differences(body.text) if model is None else _differences(body, model, firmware)
    except _Empty:
        return found(Verdict.UNDERSTOOD, f"empty: {body.text.strip() or 'no text'}")
    except ValueError as error:
        return found(Verdict.UNINTELLIGIBLE, str(error))
    return found(Verdict.DRIFT if told else Verdict.UNDERSTOOD, said=told)


class _Empty(Exception):
    """The gateway says nothing where it could have said something."""


def _differences(
    body: Captured, model: type[BaseModel], firmware: Firmware | None
) -> list[Difference]:
    """Raises ValueError: not of this kind at all."""
    text = body.text.strip()
    if not text:
        raise _Empty
    try:
        said, end = json.JSONDecoder().raw_decode(text)
    except ValueError as error:
        raise ValueError(f"no JSON: {error}") from None
    after = text[end:].strip()
    text = text[:end]
    told = differences(model, said, text, firmware)
    if told and not said and not isinstance(said, bool | int):
        raise _Empty
    wanted = _outermost(model)
    if not isinstance(said, wanted):
        came, kind = _in_words(type(said)), _in_words(wanted)
        raise ValueError(f"JSON, but {came} where {kind} should be")
    if after:
        # A gateway's own shell glues its prompt to the last brace.
        told.append(Difference(Kind.CHANGED, "$", f"{len(after)} characters follow the document"))
    return told


def _outermost(model: type[BaseModel]) -> type:
    if not issubclass(model, RootModel):
        return dict
    return dict if get_origin(model.model_fields["root"].annotation) is dict else list


def _in_words(kind: object) -> str:
    words: dict[object, str] = {dict: "an object", list: "a list", str: "text"}
    return words.get(kind, "a number or a word")


_ERROR = re.compile(r"error: (\d{3})", re.IGNORECASE)
_ERROR_KEYS = frozenset(
    ["err", "error", "msg", "message", "status", "code", "info", "moreInfo", "reason"]
)
_TITLE = re.compile(r"<(title|h1|h2)[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)


def _refusal(body: Captured) -> str:
    """How the gateway said no, or "" where it did not; also where nobody kept the status."""
    text = body.text.strip()
    is_json = text.startswith(("{", "["))
    headers = {
        # Told wrongly by some firmware: XML and JSON as pages, and the other way round.
        name: value
        for name, value in body.headers.items()
        if not (name == "content-type" and (is_json or text.startswith("<?xml")))
    }
    status = 200 if body.status is None else body.status
    reply = Reply("GET", str(body.path), status, headers, text, body.seconds or 0.0)
    try:
        accept(reply, gateway="", redactor=Redactor())
    except NotAnEnvoy:
        title = _TITLE.search(text)
        named = f": {' '.join(title[2].split())}" if title else ""
        return f"{_seen(body)}a page for people{named}"
    except HilError as error:
        told = str(error).splitlines()[0].removeprefix(f": GET {body.path}: ")
        return re.split(r"[.;] ", told)[0]
    if (plain := _ERROR.match(text)) is not None:
        return f"{plain[1]}, as text"
    said = _object(text) if is_json else {}
    if said and said.keys() <= _ERROR_KEYS and said.keys() & {"err", "error"}:
        return f"{_seen(body)}says {said.get('err') or said.get('error') or said.get('info')!r}"
    return ""


def _seen(body: Captured) -> str:
    return "" if body.status is None else f"{body.status}, "


def _object(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_info(body: Captured) -> bool:
    return body.path == INFO_PATH


def _firmware(bodies: Sequence[Captured], folder: Path) -> Firmware | None:
    """What `/info` says, in whatever shape; else what was written about the capture."""
    told = [about(folder).get("firmware")]
    for body in filter(_is_info, bodies):
        try:
            told.insert(0, ElementTree.fromstring(body.data.strip()).findtext("device/software"))
        except ElementTree.ParseError:
            continue
    for text in told:
        if isinstance(text, str) and (found := FIRMWARE_IN.search(text)) is not None:
            return Firmware.parse(found.group())
    return None
