"""What was captured of a gateway, as far as the simulator can begin with it: bodies by path."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from hil.errors import RigFileError
from hil.files.capture_folder import is_capture, read_capture

INVENTORY, STATUS, RELAY = (f"/ivp/ensemble/{name}" for name in ("inventory", "status", "relay"))
SECONDARY_CONTROL, CONTACTS, GENERATOR = (
    f"/ivp/ensemble/{name}" for name in ("secctrl", "dry_contacts", "generator")
)
PEL, PCS, DER, CONTACT_USES, GEN_CONFIG, GEN_MODE, GEN_SCHEDULE = (
    f"/ivp/ss/{name}"
    for name in (
        "pel_settings",
        "pcs_settings",
        "der_settings",
        "dry_contact_settings",
        "gen_config",
        "gen_mode",
        "gen_schedule",
    )
)
PV_LIMIT, CONTROL = "/ivp/sc/pvlimit", "/ivp/sc/status"
TARIFF, METERS, READINGS = "/admin/lib/tariff", "/ivp/meters", "/ivp/meters/readings"
LIVE_DATA, POWER = "/ivp/livedata/status", "/ivp/ensemble/power"
PRODUCTION, INVERTERS = "/api/v1/production", "/api/v1/production/inverters"
PRODUCTION_PAGES = ("/production.json?details=1", "/production.json", "/production")
"""The same page: the first that was captured tells."""
INVERTERS_STATUS, OLD_INVERTERS_STATUS = (
    "/ivp/ens_rest/inverters_status",
    "/installer/agf/inverters_status",
)
AGENT_FILE, PROFILE, PROFILE_RECORDS = (
    "/ivp/zb/commission",
    "/ivp/arf/profile",
    "/ivp/grest/profile/active",
)
RECORD = "/ivp/adc/record?eid=<eid>"
INFO = "/info"

_PATHS = (
    *(INVENTORY, STATUS, RELAY, SECONDARY_CONTROL, CONTACTS, GENERATOR),
    *(PEL, PCS, DER, CONTACT_USES, GEN_CONFIG, GEN_MODE, GEN_SCHEDULE),
    *(PV_LIMIT, CONTROL, TARIFF, METERS, READINGS, LIVE_DATA, POWER, PRODUCTION, INVERTERS),
    *PRODUCTION_PAGES,
    *(INVERTERS_STATUS, OLD_INVERTERS_STATUS, AGENT_FILE, PROFILE, PROFILE_RECORDS, RECORD, INFO),
)


class Captured:
    """The bodies that are there, are no refusal, and can be read."""

    def __init__(self, folder: Path) -> None:
        """Read them.

        Raises:
            RigFileError: it is no capture, or lacks the page that says whose it is.
        """
        if not folder.is_dir() or not is_capture(folder):
            raise RigFileError(
                f"{folder} is no capture; a folder as `hil capture` writes it is wanted"
            )
        self.folder = folder
        self._bodies: dict[str, Any] = {}
        info: ElementTree.Element | None = None
        for body in read_capture(folder, _PATHS):
            if body.path is None or body.status not in (200, None):
                continue
            if body.path == INFO:
                info = _xml(body.text)
            elif (said := _json(body.text)) is not None:
                self._bodies[body.path] = said
        if info is None or info.find("device/sn") is None:
            raise RigFileError(
                f"{folder}: there is no `info` that says whose it is; nothing can be started from it"
            )
        self._info = info

    def info(self, element: str) -> str:
        """The text of an element of `/info`; empty where it is not there."""
        return (self._info.findtext(element) or "").strip()

    def has(self, path: str) -> bool:
        """Whether there is anything to read."""
        return path in self._bodies

    def mapping(self, path: str, *steps: str) -> Mapping[str, Any]:
        """The object there, or inside of it; an empty one where there is none."""
        found = self._bodies.get(path)
        for step in steps:
            found = found.get(step) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    def objects(self, path: str, *steps: str) -> list[Mapping[str, Any]]:
        """The objects of the list there."""
        found = self._bodies.get(path)
        for step in steps:
            found = found.get(step) if isinstance(found, dict) else None
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def devices(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """The inventory's devices of this kind, with what the status says of each."""
        details = self.mapping(STATUS, "inventory", "serial_nums")
        for group in self.objects(INVENTORY):
            if group.get("type") != kind:
                continue
            listed = group.get("devices")
            for device in listed if isinstance(listed, list) else []:
                if isinstance(device, dict) and "serial_num" in device:
                    more = details.get(str(device["serial_num"]))
                    yield (more if isinstance(more, dict) else {}) | device

    @property
    def eids(self) -> Mapping[str, int]:
        """Of the inverters whose records were captured, by serial number."""
        start = RECORD.partition("<")[0]
        records = [self.mapping(path) for path in self._bodies if path.startswith(start)]
        return {
            each["serial_num"]: each["eid"]
            for each in records
            if isinstance(each.get("eid"), int) and isinstance(each.get("serial_num"), str)
        }

    @property
    def generator_runs(self) -> bool:
        """Whether its relay was closed; what feeds the site then is the generator."""
        return self.mapping(GENERATOR).get("oper_state") == "close"

    @property
    def relay(self) -> Mapping[str, Any]:
        """The relay's object, from wherever it stands."""
        return self.mapping(RELAY) or self.mapping(STATUS, "relay")


def number(value: object, otherwise: float = 0.0) -> float:
    """A number, where it is one: gateways say "unknown" for some after a restart."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_one else otherwise  # type: ignore[arg-type]


def _xml(text: str) -> ElementTree.Element | None:
    try:
        return ElementTree.fromstring(text.strip().encode())
    except ElementTree.ParseError:
        return None


def _json(text: str) -> Any:
    """What it says; None for a page, a refusal and whatever was cut off."""
    try:
        said = json.loads(text)
    except ValueError:
        return None
    is_refusal = isinstance(said, dict) and bool(said.keys() & {"err", "error"})
    return None if is_refusal else said
