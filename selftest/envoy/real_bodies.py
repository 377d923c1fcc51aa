"""The real response bodies that the client is held to, where they are at hand.

They are not part of this repository, since they show real serial numbers. `HIL_REAL_DUMPS` names
a folder with one directory per gateway, a file per body (`/ivp/ensemble/power` is
`ivp_ensemble_power`), and status and headers in `_http.json`.

`HIL_REAL_DUMPS=… python -m selftest.envoy.real_bodies` writes docs/wires/coverage.md anew.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from hil.envoy import (
    dry_contacts,
    ensemble,
    generator,
    grid_profile,
    inverters_status,
    livedata,
    meters,
    pcs_der,
    pel,
    relaxed_params,
    secondary_control,
    tariff,
    zigbee,
    zigbee_documents,
)
from hil.envoy.conversation import INFO_PATH
from hil.envoy.ensemble_status import EnsembleStatus
from hil.envoy.info_page import parse_info
from hil.envoy.inventory import Inventory
from hil.envoy.power import EnsemblePower
from hil.envoy.raw_data import RawData
from hil.envoy.relay import Relay
from hil.envoy.sealed_devices import SealedDevices
from hil.envoy.submodules import SubModules
from hil.evidence.redaction import Redactor
from hil.transports.http import Reply
from hil.vocabulary.identity import Firmware

VARIABLE = "HIL_REAL_DUMPS"
COVERAGE = Path(__file__).parents[2] / "docs" / "wires" / "coverage.md"

READS: Mapping[str, type[BaseModel]] = {
    ensemble.INVENTORY: Inventory,
    ensemble.STATUS: EnsembleStatus,
    ensemble.RELAY: Relay,
    ensemble.DEVICES: SealedDevices,
    ensemble.POWER: EnsemblePower,
    ensemble.SUBMODULES: SubModules,
    ensemble.RAW_DATA: RawData,
    ensemble.DRY_CONTACTS: dry_contacts.DryContacts,
    ensemble.SECONDARY_CONTROL: secondary_control.SecondaryControl,
    ensemble.GENERATOR: generator.Generator,
    grid_profile.ARF: grid_profile.ProfileSummary,
    grid_profile.ACTIVE: grid_profile.ActiveProfile,
    grid_profile.RECORD: grid_profile.InverterRecord,
    inverters_status.INVERTERS_STATUS: inverters_status.InvertersStatus,
    relaxed_params.ADD: relaxed_params.RelaxedParameterFile,
    livedata.STATUS: livedata.LiveStatus,
    meters.METERS: meters.MeterList,
    secondary_control.SC_STATUS: secondary_control.ControlStatus,
    tariff.TARIFF: tariff.TariffDocument,
    pel.PEL: pel.PelSettings,
    pcs_der.PCS: pcs_der.PcsSettings,
    pcs_der.DER: pcs_der.DerSettings,
    dry_contacts.DRY_CONTACT_SETTINGS: dry_contacts.DryContactUses,
    generator.GEN_CONFIG: generator.GeneratorConfig,
    generator.GEN_MODE: generator.GeneratorMode,
    generator.GEN_SCHEDULE: generator.GeneratorSchedule,
    zigbee.STATUS: zigbee_documents.ZigbeeStatus,
    zigbee.PAIRING_STATUS: zigbee_documents.PairingStatus,
    zigbee.COMMISSION: zigbee_documents.AgentFile,
}
"""What the client GETs as JSON; `/info` beside it is XML."""

WRITES: Sequence[str] = (
    f"POST {ensemble.RELAY}",
    f"POST {ensemble.DRY_CONTACTS}",
    f"PUT {relaxed_params.ADD}",
    f"PUT {relaxed_params.DELETE}",
    f"PUT {tariff.TARIFF}",
    f"POST {pel.PEL}",
    f"POST {pcs_der.PCS}",
    f"POST {pcs_der.DER}",
    f"POST {dry_contacts.DRY_CONTACT_SETTINGS}",
    f"POST {generator.GEN_CONFIG}",
    f"POST {generator.GEN_MODE}",
    f"POST {generator.GEN_SCHEDULE}",
    f"POST {zigbee.PROVISION}",
    f"DELETE {zigbee.PROVISION}",
    f"POST {zigbee.COMMISSION}",
    f"DELETE {zigbee.COMMISSION}",
    f"POST {zigbee.RESET_DEVICE}",
)

SEED = "seed"
SEED_FIRMWARE = Firmware.parse("8.2")
"""The interface page does not say what its four bodies come from."""


@dataclass(frozen=True)
class RealBody:
    """One answer of one real gateway."""

    directory: str
    firmware: Firmware
    path: str
    reply: Reply

    def __str__(self) -> str:
        return f"{self.directory}{self.path}"


def real_dumps() -> Path | None:
    """The folder, where the variable names one that is there."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else None
    return folder if folder is not None and folder.is_dir() else None


