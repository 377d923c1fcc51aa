"""Every view of a gateway saved as a capture: looked at, never changed."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from hil.capture.redact import Anonymous, redacted
from hil.envoy import ensemble, grid_profile, inverters_status, meters
from hil.envoy.client import Envoy
from hil.envoy.conversation import INFO_PATH
from hil.envoy.reading import as_json
from hil.envoy.views import ASKS_MORE_THAN_A_LOOK, READS, SAID_TWICE, UNREAD
from hil.errors import SuiteError, Unreachable
from hil.evidence.redaction import Redactor
from hil.files.capture_folder import ABOUT, HTTP, file_name
from hil.transports.http import Reply

_AT_ONCE = 3
"""So many views without an answer, one after the other, and the gateway is given up."""

_NOT_ASKED_FOR = {
    "/inv": "a slow page, which no reader here takes",
    f"{inverters_status.OLD_PATH}.json": "says what another view says",
    **dict.fromkeys(SAID_TWICE, "a slow page, and says what another view says"),
}
"""Left out beside what asks for more than a look, and why."""

_IN_ANOTHER_WAY = (grid_profile.RECORD, ensemble.RAW_DATA)
"""Asked for with a device, or with a `/` at the end."""


@dataclass
class Taken:
    """What came of it."""

    folder: Path
    gateway: str
    firmware: str
    statuses: dict[str, int] = field(default_factory=dict)
    """By path."""
    no_answer: dict[str, str] = field(default_factory=dict)
    """Why there was none, by path."""


def take(
    envoy: Envoy,
    folder: Path,
    *,
    redactor: Redactor,
    eids: Sequence[int] = (),
    anonymous: Anonymous | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Taken:
    """Save every view, with what the inverters with these `eids` carry; `anonymous` renames devices.

    Raises:
        SuiteError: there is something in the folder already.
        HilError: `/info` was not answered, or it is no gateway's.
    """
    if folder.exists() and any(folder.iterdir()):
        raise SuiteError(f"{folder} is not empty; a capture wants a folder of its own")
    folder.mkdir(parents=True, exist_ok=True)
    info = envoy.info.read()
    serial = anonymous.serial_number(info.serial_number) if anonymous else info.serial_number
    taken = Taken(folder, serial, info.software)
    said = _Said(redactor, anonymous)
    try:
        _look_at_all(envoy, taken, said, eids, tell)
    finally:
        said.write(folder / HTTP, said.beside_the_bodies)
        said.write(folder / ABOUT, _about(taken, is_anonymous=anonymous is not None))
    return taken


@dataclass
class _Said:
    """What the gateway has said, as it may be written."""

    redactor: Redactor
    anonymous: Anonymous | None
    bodies: dict[str, object] = field(default_factory=dict)
    """By path, unredacted: what of JSON was understood."""
    beside_the_bodies: dict[str, object] = field(default_factory=dict)

    def shown(self, text: str) -> str:
        """`text` without secrets; with other devices, where they are to be others."""
        text = redacted(text, self.redactor)
        return self.anonymous.text(text) if self.anonymous else text

    def keep(self, folder: Path, path: str, reply: Reply) -> str:
        """Write a body; the path that it is known by."""
        self.bodies[path] = as_json(reply.text)
        shown = self.shown(f'"{path}"').strip('"')
        name = file_name(shown)
        (folder / name).write_bytes(self.shown(reply.text).encode())
        self.beside_the_bodies[name] = _beside(reply, shown)
        return shown

    def write(self, file: Path, document: Mapping[str, object]) -> None:
        """Write what is not the gateway's."""
        text = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True)
        file.write_text(self.shown(text) + "\n", encoding="utf-8")


def _look_at_all(
    envoy: Envoy, taken: Taken, said: _Said, eids: Sequence[int], tell: Callable[[str], None]
) -> None:
    silent = 0
    for path in chain(_of_any_gateway(), _of_this_one(said.bodies, eids)):
        try:
            reply = envoy.view(path)
        except Unreachable as error:
            taken.no_answer[path] = str(error)
            silent += 1
            if silent == _AT_ONCE:
                raise
            continue
        silent = 0
        shown = said.keep(taken.folder, path, reply)
        taken.statuses[shown] = reply.status
        tell(f"{reply.status} {shown}")


def _of_any_gateway() -> Iterator[str]:
    yield INFO_PATH
    for path in (*READS, inverters_status.OLD_PATH, *UNREAD):
        if "<" not in path and path not in _IN_ANOTHER_WAY and path not in _NOT_ASKED_FOR:
            yield path
    yield f"{ensemble.RAW_DATA}/"


def _of_this_one(bodies: Mapping[str, object], eids: Sequence[int]) -> Iterator[str]:
    """The views of its own devices, by what it has said of them; asked for last."""
    for group in _objects(bodies.get(ensemble.INVENTORY)):
        if group.get("type") == "ENCHARGE":
            for device in _objects(group.get("devices")):
                yield f"{ensemble.RAW_DATA}/{device.get('serial_num')}"
    for meter in _objects(bodies.get(meters.METERS)):
        yield f"{meters.METERS}/{meter.get('eid')}"
    for eid in eids:
        yield f"{grid_profile.RECORD}?eid={eid}"


def _objects(found: object) -> list[dict[str, object]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _beside(reply: Reply, path: str) -> Mapping[str, object]:
    return {
        "path": path,
        "status": reply.status,
        "headers": dict(reply.headers),
        "seconds": round(reply.took_s, 3),
        "at": _now(),
    }


def _about(taken: Taken, *, is_anonymous: bool) -> Mapping[str, object]:
    return {
        "made_by": "hil capture",
        "at": _now(),
        "gateway": taken.gateway,
        "firmware": taken.firmware,
        "views": len(taken.statuses),
        "no_answer": taken.no_answer,
        "left_out": ASKS_MORE_THAN_A_LOOK | _NOT_ASKED_FOR,
        "hidden": "link keys, tokens, passwords, names of wireless networks",
        "serial_numbers": "replaced, the same everywhere" if is_anonymous else "as they are",
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