def real_bodies(folder: Path) -> list[RealBody]:
    """Every body of an endpoint that the client reads, gateway by gateway."""
    return [
        body
        for directory in sorted(folder.iterdir(), key=lambda each: each.name)
        if directory.is_dir()
        for body in _of_one_gateway(directory)
    ]


def count_bodies(folder: Path) -> int:
    """How many real bodies the selftests read from `folder`."""
    return len(real_bodies(folder))


def coverage(folder: Path) -> str:
    """docs/wires/coverage.md: which bodies of the client are real, and which are assumed."""
    found = real_bodies(folder)
    lines = [
        "# What the client's bodies rest on",
        "",
        "Real bodies that the selftests read through the client, by request. Made by",
        "`HIL_REAL_DUMPS=… python -m selftest.envoy.real_bodies`; a selftest keeps it in step.",
        "Where there is none, the shape is that of `envoy-rest.md` beside this page.",
        "",
        "| request | real bodies | firmware | real refusals |",
        "|---|---|---|---|",
    ]
    for path in (INFO_PATH, *READS):
        answers = [body for body in found if body.path == path and body.reply.status == 200]
        refusals = [body for body in found if body.path == path and body.reply.status != 200]
        lines.append(
            f"| GET `{path}` | {len(answers) or 'no real body: assumed'} "
            f"| {_firmwares(answers)} | {_refusals(refusals)} |"
        )
    for write in WRITES:
        method, path = write.split()
        lines.append(f"| {method} `{path}` | no real body: assumed | – | – |")
    return "\n".join(lines) + "\n"


def _of_one_gateway(directory: Path) -> list[RealBody]:
    said = directory / "_http.json"
    http = json.loads(said.read_text()) if said.exists() else {}

    def reply(path: str) -> Reply | None:
        file = directory / path.strip("/").replace("/", "_")
        if not file.is_file():
            return None
        about = http.get(file.name, {})
        return Reply(
            method="GET",
            url=f"http://192.0.2.1{path}",
            status=about.get("status", 200),
            headers=about.get("headers", {}),
            text=file.read_bytes().decode(),
            took_s=0.0,
        )

    info = reply(INFO_PATH)
    firmware = SEED_FIRMWARE
    if info is not None:
        firmware = parse_info(info, gateway=directory.name, redactor=Redactor()).firmware
    replies = {path: reply(path) for path in (INFO_PATH, *READS)}
    return [
        RealBody(directory=directory.name, firmware=firmware, path=path, reply=reply)
        for path, reply in replies.items()
        if reply is not None
    ]


def _firmwares(bodies: Sequence[RealBody]) -> str:
    versions = {body.firmware for body in bodies if body.directory != SEED}
    page = ["interface page"] if any(body.directory == SEED for body in bodies) else []
    return ", ".join([*map(str, sorted(versions)), *page]) or "–"


def _refusals(bodies: Sequence[RealBody]) -> str:
    return ", ".join(f"{body.reply.status} ({body.firmware})" for body in bodies) or "–"


if __name__ == "__main__":
    dumps = real_dumps()
    if dumps is None:
        raise SystemExit(f"{VARIABLE} names no folder with real bodies")
    COVERAGE.write_text(coverage(dumps))
